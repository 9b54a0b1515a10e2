package dev.spoor.shipper.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.PartitionId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class AuditReportTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final String LEDGER = "telemetry.ledger";

  private final PartitionTrail bulk = new PartitionTrail();
  private final PartitionTrail keep = new PartitionTrail();

  @Test
  void aSourceThatGoesOnWithoutAHoleIsOpen() {
    arrive(bulk, "b", 1, 2, 3);
    assertThat(source("b").state()).isEqualTo(AuditReport.State.OPEN);
    assertThat(report().complete()).isTrue();
  }

  @Test
  void aHoleIsMissingUntilItIsFilled() {
    arrive(bulk, "b", 1, 4);
    assertThat(source("b").state()).isEqualTo(AuditReport.State.MISSING);
    assertThat(source("b").missing()).containsExactly(new SeqRange(2, 3));
    assertThat(report().complete()).isFalse();
    arrive(bulk, "b", 2, 3);
    assertThat(source("b").state()).isEqualTo(AuditReport.State.OPEN);
  }

  @Test
  void aToldGapExplainsAHoleOfAnotherPartition() {
    arrive(bulk, "b", 1, 2, 9);
    gap("b", 2, 6, "journal_full");
    assertThat(source("b").dropped()).containsExactly(Map.entry("journal_full", 4L));
    assertThat(source("b").missing()).containsExactly(new SeqRange(7, 8));
    // A record that was said to be dropped comes all the same.
    arrive(bulk, "b", 4);
    assertThat(source("b").dropped()).containsExactly(Map.entry("journal_full", 3L));
    gap("b", 7, 7, "corrupt");
    gap("b", 8, 8, "corrupt");
    assertThat(source("b").dropped())
        .containsOnly(Map.entry("journal_full", 3L), Map.entry("corrupt", 2L));
    assertThat(source("b").state()).isEqualTo(AuditReport.State.OPEN);
  }

  @Test
  void aSourceOfWhichEverythingWasDroppedIsKnown() {
    gap("gone", 1, 10, "journal_full");
    assertThat(source("gone").firstSeq()).isNull();
    assertThat(source("gone").dropped()).containsExactly(Map.entry("journal_full", 10L));
    assertThat(source("gone").missing()).isEmpty();
  }

  @Test
  void theLastWordClosesASource() {
    arrive(bulk, "b", 1, 2);
    bulk.arrived("b", 3, json(Map.of("event", "source.closed", "last_seq", 2)), NOW);
    assertThat(source("b").state()).isEqualTo(AuditReport.State.COMPLETE);
    assertThat(source("b").missing()).isEmpty();
  }

  @Test
  void aProcessThatWentWithoutAWordLeavesItsTailUnknown() {
    bulk.arrived("b", 1, json(Map.of("instance", "w-1")), NOW.minusSeconds(600));
    assertThat(source("b").state()).isEqualTo(AuditReport.State.TAIL_UNKNOWN);
    assertThat(report().complete()).isFalse();
    // Its other source is still heard: then this one is only quiet.
    keep.arrived("k", 1, json(Map.of("instance", "w-1")), NOW.minusSeconds(10));
    assertThat(source("b").state()).isEqualTo(AuditReport.State.OPEN);
  }

  @Test
  void aLedgersSourceIsOpenHoweverQuietItIs() {
    PartitionTrail ledger = new PartitionTrail();
    ledger.arrived("ledger-0", 1, json(Map.of()), NOW.minus(Duration.ofDays(3)));
    AuditReport report =
        AuditReport.of(
            List.of(new Checkpoint(new PartitionId(LEDGER, 0), 1, ledger.takeChanges())),
            LEDGER::equals,
            NOW,
            Duration.ofMinutes(5));
    assertThat(report.sources().getFirst().state()).isEqualTo(AuditReport.State.OPEN);
    assertThat(report.complete()).isTrue();
  }

  /** Every seq is exactly one of: stored, dropped, missing. */
  @RepeatedTest(50)
  void everySeqIsAccountedForOnce(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    int last = 1 + random.nextInt(300);
    boolean[] arrived = new boolean[last + 1];
    boolean[] told = new boolean[last + 1];
    for (int i = 0; i < 6; i++) {
      int from = 1 + random.nextInt(last);
      int to = Math.min(last, from + random.nextInt(40));
      gap("s", from, to, "r" + random.nextInt(3));
      for (int seq = from; seq <= to; seq++) {
        told[seq] = true;
      }
    }
    List<Integer> order = new ArrayList<>();
    for (int seq = 1; seq <= last; seq++) {
      if (random.nextInt(3) > 0 || seq == last) {
        order.add(seq);
        arrived[seq] = true;
      }
    }
    java.util.Collections.shuffle(order, random);
    order.forEach(seq -> arrive(bulk, "s", seq));
    AuditReport.Source source = source("s");
    long expectedDropped = 0;
    long expectedMissing = 0;
    for (int seq = 1; seq <= last; seq++) {
      expectedDropped += !arrived[seq] && told[seq] ? 1 : 0;
      expectedMissing += !arrived[seq] && !told[seq] ? 1 : 0;
    }
    assertThat(source.stored()).isEqualTo(order.size());
    assertThat(source.dropped().values().stream().mapToLong(Long::longValue).sum())
        .as("seed %d", repetition.getCurrentRepetition())
        .isEqualTo(expectedDropped);
    assertThat(source.missingRecords())
        .as("seed %d", repetition.getCurrentRepetition())
        .isEqualTo(expectedMissing);
  }

  private void arrive(PartitionTrail trail, String source, long... seqs) {
    for (long seq : seqs) {
      trail.arrived(source, seq, json(Map.of("instance", "i")), NOW);
    }
  }

  private long told;

  private void gap(String source, long from, long to, String reason) {
    keep.arrived(
        "keep",
        ++told,
        json(
            Map.of("event", "gap", "gap_source", source, "from", from, "to", to, "reason", reason)),
        NOW);
  }

  private final Map<String, byte[]> bulkStates = new HashMap<>();
  private final Map<String, byte[]> keepStates = new HashMap<>();

  private AuditReport report() {
    bulkStates.putAll(bulk.takeChanges());
    keepStates.putAll(keep.takeChanges());
    return AuditReport.of(
        List.of(
            new Checkpoint(new PartitionId("telemetry", 0), 1, bulkStates),
            new Checkpoint(new PartitionId("telemetry", 1), 1, keepStates)),
        LEDGER::equals,
        NOW,
        Duration.ofMinutes(5));
  }

  private AuditReport.Source source(String name) {
    return report().sources().stream()
        .filter(source -> source.source().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static tools.jackson.databind.JsonNode json(Map<String, ?> fields) {
    return Json.tree(Json.write(fields));
  }
}
