package dev.spoor.shipper.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.telemetry.redaction.Redactor;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("sensitive_data_sanitization: dead letters")
class DeadLettersTest {
  private static final String SECRET = "hunter2" + "Zq9";
  private static final String TOKEN = "ghp_" + "Ab3dEf9hIj2kLm5nOp8qRs1tUv4wXy7zAb3d";

  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final DeadLetters letters =
      new DeadLetters(producer, "letters", Redactor.standard(), Duration.ofSeconds(1));

  @AfterEach
  void close() {
    letters.close();
  }

  private ProducerRecord<byte[], byte[]> letter(byte[] value, RecordHeaders headers, String detail)
      throws IOException {
    letters.add(
        record(value, headers), "source password=" + SECRET, DeadLetterReason.EMPTY, detail);
    letters.flush();
    return producer.history().getLast();
  }

  private static ConsumerRecord<byte[], byte[]> record(byte[] value, RecordHeaders headers) {
    return new ConsumerRecord<>(
        "t",
        0,
        7,
        0,
        TimestampType.CREATE_TIME,
        0,
        value.length,
        null,
        value,
        headers,
        Optional.empty());
  }

  @Test
  void noPartOfALetterShowsASecret() throws IOException {
    RecordHeaders headers = new RecordHeaders();
    headers.add("token=" + SECRET, ("api_key: " + SECRET).getBytes(UTF_8));
    // Full-width, as only a reader of UTF-8 sees it; and a detail whose cut goes through a token.
    byte[] value = ("{\"a\":\"password\uFF1D" + SECRET + "\",\"é\":1}").getBytes(UTF_8);
    ProducerRecord<byte[], byte[]> letter = letter(value, headers, "x".repeat(490) + " " + TOKEN);
    assertThat(new String(letter.value(), UTF_8))
        .isEqualTo("{\"a\":\"password\uFF1D[REDACTED:password]\",\"é\":1}");
    assertThat(new String(letter.key(), UTF_8)).doesNotContain(SECRET);
    StringBuilder all = new StringBuilder();
    for (Header header : letter.headers()) {
      all.append(header.key()).append('=').append(new String(header.value(), UTF_8)).append('\n');
    }
    assertThat(all.toString()).doesNotContain(SECRET).doesNotContain("ghp_");
  }

  @Test
  void bytesThatAreNoTextComeThroughAndTheirSecretsDoNot() throws IOException {
    byte[] value = ("\u0000\u0001password=" + SECRET + " \u00ff").getBytes(ISO_8859_1);
    ProducerRecord<byte[], byte[]> letter = letter(value, new RecordHeaders(), "x");
    assertThat(letter.value())
        .isEqualTo("\u0000\u0001password=[REDACTED:password] \u00ff".getBytes(ISO_8859_1));
  }

  @Test
  void ofWhatIsTooLongForALetterTheBeginningIsKeptWithoutSecretsThatGoOnBehindIt()
      throws IOException {
    // The end of what is kept is within a password that is only seen as one by what is behind it,
    // and the end of what is looked at within a character; without that it would be read as
    // Latin-1, where the first password has no sign before it.
    String before = "é".repeat(DeadLetters.KEPT_OF_TOO_LARGE / 2 - 30);
    StringBuilder text =
        new StringBuilder(before)
            .append("password\uFF1D\"" + SECRET + "\" xx https://u:")
            .append(SECRET.repeat(20))
            .append("@host ");
    while (text.length() <= DeadLetters.MAX_BYTES) {
      text.append("éé");
    }
    byte[] value = text.toString().getBytes(UTF_8);
    assertThat(value[DeadLetters.LOOKED_AT_OF_TOO_LARGE] & 0xC0).isEqualTo(0x80);
    ProducerRecord<byte[], byte[]> letter = letter(value, new RecordHeaders(), "x");
    assertThat(letter.value()).hasSizeLessThanOrEqualTo(DeadLetters.KEPT_OF_TOO_LARGE);
    assertThat(new String(letter.value(), UTF_8))
        .startsWith(before + "password\uFF1D\"[REDACTED:password]\" xx https://u:[REDACTED:")
        .doesNotContain(SECRET.substring(0, 7));
    assertThat(letter.headers().lastHeader(DeadLetters.TRUNCATED_FROM).value())
        .isEqualTo(Integer.toString(value.length).getBytes(UTF_8));
  }

  @Test
  void whatWasForgottenIsNotWaitedForAndAFailureIsTold() throws IOException {
    MockProducer<byte[], byte[]> silent =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    try (DeadLetters toNobody =
        new DeadLetters(silent, "letters", Redactor.standard(), Duration.ofMillis(100))) {
      toNobody.add(record(new byte[] {'a'}, new RecordHeaders()), null, DeadLetterReason.EMPTY, "");
      assertThatThrownBy(toNobody::flush)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no answer to a dead letter within");
      toNobody.flush();
      toNobody.add(record(new byte[] {'b'}, new RecordHeaders()), null, DeadLetterReason.EMPTY, "");
      toNobody.forget();
      toNobody.flush();
      silent.sendException = new KafkaException("no room");
      toNobody.add(record(new byte[] {'c'}, new RecordHeaders()), null, DeadLetterReason.EMPTY, "");
      assertThatThrownBy(toNobody::flush)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no room");
    }
  }

  @Test
  void whatTheTopicDoesNotTakeIsSentShorter() throws IOException {
    MockProducer<byte[], byte[]> strict =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    byte[] value = "a line of a log; ".repeat(20_000).getBytes(UTF_8);
    try (DeadLetters toStrict =
        new DeadLetters(strict, "letters", Redactor.standard(), Duration.ofSeconds(10))) {
      toStrict.add(record(value, new RecordHeaders()), null, DeadLetterReason.EMPTY, "");
      Thread broker =
          Thread.ofVirtual()
              .start(() -> {
                while (!strict.errorNext(new RecordTooLargeException("by the broker"))) {
                  Thread.onSpinWait();
                }
                while (!strict.completeNext()) {
                  Thread.onSpinWait();
                }
              });
      toStrict.flush();
      assertThat(broker.join(Duration.ofSeconds(10))).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(strict.history()).hasSize(2);
    ProducerRecord<byte[], byte[]> letter = strict.history().getLast();
    assertThat(letter.value()).isEqualTo(Arrays.copyOf(value, DeadLetters.KEPT_OF_TOO_LARGE));
    assertThat(letter.headers().lastHeader(DeadLetters.TRUNCATED_FROM).value())
        .isEqualTo(Integer.toString(value.length).getBytes(UTF_8));
  }

  @Test
  void whatFitsIntoALetterIsKeptWhole() throws IOException {
    byte[] value = "a line of a log; ".repeat(DeadLetters.MAX_BYTES / 17).getBytes(UTF_8);
    ProducerRecord<byte[], byte[]> letter = letter(value, new RecordHeaders(), "x");
    assertThat(letter.value()).isEqualTo(value);
    assertThat(letter.headers().lastHeader(DeadLetters.TRUNCATED_FROM)).isNull();
  }
}
