package dev.spoor.telemetry.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.ChildProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(120)
class JournalKillIT {
  private static final int WRITERS = 4;

  @TempDir Path dir;

  @RepeatedTest(4)
  void everyLogCallThatReturnedSurvivesKillMinusNine() throws IOException, InterruptedException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path root = dir.resolve("journal");
    Path returnedFile = dir.resolve("returned");
    try (ChildProcess child =
        ChildProcess.running(LoggingChild.class)
            .arguments(Integer.toString(WRITERS), root.toString(), returnedFile.toString())
            .start()) {
      child.awaitLine(line -> line.contains("logging"), Duration.ofSeconds(60));
      await().atMost(Duration.ofSeconds(60)).until(() -> sum(returned(returnedFile)) > 2000);
      Thread.sleep(random.nextInt(300));
      child.kill();
      child.awaitExit(Duration.ofSeconds(20));
    }
    long[] returned = returned(returnedFile);

    Journals heir = new Journals("heir", JournalLimits.DEFAULT, TestRecords::write, sentence -> {});
    try {
      heir.open(root, null);
      List<Journal> inherited = heir.takeOver();
      // A source that never had a record needs no successor: keep may have had none.
      assertThat(inherited).hasSizeBetween(1, 2);
      BitSet[] found = new BitSet[WRITERS];
      for (int i = 0; i < WRITERS; i++) {
        found[i] = new BitSet();
      }
      for (Journal journal : inherited) {
        long seq = 0;
        JournalReader reader = new JournalReader(journal, 1);
        for (List<Entry> some = reader.read(1000, 1 << 20);
            !some.isEmpty();
            some = reader.read(1000, 1 << 20)) {
          for (Entry entry : some) {
            assertThat(entry.seq()).as("contiguous").isEqualTo(++seq);
            JsonNode record = Json.tree(entry.payload());
            if (record.has("writer")) {
              found[record.get("writer").asInt()].set(record.get("n").asInt());
            }
          }
        }
        reader.close();
        assertThat(journal.counts().droppedInAll()).as("seed %d", seed).isZero();
        TestRecords.assertEquation(journal);
      }
      for (int writer = 0; writer < WRITERS; writer++) {
        int last = (int) returned[writer];
        assertThat(found[writer].nextClearBit(1))
            .as("first missing of writer %d, %d returned, seed %d", writer, last, seed)
            .isGreaterThan(last);
        // At most the one call that was under way has a record without having returned.
        assertThat(found[writer].length() - 1).isLessThanOrEqualTo(last + 1);
      }
      inherited.forEach(heir::leave);
    } finally {
      heir.close();
    }
  }

  @Test
  void aLivingProcessKeepsItsSourcesAndADeadOneLosesThemToAnother() throws IOException {
    Path root = dir.resolve("journal");
    Journals here = new Journals("here", JournalLimits.DEFAULT, TestRecords::write, _ -> {});
    try (ChildProcess child =
        ChildProcess.running(LoggingChild.class)
            .arguments(
                Integer.toString(WRITERS), root.toString(), dir.resolve("returned").toString())
            .start()) {
      child.awaitLine(line -> line.contains("logging"), Duration.ofSeconds(60));
      here.open(root, null);
      for (int i = 1; i <= 100; i++) {
        here.append(false, TestRecords.of("record " + i), TestRecords.LOG);
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> sum(returned(dir.resolve("returned"))) > 100);
      for (int i = 0; i < 3; i++) {
        assertThat(here.takeOver()).as("its owner lives").isEmpty();
      }
      try (ChildProcess third =
          ChildProcess.running(LoggingChild.class)
              .arguments(
                  Integer.toString(WRITERS), root.toString(), dir.resolve("third").toString())
              .start()) {
        third.awaitLine(line -> line.contains("logging"), Duration.ofSeconds(60));
        assertThat(here.takeOver()).isEmpty();
        child.kill();
        child.awaitExit(Duration.ofSeconds(20));
        List<Journal> inherited = here.takeOver();
        assertThat(inherited).hasSizeBetween(1, 2);
        assertThat(inherited.getFirst().source()).isNotEqualTo("here-bulk");
        assertThat(here.takeOver()).as("taken once").isEmpty();
        assertThat(TestRecords.readAll(here.bulk())).as("its own").hasSize(100);
        assertThat(third.isAlive()).isTrue();
        inherited.forEach(here::leave);
      }
    } finally {
      here.close();
    }
  }

  private static long[] returned(Path file) throws IOException {
    long[] numbers = new long[WRITERS];
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
    for (int writer = 0; writer < WRITERS; writer++) {
      numbers[writer] = bytes.getLong(writer * Long.BYTES);
    }
    return numbers;
  }

  private static long sum(long[] numbers) {
    return Arrays.stream(numbers).sum();
  }
}
