package dev.spoor.gateway.command;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.gateway.updates.JobUpdates;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes commands, and waits for the ledger's answer where one is wanted. Thread-safe; a call takes
 * {@link #MAX_TIME} at most and a little.
 */
public final class Commands {
  /** A client should know within ten seconds where it stands. */
  static final Duration MAX_TIME = Duration.ofMillis(9_500);

  private final LedgerWriter writer;
  private final JobUpdates updates;

  public Commands(LedgerWriter writer, JobUpdates updates) {
    this.writer = writer;
    this.updates = updates;
  }

  /** What came of a command that wants an answer. */
  public sealed interface Answered {
    /**
     * The ledger has answered.
     *
     * @param update with its {@link JobUpdate.Answer}
     */
    record Answer(JobUpdate update) implements Answered {
      public JobUpdate.Answer answer() {
        JobUpdate.Answer answer = update.answer();
        if (answer == null) {
          throw new IllegalStateException("an update without an answer is not an answer");
        }
        return answer;
      }
    }

    /**
     * It was not written and never will be.
     *
     * @param reason for the caller
     */
    record NotAccepted(String reason) implements Answered {}

    /**
     * It may have been written; if so, it is or will be done.
     *
     * @param reason for the caller
     */
    record Unknown(String reason) implements Answered {}
  }

  /** Writes a command that nobody waits for an answer to. */
  public Written write(LedgerInput.OfJob command, RequestContext context) {
    return writer.write(command, context.requestId(), context.traceparent());
  }

  /**
   * Writes a command and waits for the ledger's answer.
   *
   * @param command makes it with the request id that its answer will name
   */
  public Answered ask(
      JobId jobId, RequestContext context, Function<RequestId, LedgerInput.OfJob> command) {
    long start = System.nanoTime();
    // 1. Listen before the command is written: its answer may be there before the
    //    acknowledgement.
    try (JobUpdates.PendingAnswer pending = updates.awaitAnswer(jobId, context.requestId())) {
      // 2. Write.
      Written written =
          writer.write(
              command.apply(pending.requestId()), pending.requestId(), context.traceparent());
      @Nullable Answered failed =
          switch (written) {
            case Written.Durable _ -> null;
            case Written.NotAccepted not -> new Answered.NotAccepted(not.reason());
            case Written.Unknown unknown -> new Answered.Unknown(unknown.reason());
          };
      if (failed instanceof Answered.NotAccepted) {
        return failed;
      }
      // 3. Wait. Also when the write is unknown, but only a moment: an answer is better than a
      //    doubt.
      Duration left =
          failed == null
              ? MAX_TIME.minus(Duration.ofNanos(System.nanoTime() - start))
              : Duration.ofMillis(100);
      Optional<JobUpdate> update = pending.await(left);
      if (update.isPresent()) {
        return new Answered.Answer(update.get());
      }
      return failed != null
          ? failed
          : new Answered.Unknown("the command is written, but the ledger has not answered yet");
    }
  }
}
