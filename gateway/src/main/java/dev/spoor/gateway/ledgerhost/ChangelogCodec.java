package dev.spoor.gateway.ledgerhost;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.ledger.Changes;
import dev.spoor.gateway.ledger.DataKey;
import dev.spoor.gateway.ledger.IndexEntry;
import dev.spoor.gateway.ledger.JobState;
import dev.spoor.gateway.ledger.PartitionFacts;
import dev.spoor.gateway.ledger.WorkerLease;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The form of the changelog: a letter, then the key; JSON as value, or for data the bytes as they
 * are. RocksDB has the same bytes without the letter.
 */
public final class ChangelogCodec {
  static final byte JOB = 'j';
  static final byte DATA = 'd';
  static final byte WORKER = 'w';
  static final byte FACTS = 'f';

  private ChangelogCodec() {}

  /** Takes one record of the changelog; a null value is a removal. */
  @FunctionalInterface
  public interface Sink {
    void record(byte[] key, byte @Nullable [] value);
  }

  /** Writes changes as records; the facts come last. */
  public static void write(Changes changes, Sink sink) {
    changes
        .data()
        .forEach((key, value) -> sink.record(prefixed(DATA, dataKey(key)), value.orElse(null)));
    changes
        .jobs()
        .forEach((id, state) ->
            sink.record(prefixed(JOB, jobKey(id)), state.map(Json::write).orElse(null)));
    changes
        .workers()
        .forEach((id, lease) ->
            sink.record(
                prefixed(WORKER, id.value().getBytes(UTF_8)), lease.map(Json::write).orElse(null)));
    sink.record(new byte[] {FACTS}, Json.write(changes.facts()));
  }

  static byte[] jobKey(JobId jobId) {
    return ByteBuffer.allocate(16)
        .putLong(jobId.value().getMostSignificantBits())
        .putLong(jobId.value().getLeastSignificantBits())
        .array();
  }

  static JobId jobId(byte[] key) {
    ByteBuffer buffer = ByteBuffer.wrap(key);
    return new JobId(new UUID(buffer.getLong(), buffer.getLong()));
  }

  static byte[] dataKey(DataKey key) {
    return ByteBuffer.allocate(20).put(jobKey(key.jobId())).putInt(key.no()).array();
  }

  /** In the order of {@link IndexEntry}. */
  static byte[] indexKey(IndexEntry entry) {
    return ByteBuffer.allocate(25)
        .put(entry.index().code())
        .putLong(entry.atMillis())
        .put(jobKey(entry.jobId()))
        .array();
  }

  static JobState job(byte[] value) {
    return Json.read(value, JobState.class);
  }

  static WorkerLease worker(byte[] value) {
    return Json.read(value, WorkerLease.class);
  }

  static WorkerId workerId(byte[] key) {
    return new WorkerId(new String(key, UTF_8));
  }

  static PartitionFacts facts(byte[] value) {
    return Json.read(value, PartitionFacts.class);
  }

  static byte[] prefixed(byte letter, byte[] key) {
    return ByteBuffer.allocate(1 + key.length).put(letter).put(key).array();
  }

  static byte[] unprefixed(byte[] key) {
    byte[] rest = new byte[key.length - 1];
    System.arraycopy(key, 1, rest, 0, rest.length);
    return rest;
  }
}
