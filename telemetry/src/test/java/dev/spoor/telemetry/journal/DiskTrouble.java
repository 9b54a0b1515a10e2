package dev.spoor.telemetry.journal;

import static dev.spoor.telemetry.journal.TestRecords.LOG;
import static dev.spoor.telemetry.journal.TestRecords.assertEquation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A process whose journal is on a disk with a trouble: {@code <trouble> <directory>}. Ends with
 * exit code 0 if all was as it should be. A process of its own, since a JVM that dies of a bus
 * error takes its tests along.
 */
public final class DiskTrouble {
  private static final JournalLimits LIMITS = new JournalLimits(64 << 20, 256 << 10, 512 << 10);
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Path disk;
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Journals journals = new Journals("a", LIMITS, TestRecords::write, said::add);
  private int logged;

  private DiskTrouble(Path disk) {
    this.disk = disk;
  }

  public static void main(String[] arguments) throws Exception {
    DiskTrouble trouble = new DiskTrouble(Path.of(arguments[1]));
    switch (arguments[0]) {
      case "full" -> trouble.full();
      case "full-at-start" -> trouble.fullAtStart();
      case "read-only" -> trouble.readOnly();
      case "cut" -> trouble.cut();
      case "failing" -> trouble.failing();
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    System.out.println("as it should be");
    System.exit(0);
  }

  private void log(int records) {
    for (int i = 0; i < records; i++) {
      long seq = journals.append(false, TestRecords.of("record " + ++logged), LOG);
      assertThat(seq).isEqualTo(logged);
    }
  }

  /** Takes the last byte of the disk. */
  private Path fill() throws IOException {
    Path ballast = disk.resolve("ballast");
    try (OutputStream out = Files.newOutputStream(ballast, StandardOpenOption.CREATE_NEW)) {
      byte[] piece = new byte[4096];
      while (true) {
        out.write(piece);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
    return ballast;
  }

  private void awaitSaid(int sentences) {
    await().atMost(LIMIT).untilAsserted(() -> assertThat(said).hasSize(sentences));
  }

  private void nothingIsLostButWhatIsCounted() {
    List<Long> seqs = new ArrayList<>();
    JournalReader reader = new JournalReader(journals.bulk(), journals.bulk().firstUnshipped());
    for (Entry entry = reader.one(); entry != null; entry = reader.one()) {
      seqs.add(entry.seq());
    }
    reader.close();
    JournalCounts counts = journals.bulk().counts();
    assertThat(counts.logged()).isEqualTo(logged);
    assertThat(seqs).isSorted().doesNotHaveDuplicates();
    assertThat((long) seqs.size()).isEqualTo(counts.inJournal());
    assertThat(counts.shipped() + counts.inJournal() + counts.droppedInAll()).isEqualTo(logged);
    assertEquation(journals.bulk());
  }

  private void full() throws IOException {
    journals.open(disk.resolve("journal"), null);
    log(100);
    for (String source : List.of("a-bulk", "a-keep")) {
      Path spare = disk.resolve("journal").resolve(source).resolve("spare");
      await()
          .atMost(LIMIT)
          .until(() -> Files.exists(spare) && Files.size(spare) == LIMITS.segmentBytes());
    }
    // Every block that is not the journal's by now is another's.
    Path ballast = fill();
    log(500);
    assertThat(journals.isOnDisk()).as("what was promised to the segment is there").isTrue();
    log(20_000);
    awaitSaid(1);
    assertThat(said.getFirst()).contains("cannot be written").contains("No space left");
    assertThat(journals.isOnDisk()).isFalse();
    assertThat(journals.bulk().counts().dropped(DropReason.MEMORY_FULL)).isPositive();
    nothingIsLostButWhatIsCounted();
    Files.delete(ballast);
    awaitSaid(2);
    assertThat(said.getLast()).contains("can be written again");
    log(100);
    assertThat(journals.isOnDisk()).isTrue();
    nothingIsLostButWhatIsCounted();
  }

  private void fullAtStart() throws IOException {
    Files.createDirectory(disk.resolve("journal"));
    Path ballast = fill();
    journals.open(disk.resolve("journal"), null);
    log(100);
    assertThat(said).hasSize(1);
    assertThat(said.getFirst()).contains("cannot be written").contains("No space left");
    Files.delete(ballast);
    awaitSaid(2);
    log(100);
    assertThat(journals.isOnDisk()).isTrue();
    nothingIsLostButWhatIsCounted();
    assertThat(journals.bulk().counts().droppedInAll()).isZero();
  }

  private void readOnly() throws Exception {
    Files.createDirectory(disk.resolve("journal"));
    remount("ro");
    journals.open(disk.resolve("journal"), null);
    log(20_000);
    assertThat(said).hasSize(1);
    assertThat(said.getFirst()).contains("cannot be written").contains("Read-only file system");
    assertThat(journals.bulk().counts().dropped(DropReason.MEMORY_FULL)).isPositive();
    nothingIsLostButWhatIsCounted();
    remount("rw");
    awaitSaid(2);
    log(100);
    assertThat(journals.isOnDisk()).isTrue();
    nothingIsLostButWhatIsCounted();
  }

  /**
   * The disk takes pages and cannot write them: what is forced to it fails. It is an image in a
   * file system with less room than the image promises, until that is given more.
   */
  private void failing() throws Exception {
    Path mounted = disk.resolve("mounted");
    journals.open(mounted.resolve("journal"), Duration.ofMillis(20));
    long end = System.nanoTime() + LIMIT.toNanos();
    while (said.isEmpty() && System.nanoTime() - end < 0) {
      log(1_000);
    }
    awaitSaid(1);
    assertThat(said.getFirst())
        .startsWith("Records may be lost with the power: ")
        .contains("cannot be forced to the disk");
    long failures = journals.forceFailures();
    assertThat(failures).isPositive();
    // The keeper goes on, and what fails again is counted and not told again.
    await()
        .atMost(LIMIT)
        .until(() -> {
          log(100);
          return journals.forceFailures() > failures;
        });
    assertThat(said).hasSize(1);
    nothingIsLostButWhatIsCounted();
  }

  private void remount(String mode) throws IOException, InterruptedException {
    Process mount =
        new ProcessBuilder("mount", "-o", "remount," + mode, disk.toString()).inheritIO().start();
    assertThat(mount.waitFor()).isZero();
  }

  /**
   * The file ends before the mapping does, so that a store into it is a bus error: what a file
   * system does that promises blocks and has none when they are written.
   */
  private void cut() throws Exception {
    journals.open(disk.resolve("journal"), null);
    // Until it is compiled with all inlined: then the error comes late, and not where it was made.
    for (int i = 0; i < 300; i++) {
      log(1_000);
      journals.bulk().shipped(logged + 1L);
    }
    // A segment that is cut when it is nearly full may never be written again: so more than once.
    long end = System.nanoTime() + LIMIT.toNanos();
    while (said.size() < 4 && System.nanoTime() - end < 0) {
      cutTo0(newestSegment());
      log(2_000);
      Thread.sleep(100);
      nothingIsLostButWhatIsCounted();
    }
    assertThat(said).hasSizeGreaterThanOrEqualTo(4);
    assertThat(said.get(0)).contains("segment cannot be written");
    assertThat(said.get(1)).contains("can be written again");
    assertThat(journals.bulk().counts().dropped(DropReason.CORRUPT)).isPositive();
    cutTo0(disk.resolve("journal").resolve("a-bulk").resolve("position"));
    for (int i = 0; i < 50_000; i++) {
      log(1);
      journals.bulk().shipped(logged + 1L);
    }
    assertThat(journals.bulk().counts().shipped()).isGreaterThan(350_000);
  }

  private Path newestSegment() throws IOException {
    try (var files = Files.list(disk.resolve("journal").resolve("a-bulk"))) {
      return files
          .filter(file -> file.toString().endsWith(".segment"))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private static void cutTo0(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    }
  }
}
