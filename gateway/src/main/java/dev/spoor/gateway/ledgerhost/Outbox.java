package dev.spoor.gateway.ledgerhost;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.contract.job.Priority;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.Output;
import dev.spoor.telemetry.redaction.Redactor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/** Turns what a partition wants written into Kafka records. Stateless but for its settings. */
public final class Outbox {
  /** Characters of an input that are kept with a dead letter. */
  private static final int MAX_DEAD_LETTER = 64 * 1024;

  /** Fields that may hold what a user or a program wrote. */
  private static final Set<String> FREE_TEXT =
      Set.of(Fields.ERROR, Fields.REASON, Fields.SESSION_ID, Fields.MESSAGE);

  private final Topics topics;
  private final int partitions;
  private final Redactor redactor;

  /**
   * @param partitions of {@code ledger-in} and of what has as many
   */
  public Outbox(Topics topics, int partitions, Redactor redactor) {
    this.topics = topics;
    this.partitions = partitions;
    this.redactor = redactor;
  }

  int partitions() {
    return partitions;
  }

  /**
   * @param from partition of {@code ledger-in}: what has as many partitions goes to the same, as
   *     the key would have it too, so that a batch touches few
   */
  public ProducerRecord<byte[], byte[]> record(int from, Output output) {
    return switch (output) {
      case Output.Queue queue -> {
        Priority priority = queue.priority();
        // The ledger's time and not the clock's: the queue probe compares it with the ledger's.
        yield new ProducerRecord<>(
            topics.jobs(priority),
            QueueProbe.QUEUE_PARTITION,
            queue.at().toEpochMilli(),
            bytes(queue.dispatch().jobId()),
            Json.write(queue.dispatch()),
            trace(queue.traceparent()));
      }
      case Output.Worker worker ->
          new ProducerRecord<>(
              topics.grants(),
              worker.partition(),
              bytes(worker.message().workerId()),
              Json.write(worker.message()));
      case Output.Update update ->
          new ProducerRecord<>(
              topics.jobUpdates(),
              from,
              null,
              bytes(update.update().jobId()),
              Json.write(update.update()),
              trace(update.traceparent()));
      case Output.Telemetry telemetry ->
          new ProducerRecord<>(
              topics.telemetryLedger(),
              from,
              null,
              bytes(telemetry.source()),
              Json.write(redacted(telemetry.fields())),
              List.<Header>of(
                  header(Headers.EVENT, telemetry.event()),
                  header(Headers.SEQ, Long.toString(telemetry.seq()))));
      case Output.DeadLetter dead ->
          new ProducerRecord<>(
              topics.ledgerDeadLetters(),
              null,
              null,
              dead.key(),
              deadLetter(from, dead),
              List.<Header>of(header(Headers.REASON, redactor.redact(dead.reason()))));
    };
  }

  private byte[] deadLetter(int from, Output.DeadLetter dead) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("topic", topics.ledgerIn());
    fields.put("partition", from);
    fields.put("offset", dead.offset());
    fields.put("at", dead.at());
    fields.put(Fields.REASON, redactor.redact(dead.reason()));
    if (dead.jobId() != null) {
      fields.put(Fields.JOB_ID, dead.jobId().toString());
    }
    byte[] value = dead.value();
    if (value != null) {
      String text = new String(value, 0, Math.min(value.length, MAX_DEAD_LETTER), UTF_8);
      fields.put("size_bytes", value.length);
      fields.put("input", redactor.redact(text));
    }
    return Json.write(fields);
  }

  private Map<String, Object> redacted(Map<String, Object> fields) {
    Map<String, Object> clean = new LinkedHashMap<>(fields);
    clean.replaceAll((name, value) -> {
      if (value instanceof String text && FREE_TEXT.contains(name)) {
        return redactor.redact(text);
      }
      if (value instanceof Map<?, ?> labels) {
        Map<String, String> safe = new HashMap<>();
        labels.forEach((key, label) -> safe.put(key.toString(), redactor.redact(label.toString())));
        return safe;
      }
      return value;
    });
    return clean;
  }

  private static List<Header> trace(@Nullable String traceparent) {
    return traceparent == null ? List.of() : List.of(header(Headers.TRACEPARENT, traceparent));
  }

  private static Header header(String name, String value) {
    return new RecordHeader(name, value.getBytes(UTF_8));
  }

  private static byte[] bytes(Object id) {
    return id.toString().getBytes(UTF_8);
  }

  /** One record of the changelog. */
  public ProducerRecord<byte[], byte[]> state(int from, byte[] key, byte @Nullable [] value) {
    return new ProducerRecord<>(topics.ledgerState(), from, key, value);
  }
}
