package dev.spoor.gateway.updates;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.correlation.RequestIds;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes updates to whoever waits for one of a job, and remembers the latest.
 *
 * <p>Thread-safe. One feed thread calls {@link #accept}; listeners run on it. An update of a job
 * that nobody waits for is not even parsed: every gateway reads all updates, and most of them are
 * of no interest to it.
 */
public final class JobUpdates {
  /** The latest updates are kept for streams that resume: so many, and so many bytes. */
  static final int MAX_KEPT = 20_000;

  static final long MAX_KEPT_BYTES = 16L << 20;

  private static final Logger log = LoggerFactory.getLogger(JobUpdates.class);

  private final ConcurrentHashMap<String, CopyOnWriteArrayList<Listening>> listeners =
      new ConcurrentHashMap<>();

  private final Set<String> pending = ConcurrentHashMap.newKeySet();

  private final Object keptLock = new Object();
  private final ArrayDeque<Kept> kept = new ArrayDeque<>();
  private long keptBytes;

  private static final class Kept {
    private final String jobId;
    private final byte[] value;

    private Kept(String jobId, byte[] value) {
      this.jobId = jobId;
      this.value = value;
    }
  }

  /** Takes the next record of {@code job-updates}. */
  public void accept(ConsumerRecord<byte[], byte[]> record) {
    byte[] key = record.key();
    byte[] value = record.value();
    if (key == null || value == null) {
      return;
    }
    String jobId = new String(key, StandardCharsets.UTF_8);
    keep(new Kept(jobId, value));
    List<Listening> interested = listeners.get(jobId);
    if (interested == null) {
      return;
    }
    JobUpdate update = Json.read(value, JobUpdate.class);
    for (Listening listening : interested) {
      try {
        listening.listener.accept(update);
      } catch (RuntimeException e) {
        log.error("a listener of job {} failed", jobId, e);
      }
    }
  }

  /**
   * From now on every update of the job goes to {@code listener}, until the returned is closed.
   *
   * @param listener must not block
   */
  public Listening listen(JobId jobId, Consumer<JobUpdate> listener) {
    Listening listening = new Listening(jobId.toString(), listener);
    listeners.compute(
        listening.jobId,
        (_, present) -> {
          CopyOnWriteArrayList<Listening> all =
              present == null ? new CopyOnWriteArrayList<>() : present;
          all.add(listening);
          return all;
        });
    return listening;
  }

  /**
   * Waits for the ledger's answer to a command that is about to be written.
   *
   * <p>A caller may use one request id for several requests at once. Two commands of one job must
   * not share it, or each would take the first answer for its own; so the later one gets a fresh id
   * ({@link PendingAnswer#requestId}).
   */
  public PendingAnswer awaitAnswer(JobId jobId, RequestId requestId) {
    RequestId own = requestId;
    while (!pending.add(jobId + " " + own)) {
      own = RequestIds.fresh();
    }
    RequestId chosen = own;
    CompletableFuture<JobUpdate> answer = new CompletableFuture<>();
    Listening listening =
        listen(
            jobId,
            update -> {
              JobUpdate.Answer given = update.answer();
              if (given != null && given.requestId().equals(chosen)) {
                answer.complete(update);
              }
            });
    return new PendingAnswer(jobId, chosen, answer, listening);
  }

  /** What is remembered of a job, oldest first. Looks at all that is kept: for rare readers. */
  public List<JobUpdate> recent(JobId jobId) {
    String wanted = jobId.toString();
    List<byte[]> found = new ArrayList<>();
    synchronized (keptLock) {
      for (Kept one : kept) {
        if (one.jobId.equals(wanted)) {
          found.add(one.value);
        }
      }
    }
    return found.stream().map(value -> Json.read(value, JobUpdate.class)).toList();
  }

  private void keep(Kept one) {
    synchronized (keptLock) {
      kept.add(one);
      keptBytes += one.value.length;
      while (kept.size() > MAX_KEPT || keptBytes > MAX_KEPT_BYTES) {
        keptBytes -= kept.remove().value.length;
      }
    }
  }

  int listenerCount() {
    return listeners.values().stream().mapToInt(List::size).sum();
  }

  /** One listener's time of listening. */
  public final class Listening implements AutoCloseable {
    private final String jobId;
    private final Consumer<JobUpdate> listener;

    private Listening(String jobId, Consumer<JobUpdate> listener) {
      this.jobId = jobId;
      this.listener = listener;
    }

    @Override
    public void close() {
      listeners.computeIfPresent(
          jobId,
          (_, present) -> {
            present.remove(this);
            return present.isEmpty() ? null : present;
          });
    }
  }

  /** An answer to come. */
  public final class PendingAnswer implements AutoCloseable {
    private final JobId jobId;
    private final RequestId requestId;
    private final CompletableFuture<JobUpdate> answer;
    private final Listening listening;

    private PendingAnswer(
        JobId jobId,
        RequestId requestId,
        CompletableFuture<JobUpdate> answer,
        Listening listening) {
      this.jobId = jobId;
      this.requestId = requestId;
      this.answer = answer;
      this.listening = listening;
    }

    /** The id that the command has to carry. */
    public RequestId requestId() {
      return requestId;
    }

    /** An update with an {@link JobUpdate.Answer}; empty if none comes in time. */
    public Optional<JobUpdate> await(Duration maxWait) {
      try {
        return Optional.of(answer.get(maxWait.toMillis(), TimeUnit.MILLISECONDS));
      } catch (TimeoutException e) {
        return Optional.empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      } catch (ExecutionException e) {
        throw new IllegalStateException("an answer is never an exception", e);
      }
    }

    @Override
    public void close() {
      listening.close();
      pending.remove(jobId + " " + requestId);
    }
  }
}
