package dev.spoor.telemetry.journal;

import static dev.spoor.telemetry.journal.TestRecords.LOG;
import static dev.spoor.telemetry.journal.TestRecords.assertEquation;
import static dev.spoor.telemetry.journal.TestRecords.json;
import static dev.spoor.telemetry.journal.TestRecords.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.telemetry.Events;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class JournalTest {
  private static final JournalLimits SMALL = new JournalLimits(320 << 10, 64 << 10, 128 << 10);

  @TempDir Path root;
  private final List<Journals> opened = new ArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(Journals::close);
  }

  private Journals journals(String name, JournalLimits limits) {
    Journals journals = new Journals(name, limits, TestRecords::write, said::add);
    opened.add(journals);
    return journals;
  }

  private Journals onDisk(String name) {
    Journals journals = journals(name, SMALL);
    journals.open(root, null);
    return journals;
  }

  private static void log(Journals journals, int from, int to) {
    for (int i = from; i <= to; i++) {
      journals.append(false, TestRecords.of("record " + i), LOG);
    }
  }

  private static List<Long> seqs(List<Entry> entries) {
    return entries.stream().map(Entry::seq).toList();
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  /** Gives a source up as a killed process does: the lock goes, nothing else happens. */
  private void abandon(Journals journals) {
    journals.close();
    opened.remove(journals);
  }

  private Path onlySegment(String source) throws IOException {
    try (var files = Files.list(root.resolve(source))) {
      return files.filter(file -> file.toString().endsWith(".segment")).findFirst().orElseThrow();
    }
  }

  /** Pages of the mapped segments that count as this process's memory, by file. */
  private Map<String, Long> residentBytes(String source) throws IOException {
    Map<String, Long> resident = new TreeMap<>();
    String file = "";
    String folder = root.toRealPath().resolve(source).toString();
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        int path = line.indexOf('/');
        file = path < 0 ? "" : line.substring(path);
      } else if (line.startsWith("Rss:") && file.startsWith(folder) && file.endsWith(".segment")) {
        resident.merge(file, Long.parseLong(line.replaceAll("\\D", "")) * 1024, Long::sum);
      }
    }
    return resident;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatWaitsOnDiskIsNoMemoryOfTheProcess() {
    Journals journals = onDisk("a");
    log(journals, 1, 2_200);
    await()
        .untilAsserted(() -> {
          List<Long> byAge = List.copyOf(residentBytes("a-bulk").values());
          assertThat(byAge).hasSizeGreaterThan(2);
          assertThat(byAge.subList(0, byAge.size() - 1)).containsOnly(0L);
        });
    assertThat(readAll(journals.bulk())).hasSize(2_200);
  }

  @Test
  void recordsAreReadInOrderWithSourceAndSeqInThem() {
    Journals journals = onDisk("a");
    log(journals, 1, 500);
    List<Entry> entries = readAll(journals.bulk());
    assertThat(seqs(entries)).isEqualTo(range(1, 500));
    for (Entry entry : entries) {
      JsonNode record = json(entry);
      assertThat(record.get("source").asString()).isEqualTo("a-bulk");
      assertThat(record.get("seq").asLong()).isEqualTo(entry.seq());
      assertThat(record.get("message").asString()).isEqualTo("record " + entry.seq());
    }
    assertEquation(journals.bulk());
  }

  @Test
  void whatWasLoggedBeforeThereIsADirectoryMovesThere() {
    Journals journals = journals("a", SMALL);
    log(journals, 1, 1200);
    journals.open(root, null);
    log(journals, 1201, 1300);
    assertThat(journals.bulk().counts().droppedInAll()).isZero();
    abandon(journals);
    Journal taken = takeOver("b", "a-bulk");
    assertThat(seqs(readAll(taken))).isEqualTo(range(1, 1300));
    taken.close();
  }

  @Test
  void aFullJournalDropsItsOldestSegmentsAndSaysWhich() {
    Journals journals = onDisk("a");
    log(journals, 1, 6000);
    JournalCounts counts = journals.bulk().counts();
    long dropped = counts.dropped(DropReason.JOURNAL_FULL);
    assertThat(dropped).isPositive();
    assertThat(counts.bytes()).isLessThanOrEqualTo(SMALL.maxBytes());
    assertThat(seqs(readAll(journals.bulk()))).isEqualTo(range(dropped + 1, 6000));
    long next = 1;
    for (Entry entry : readAll(journals.keep())) {
      JsonNode gap = json(entry);
      assertThat(gap.get("event").asString()).isEqualTo(Events.GAP);
      assertThat(gap.get("gap_source").asString()).isEqualTo("a-bulk");
      assertThat(gap.get("reason").asString()).isEqualTo("journal_full");
      assertThat(gap.get("from").asLong()).isEqualTo(next);
      next = gap.get("to").asLong() + 1;
    }
    assertThat(next).isEqualTo(dropped + 1);
    assertEquation(journals.bulk());
  }

  @Test
  void keepReportsItsOwnGapsToo() {
    Journals journals = onDisk("a");
    for (int i = 0; i < 6000; i++) {
      journals.append(true, TestRecords.of("record " + i), LOG);
    }
    assertThat(journals.keep().counts().dropped(DropReason.JOURNAL_FULL)).isPositive();
    assertThat(readAll(journals.keep()))
        .anySatisfy(
            entry -> assertThat(json(entry).path("gap_source").asString("")).isEqualTo("a-keep"));
    assertEquation(journals.keep());
  }

  @Test
  void shippedSegmentsAreDeletedAndTheCountsAddUp() {
    Journals journals = onDisk("a");
    log(journals, 1, 2000);
    journals.bulk().shipped(1001);
    assertThat(journals.bulk().counts().shipped()).isEqualTo(1000);
    assertThat(journals.bulk().counts().inJournal()).isEqualTo(1000);
    long before = journals.bulk().counts().bytes();
    journals.bulk().shipped(2001);
    assertThat(journals.bulk().counts().bytes()).isLessThan(before);
    assertThat(journals.bulk().counts().inJournal()).isZero();
    assertEquation(journals.bulk());
  }

  @Test
  void shippingGoesOnWhereItWas() {
    Journals journals = onDisk("a");
    log(journals, 1, 100);
    journals.bulk().shipped(61);
    abandon(journals);
    Journal taken = takeOver("b", "a-bulk");
    assertThat(taken.counts().inJournal()).isEqualTo(40);
    JournalReader reader = new JournalReader(taken, taken.firstUnshipped());
    assertThat(seqs(reader.read(1000, 1 << 20))).isEqualTo(range(61, 100));
    reader.close();
    taken.close();
  }

  @Test
  void twoProcessesOnOneDirectoryLeaveEachOtherAlone() {
    Journals one = onDisk("a");
    Journals two = onDisk("b");
    log(one, 1, 10);
    log(two, 1, 10);
    assertThat(one.takeOver()).isEmpty();
    assertThat(two.takeOver()).isEmpty();
  }

  @Test
  void aDeadSourceIsTakenOverClosedAndItsFolderGoes() throws IOException {
    Journals dead = onDisk("a");
    log(dead, 1, 50);
    abandon(dead);
    Journals heir = onDisk("b");
    List<Journal> taken = heir.takeOver();
    // keep of the dead process was empty but is a source: it gets its last word as well.
    assertThat(taken).extracting(Journal::source).contains("a-bulk");
    assertThat(heir.takeOver()).isEmpty();
    for (Journal journal : taken) {
      heir.finish(journal, null);
      List<Entry> entries = readAll(journal);
      JsonNode last = json(entries.getLast());
      assertThat(last.get("event").asString()).isEqualTo(Events.SOURCE_CLOSED);
      assertThat(last.get("source").asString()).isEqualTo(journal.source());
      assertThat(last.get("last_seq").asLong()).isEqualTo(last.get("seq").asLong() - 1);
      journal.shipped(last.get("seq").asLong() + 1);
      assertEquation(journal);
      journal.close();
    }
    try (var left = Files.list(root)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("b-bulk", "b-keep");
    }
  }

  @Test
  void anOrderlyEndIsTheLastRecordAndLaterOnesAreNotTaken() {
    Journals journals = onDisk("a");
    log(journals, 1, 3);
    journals.finish();
    assertThat(journals.append(false, TestRecords.of("late"), LOG)).isEqualTo(Journal.CLOSED);
    List<Entry> entries = readAll(journals.bulk());
    assertThat(json(entries.getLast()).get("last_seq").asLong()).isEqualTo(3);
    assertThat(seqs(entries)).isEqualTo(range(1, 4));
    assertEquation(journals.bulk());
  }

  @Test
  void aTornTailEndsTheSource() throws IOException {
    Journals journals = onDisk("a");
    log(journals, 1, 20);
    int frame = frameLength(journals);
    abandon(journals);
    // The last frame without its commit word, as a process leaves it that dies in the call.
    overwrite(onlySegment("a-bulk"), Segment.HEADER + 19L * frame, new byte[4]);
    Journal taken = takeOver("b", "a-bulk");
    assertThat(taken.counts().lastSeq()).isEqualTo(19);
    assertThat(seqs(readAll(taken))).isEqualTo(range(1, 19));
    assertThat(taken.counts().droppedInAll()).isZero();
    taken.close();
  }

  @Test
  void aFlippedBitAnywhereCostsOneRecordAndIsNamed() throws IOException {
    for (int at = 0; at < Segment.FRAME + 16; at += 3) {
      Path here = root.resolve("at-" + at);
      Journals journals = journals("a", SMALL);
      journals.open(here, null);
      for (int i = 11; i <= 30; i++) {
        journals.append(false, TestRecords.of("record " + i), LOG);
      }
      int frame = frameLength(journals);
      abandon(journals);
      Path segment;
      try (var files = Files.list(here.resolve("a-bulk"))) {
        segment = files.filter(f -> f.toString().endsWith(".segment")).findFirst().orElseThrow();
      }
      flip(segment, Segment.HEADER + 7L * frame + at);
      Journals heir = journals("b" + at, SMALL);
      heir.open(here, null);
      Journal taken =
          heir.takeOver().stream()
              .filter(journal -> journal.source().equals("a-bulk"))
              .findFirst()
              .orElseThrow();
      List<Long> expected = new ArrayList<>(range(1, 20));
      expected.remove(8L);
      assertThat(seqs(readAll(taken))).as("byte %d", at).isEqualTo(expected);
      assertThat(taken.counts().dropped(DropReason.CORRUPT)).isEqualTo(1);
      assertThat(readAll(heir.keep()))
          .anySatisfy(entry -> {
            assertThat(json(entry).path("gap_source").asString("")).isEqualTo("a-bulk");
            assertThat(json(entry).path("from").asLong(0)).isEqualTo(8);
            assertThat(json(entry).path("to").asLong(0)).isEqualTo(8);
            assertThat(json(entry).path("reason").asString("")).isEqualTo("corrupt");
          });
      assertEquation(taken);
      taken.close();
    }
  }

  @Test
  void aFlippedBitInTheLastRecordIsALossAndNotATail() throws IOException {
    Journals journals = onDisk("a");
    log(journals, 11, 30);
    int frame = frameLength(journals);
    abandon(journals);
    flip(onlySegment("a-bulk"), Segment.HEADER + 19L * frame + Segment.FRAME + 5);
    Journal taken = takeOver("b", "a-bulk");
    assertThat(taken.counts().lastSeq()).isEqualTo(20);
    assertThat(seqs(readAll(taken))).isEqualTo(range(1, 19));
    assertThat(taken.counts().dropped(DropReason.CORRUPT)).isEqualTo(1);
    assertEquation(taken);
    taken.close();
  }

  @Test
  void aVanishedSegmentIsNamed() throws IOException {
    Journals journals = onDisk("a");
    log(journals, 1, 2500);
    abandon(journals);
    List<Path> segments;
    try (var files = Files.list(root.resolve("a-bulk"))) {
      segments = files.filter(f -> f.toString().endsWith(".segment")).sorted().toList();
    }
    assertThat(segments).hasSizeGreaterThan(2);
    long from = JournalFolder.firstSeq(segments.get(1));
    long to = JournalFolder.firstSeq(segments.get(2)) - 1;
    Files.delete(segments.get(1));
    Journal taken = takeOver("b", "a-bulk");
    assertThat(taken.counts().dropped(DropReason.CORRUPT)).isEqualTo(to - from + 1);
    assertThat(readAll(taken)).hasSize((int) (2500 - (to - from + 1)));
    assertEquation(taken);
    taken.close();
  }

  @Test
  void withoutAWritableDirectoryItSaysSoOnceAndCountsWhatMemoryCannotHold() throws IOException {
    Path file = Files.createFile(root.resolve("not-a-directory"));
    Journals journals = journals("a", SMALL);
    journals.open(file, null);
    log(journals, 1, 6000);
    assertThat(said).hasSize(1);
    assertThat(said.getFirst()).contains("cannot be written").contains("not-a-directory");
    JournalCounts counts = journals.bulk().counts();
    assertThat(counts.dropped(DropReason.MEMORY_FULL)).isPositive();
    assertThat(counts.bytes()).isLessThanOrEqualTo(SMALL.maxMemoryBytes());
    assertThat(readAll(journals.bulk())).hasSize((int) counts.inJournal());
    assertEquation(journals.bulk());
  }

  @Test
  void aDirectoryThatFailsLaterIsReplacedByMemoryUntilItWorksAgain() throws IOException {
    Journals journals = onDisk("a");
    log(journals, 1, 10);
    Path folder = root.resolve("a-bulk");
    Path away = root.resolveSibling("away-" + root.getFileName());
    Files.move(folder, away);
    log(journals, 11, 2300);
    await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(said).hasSize(1));
    Files.move(away, folder);
    await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(said).hasSize(2));
    log(journals, 2301, 2400);
    List<Long> seqs = seqs(readAll(journals.bulk()));
    long dropped = journals.bulk().counts().droppedInAll();
    assertThat(seqs).hasSize((int) (2400 - dropped)).isSorted();
    assertThat(seqs.getLast()).isEqualTo(2400);
    assertEquation(journals.bulk());
  }

  @Test
  void aReaderFollowsTheWriter() throws Exception {
    Journals journals = journals("a", JournalLimits.of(4 << 20));
    journals.open(root, null);
    int records = 20_000;
    List<Thread> writers =
        IntStream.range(0, 4)
            .mapToObj(t -> Thread.ofVirtual().start(() -> log(journals, 1, records / 4)))
            .toList();
    JournalReader reader = new JournalReader(journals.bulk(), 1);
    List<Long> seen = new ArrayList<>();
    while (seen.size() < records) {
      List<Entry> some = reader.read(500, 1 << 20);
      some.forEach(entry -> seen.add(entry.seq()));
      if (!some.isEmpty()) {
        journals.bulk().shipped(seen.getLast() + 1);
      }
    }
    reader.close();
    for (Thread writer : writers) {
      writer.join();
    }
    assertThat(seen).isEqualTo(range(1, records));
    assertThat(journals.bulk().counts().droppedInAll()).isZero();
    assertThat(journals.bulk().counts().inJournal()).isZero();
    assertEquation(journals.bulk());
  }

  @Test
  void lostRecordsBetweenThoseOnTheirWayAreCountedOnce() {
    Journals journals = onDisk("a");
    log(journals, 1, 10);
    journals.bulk().lost(5, 6, DropReason.TOO_LARGE);
    journals.bulk().lost(5, 6, DropReason.TOO_LARGE);
    assertEquation(journals.bulk());
    journals.bulk().shipped(11);
    JournalCounts counts = journals.bulk().counts();
    assertThat(counts.shipped()).isEqualTo(8);
    assertThat(counts.dropped()).containsAllEntriesOf(Map.of(DropReason.TOO_LARGE, 2L));
    assertThat(counts.inJournal()).isZero();
  }

  private Journal takeOver(String heir, String source) {
    return onDisk(heir).takeOver().stream()
        .filter(journal -> journal.source().equals(source))
        .findFirst()
        .orElseThrow();
  }

  /** All frames of a test have one length. */
  private static int frameLength(Journals journals) {
    return Segment.behind(0, readAll(journals.bulk()).getLast());
  }

  private static void overwrite(Path file, long offset, byte[] bytes) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(offset);
      access.write(bytes);
    }
  }

  private static void flip(Path file, long offset) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(offset);
      int before = access.read();
      access.seek(offset);
      access.write(before ^ 0x10);
    }
  }
}
