package dev.spoor.store.lucene;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.PartitionId;
import dev.spoor.store.Search;
import dev.spoor.store.SummaryKey;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.query.Query;
import dev.spoor.testkit.SettableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.FSDirectory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Old records go, and nothing else; whole days where that can be. */
class LuceneRetentionTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final PartitionId P0 = new PartitionId("telemetry", 0);

  @TempDir private Path dir;

  private final SettableClock clock = SettableClock.at(NOW);
  private final Random random = new Random(20261126);
  private long seq;
  private @Nullable LuceneStore open;

  @AfterEach
  void close() throws IOException {
    if (open != null) {
      open.close();
    }
  }

  private LuceneStore store() {
    return Objects.requireNonNull(open);
  }

  private void open(Duration retention, long maxBytes) throws IOException {
    open = LuceneStore.open(new LuceneSettings(dir, retention, maxBytes), clock);
  }

  @Test
  void aDayGoesWhenItsYoungestRecordIsTooOld() throws Exception {
    open(DAY.multipliedBy(2), 0);
    // 22 November begins just two days before the day of now.
    long gone = write(Instant.parse("2026-11-21T23:59:59.999999999Z"));
    long stays = write(Instant.parse("2026-11-22T00:00:00Z"));
    long young = write(NOW);
    long future = write(NOW.plus(DAY.multipliedBy(400)));
    commit();
    expire();
    assertThat(seqs()).containsExactly(stays, young, future).doesNotContain(gone);
  }

  @Test
  void zeroIsForEver() throws Exception {
    open(Duration.ZERO, 0);
    long old = write(NOW.minus(DAY.multipliedBy(4000)));
    commit();
    expire();
    assertThat(seqs()).containsExactly(old);
  }

  @Test
  void progressAndSummariesStay() throws Exception {
    open(DAY, 0);
    SummaryKey summary = new SummaryKey("hour", NOW.minus(DAY.multipliedBy(9)));
    write(NOW.minus(DAY.multipliedBy(9)));
    store()
        .commit(
            List.of(
                new Checkpoint(
                    P0, 17, Map.of("a", new byte[] {1}), Map.of(summary, new byte[] {2}))));
    expire();
    store().close();
    open(DAY, 0);
    assertThat(seqs()).isEmpty();
    Checkpoint checkpoint = store().checkpoint(P0);
    assertThat(checkpoint.nextOffset()).isEqualTo(17);
    assertThat(checkpoint.states()).containsKey("a");
    assertThat(store().summary(P0, summary)).containsExactly(2);
  }

  @Test
  void aDeletionThatWasNotCommittedIsDoneAgain() throws Exception {
    open(DAY, 0);
    write(NOW.minus(DAY.multipliedBy(9)));
    commit();
    // As after a kill: the deletion is for the next commit, which does not come.
    store().close();
    open(DAY, 0);
    assertThat(seqs()).hasSize(1);
    commit();
    commit();
    assertThat(seqs()).isEmpty();
  }

  @Test
  void withinSizeTheOldestDaysGoAsSegments() throws Exception {
    open(Duration.ZERO, 5_000_000);
    for (int day = 6; day >= 0; day--) {
      for (int i = 0; i < 1_000; i++) {
        write(NOW.minus(DAY.multipliedBy(day)).plusSeconds(i));
      }
      commit();
    }
    long all = bytes();
    assertThat(all).isGreaterThan(6_000_000);
    expire();
    store().close();
    assertThat(bytes()).isLessThan(5_000_000);
    assertThat(bytes() + all / 7).as("one day more").isGreaterThan(4_000_000);
    for (SegmentCommitInfo segment : segments()) {
      assertThat(segment.getDelCount()).as(segment.info.name).isZero();
    }
    open(Duration.ZERO, 0);
    // The last days, whole.
    List<Long> left = seqs();
    long first = left.getFirst();
    assertThat((first - 1) % 1_000).isZero();
    assertThat(left).isEqualTo(LongStream.rangeClosed(first, 7_000).boxed().toList());
  }

  @Test
  void aDayThatIsTooLargeByItselfLosesItsOldestRecords() throws Exception {
    open(Duration.ZERO, 4_000_000);
    for (int round = 0; round < 30; round++) {
      for (int i = 0; i < 200; i++) {
        write(NOW.plus(Duration.ofMinutes(round)).plusMillis(i));
      }
      expire();
    }
    List<Long> left = seqs();
    store().close();
    // When a segment is merged is up to threads; deleted records are in it until then.
    assertThat(bytes()).isLessThan(6_000_000);
    long first = left.getFirst();
    assertThat(first).isGreaterThan(2_000);
    assertThat(left).isEqualTo(LongStream.rangeClosed(first, 6_000).boxed().toList());
    assertThat(left).hasSizeGreaterThan(1_500);
  }

  @Test
  void timesOfBrokenClocksDoNotHideTheTooMuch() throws Exception {
    open(Duration.ZERO, 2_000_000);
    write(Instant.parse("1677-09-22T00:00:00Z"));
    long future = write(Instant.parse("2262-04-10T00:00:00Z"));
    for (int i = 0; i < 4_000; i++) {
      write(NOW.minus(DAY.multipliedBy(i % 40)));
    }
    commit();
    assertThat(bytes()).isGreaterThan(3_000_000);
    expire();
    expire();
    store().close();
    assertThat(bytes()).isLessThan(2_000_000);
    open(Duration.ZERO, 0);
    assertThat(seqs()).contains(future).hasSizeGreaterThan(100);
  }

  @Test
  void segmentsOfDifferentDaysAreNotMerged() throws Exception {
    open(Duration.ZERO, 0);
    TreeSet<Long> days = new TreeSet<>();
    for (int round = 0; round < 15; round++) {
      for (int day = 0; day < 4; day++) {
        Instant at = NOW.minus(DAY.multipliedBy(day));
        days.add(Math.floorDiv(at.getEpochSecond(), DAY.toSeconds()));
        write(at);
        commit();
      }
    }
    store().close();
    open(Duration.ZERO, 0);
    commit();
    store().close();
    TreeSet<Long> found = new TreeSet<>();
    try (FSDirectory directory = FSDirectory.open(dir);
        DirectoryReader reader = DirectoryReader.open(directory)) {
      assertThat(reader.leaves()).as("merged").hasSizeLessThan(40);
      for (LeafReaderContext leaf : reader.leaves()) {
        PointValues times = leaf.reader().getPointValues("timestamp");
        long oldest = day(times.getMinPackedValue());
        assertThat(day(times.getMaxPackedValue())).isEqualTo(oldest);
        found.add(oldest);
      }
    }
    assertThat(found).isEqualTo(days);
    open(Duration.ZERO, 0);
    assertThat(seqs()).hasSize(60);
  }

  private static long day(byte[] timestamp) {
    return Math.floorDiv(LongPoint.decodeDimension(timestamp, 0), DAY.toNanos());
  }

  private List<SegmentCommitInfo> segments() throws IOException {
    try (FSDirectory directory = FSDirectory.open(dir)) {
      return List.copyOf(SegmentInfos.readLatestCommit(directory).asList());
    }
  }

  private long bytes() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(dir)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private void commit() throws IOException {
    store().commit(List.of());
    store().refresh();
  }

  /** What is too old or too much is deleted by the commit after the one that finds it. */
  private void expire() throws IOException {
    clock.advance(Duration.ofMinutes(11));
    commit();
    commit();
  }

  private long write(Instant timestamp) throws IOException {
    byte[] noise = new byte[600];
    random.nextBytes(noise);
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("timestamp", timestamp.toString());
    all.put("source", "s");
    all.put("seq", ++seq);
    all.put("odd", Base64.getEncoder().encodeToString(noise));
    byte[] json = Json.write(all);
    assertThat(
            store().write(List.of(new TelemetryRecord("s", seq, timestamp, Json.tree(json), json))))
        .isEmpty();
    return seq;
  }

  private List<Long> seqs() throws IOException {
    return seqs(store());
  }

  private static List<Long> seqs(LuceneStore store) throws IOException {
    List<Long> seqs = new ArrayList<>();
    store
        .search(
            new Search(
                new Query.Everything(), null, null, false, 10_000, null, Duration.ofSeconds(30)))
        .hits()
        .forEach(hit -> seqs.add(hit.position().seq()));
    seqs.sort(null);
    return seqs;
  }
}
