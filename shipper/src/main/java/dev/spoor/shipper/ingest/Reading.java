package dev.spoor.shipper.ingest;

import dev.spoor.shipper.audit.PartitionTrail;
import dev.spoor.shipper.stats.PartitionStats;
import dev.spoor.shipper.stats.StatsSettings;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.PartitionId;
import dev.spoor.store.TelemetryStore;
import java.util.EnumMap;
import java.util.Map;

/** How far one partition is, in the intake's loop and for its thread alone. */
final class Reading {
  final PartitionId id;
  final PartitionTrail trail;
  final PartitionStats stats;
  Outcome outcome = new Outcome();
  long nextOffset;

  /** Whether there is anything that the last commit does not have. */
  boolean changed;

  /** What became of its records since its last commit. */
  static final class Outcome {
    long stored;
    long duplicates;
    final Map<DeadLetterReason, Long> deadLettered = new EnumMap<>(DeadLetterReason.class);
  }

  Reading(Checkpoint checkpoint, TelemetryStore store, StatsSettings stats) {
    id = checkpoint.partition();
    this.stats = new PartitionStats(key -> store.summary(id, key), stats);
    trail = PartitionTrail.read(checkpoint.states());
    nextOffset = checkpoint.nextOffset();
  }
}
