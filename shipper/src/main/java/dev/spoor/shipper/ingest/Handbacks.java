package dev.spoor.shipper.ingest;

import dev.spoor.store.Refusal;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Letters that are to be stored after all, as the records that they were. Any thread may {@link
 * #add} them; all else is the intake's, which offers them to the store between two polls and
 * answers when they are durable.
 */
final class Handbacks {
  private static final int MAX_WAITING = 4;

  private final TelemetryStore store;
  private final Decoder decoder;
  private final Clock clock;

  /** Full: whoever hands more back is told to try again. */
  private final BlockingQueue<Handback> waiting = new ArrayBlockingQueue<>(MAX_WAITING);

  private final List<Handback> unanswered = new ArrayList<>();

  /** Answered when what they asked for is durable. */
  private final List<Runnable> answers = new ArrayList<>();

  private long stored;
  private boolean waitsForCommit;

  /** Some letters, and where the answer goes. */
  private record Handback(
      List<Letter> letters, boolean dryRun, CompletableFuture<HandedBack> answer) {}

  /** Records that the store is to have, and the partitions that they were in. */
  private static final class Batch {
    final List<TelemetryRecord> records = new ArrayList<>();
    final List<Reading> homes = new ArrayList<>();
  }

  Handbacks(TelemetryStore store, Decoder decoder, Clock clock) {
    this.store = store;
    this.decoder = decoder;
    this.clock = clock;
  }

  /**
   * By any thread.
   *
   * @return fails with an {@link IOException} if it is not known what became of them
   */
  CompletableFuture<HandedBack> add(List<Letter> letters, boolean dryRun) {
    CompletableFuture<HandedBack> answer = new CompletableFuture<>();
    if (!waiting.offer(new Handback(List.copyOf(letters), dryRun, answer))) {
      answer.completeExceptionally(new IOException("others are handing letters back"));
    }
    return answer;
  }

  /**
   * Offers the next ones to the store, if there are any.
   *
   * @param readings the partitions that this process has
   */
  boolean takeNext(Map<TopicPartition, Reading> readings) throws IOException {
    Handback next = waiting.poll();
    if (next == null) {
      return false;
    }
    unanswered.add(next);
    waitsForCommit = false;
    HandedBack what = take(next, readings);
    answers.add(() -> next.answer.complete(what));
    return true;
  }

  /** Whether any of the last ones that were taken was offered to the store. */
  boolean waitsForCommit() {
    return waitsForCommit;
  }

  /** Records of letters that were stored since the last commit. */
  long stored() {
    return stored;
  }

  /** Whether somebody waits for {@link #answer}. */
  boolean isAwaited() {
    return !answers.isEmpty();
  }

  void clearUncommitted() {
    stored = 0;
  }

  /** What was taken is durable. */
  void answer() {
    answers.forEach(Runnable::run);
    answers.clear();
    unanswered.clear();
  }

  /** What becomes of them is not known: the trail of the last commit will say. */
  void refuse(String why) {
    waiting.drainTo(unanswered);
    unanswered.forEach(each -> each.answer.completeExceptionally(new IOException(why)));
    unanswered.clear();
    answers.clear();
  }

  private HandedBack take(Handback handback, Map<TopicPartition, Reading> readings)
      throws IOException {
    int already = 0;
    int refused = 0;
    int unreadable = 0;
    int elsewhere = 0;
    int replayed = 0;
    Batch batch = new Batch();
    for (Letter letter : handback.letters) {
      Letter.Origin origin = letter.origin();
      String source = letter.source();
      byte[] key = source == null ? null : source.getBytes(StandardCharsets.UTF_8);
      if (origin == null
          || !letter.whole()
          || !(decoder.decode(key, letter.value(), letter.at())
              instanceof Decoded.Good(TelemetryRecord record))) {
        unreadable++;
        continue;
      }
      Reading home = readings.get(new TopicPartition(origin.topic(), origin.partition()));
      if (home == null) {
        elsewhere++;
      } else if (handback.dryRun) {
        if (home.trail.isAside(record.source(), record.seq())) {
          replayed++;
        } else {
          already++;
        }
      } else {
        switch (home.trail.handedBack(record.source(), record.seq())) {
          case NEW -> {
            batch.records.add(record);
            batch.homes.add(home);
            home.changed = true;
          }
          case DUPLICATE -> already++;
          case TOO_MANY_HOLES -> refused++;
        }
      }
    }
    int refusedAgain = write(batch);
    replayed += batch.records.size() - refusedAgain;
    return new HandedBack(replayed, already, refused + refusedAgain, unreadable, elsewhere);
  }

  /** Returns how many the store has refused again. */
  private int write(Batch batch) throws IOException {
    if (batch.records.isEmpty()) {
      return 0;
    }
    waitsForCommit = true;
    Set<Integer> refused = new HashSet<>();
    for (Refusal refusal : store.write(batch.records)) {
      TelemetryRecord record = batch.records.get(refusal.position());
      refused.add(refusal.position());
      // Its letter is there already.
      batch.homes.get(refusal.position()).trail.refused(record.source(), record.seq());
    }
    Instant now = clock.instant();
    for (int i = 0; i < batch.records.size(); i++) {
      if (!refused.contains(i)) {
        TelemetryRecord record = batch.records.get(i);
        batch.homes.get(i).stats.add(record.fields(), record.timestamp(), now);
      }
    }
    stored += batch.records.size() - refused.size();
    return refused.size();
  }
}
