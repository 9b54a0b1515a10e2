package dev.spoor.shipper.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.store.TelemetryRecord;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.testkit.Golden;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** What apps and ledgers of each version write to telemetry, and what is set aside of it. */
class RecordGoldenTest {
  private static final Instant AT = Instant.parse("2026-11-24T10:00:01Z");

  /** The file is the one that telemetry's own test compares with what it writes. */
  @Test
  void aRecord() {
    new Golden("telemetry.record.json")
        .isRead(RecordGoldenTest::identity, "test-keep-7 tool.call.failed")
        .isReadWithMore(
            RecordGoldenTest::identity, "test-keep-7 tool.call.failed", Set.of("labels"));
  }

  private static String identity(byte[] bytes) {
    Decoded decoded = new Decoder(1 << 20).decode("test-keep".getBytes(UTF_8), bytes, AT);
    assertThat(decoded).isInstanceOf(Decoded.Good.class);
    TelemetryRecord record = ((Decoded.Good) decoded).record();
    assertThat(record.timestamp()).isEqualTo(Instant.parse("2026-11-24T10:00:00.123456Z"));
    // Unchanged, with what this version does not know.
    assertThat(record.json()).isEqualTo(bytes);
    return record.source() + "-" + record.seq() + " " + record.fields().path("event").asString();
  }

  @Test
  void aDeadLetter() throws IOException {
    MockProducer<byte[], byte[]> producer =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    ConsumerRecord<byte[], byte[]> bad =
        new ConsumerRecord<>("telemetry", 3, 17, "s".getBytes(UTF_8), "{\"a\":".getBytes(UTF_8));
    bad.headers().add("seq", "7".getBytes(UTF_8));
    try (DeadLetters letters =
        new DeadLetters(producer, "letters", Redactor.standard(), Duration.ofSeconds(1))) {
      letters.add(bad, "s-7", DeadLetterReason.NOT_JSON, "it breaks off");
      letters.flush();
    }
    ProducerRecord<byte[], byte[]> letter = producer.history().getFirst();
    Map<String, String> form = new TreeMap<>();
    form.put("key", new String(letter.key(), UTF_8));
    form.put("value", new String(letter.value(), UTF_8));
    letter
        .headers()
        .forEach(header -> form.put("header " + header.key(), new String(header.value(), UTF_8)));
    new Golden("telemetry.dead-letter.txt").isWritten(form.toString().getBytes(UTF_8));

    ConsumerRecord<byte[], byte[]> kept =
        new ConsumerRecord<>("letters", 0, 5, letter.key(), letter.value());
    letter.headers().forEach(kept.headers()::add);
    Letter read = Letter.of(kept);
    assertThat(read.identity()).isEqualTo("s-7");
    assertThat(read.source()).isEqualTo("s");
    assertThat(read.reason()).isEqualTo("not_json");
    assertThat(read.origin()).isEqualTo(new Letter.Origin("telemetry", 3, 17));
  }
}
