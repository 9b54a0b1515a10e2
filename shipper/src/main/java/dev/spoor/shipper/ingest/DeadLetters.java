package dev.spoor.shipper.ingest;

import dev.spoor.contract.wire.Headers;
import dev.spoor.telemetry.redaction.Redactor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Sets records aside, their bytes redacted, with headers that say why ({@code reason}, {@code
 * detail}) and where they were ({@code origin}: topic/partition@offset). At least once: after a
 * kill the same record can be here twice, with the same key and origin. Belongs to one thread, and
 * has another that redacts and sends, so that good records need not wait for what that costs.
 */
final class DeadLetters implements AutoCloseable {
  static final String DETAIL = "detail";
  static final String ORIGIN = "origin";

  /** The original size, where only the beginning could be kept. */
  static final String TRUNCATED_FROM = "truncated_from";

  /** Longer letters are no use to send: the topic, as a gateway makes it, has the same limit. */
  static final int MAX_BYTES = 6 * 1024 * 1024;

  static final int KEPT_OF_TOO_LARGE = 256 * 1024;

  /**
   * Of a record that is too long for a letter, so much is redacted before the beginning is kept: a
   * secret that begins there is still seen as one if it is up to 768 KiB long. Redacting all of 10
   * MB would hold up good records for a twentieth of a second.
   */
  static final int LOOKED_AT_OF_TOO_LARGE = 1024 * 1024;

  private static final int MAX_DETAIL = 500;

  private final Producer<byte[], byte[]> producer;
  private final String topic;
  private final Redactor redactor;
  private final Duration timeout;

  /** In the order of their records. */
  private final ExecutorService clerk =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("shipper-letters").daemon().factory());

  private final List<Future<Sent>> unacknowledged = new ArrayList<>();

  private record Sent(ProducerRecord<byte[], byte[]> letter, Future<?> answer) {}

  /**
   * @param timeout for the broker's word that a letter is kept
   */
  DeadLetters(
      Producer<byte[], byte[]> producer, String topic, Redactor redactor, Duration timeout) {
    this.producer = producer;
    this.topic = topic;
    this.redactor = redactor;
    this.timeout = timeout;
  }

  /**
   * Begins to send a letter; {@link #flush} says whether it arrived.
   *
   * @param identity {@code source-seq} if that is known
   */
  void add(
      ConsumerRecord<byte[], byte[]> record,
      @Nullable String identity,
      DeadLetterReason reason,
      String detail) {
    unacknowledged.add(clerk.submit(() -> send(letter(record, identity, reason, detail))));
  }

  private ProducerRecord<byte[], byte[]> letter(
      ConsumerRecord<byte[], byte[]> record,
      @Nullable String identity,
      DeadLetterReason reason,
      String detail) {
    String origin = record.topic() + "/" + record.partition() + "@" + record.offset();
    byte[] key = bytes(identity == null ? origin : redactor.redact(identity));
    byte[] value = record.value();
    boolean tooLarge = value != null && value.length > MAX_BYTES;
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(topic, null, key, tooLarge ? beginning(value) : redacted(value));
    for (Header header : record.headers()) {
      letter.headers().add(redactor.redact(header.key()), redacted(header.value()));
    }
    letter.headers().add(Headers.REASON, bytes(reason.wireName()));
    // Redacted before it is cut: half of a secret is not seen as one.
    String said = redactor.redact(detail);
    letter
        .headers()
        .add(DETAIL, bytes(said.length() <= MAX_DETAIL ? said : said.substring(0, MAX_DETAIL)));
    letter.headers().add(ORIGIN, bytes(origin));
    if (tooLarge) {
      letter.headers().add(TRUNCATED_FROM, bytes(Integer.toString(value.length)));
    }
    return letter;
  }

  private Sent send(ProducerRecord<byte[], byte[]> letter) throws IOException {
    try {
      return new Sent(letter, producer.send(letter));
    } catch (RecordTooLargeException tooLarge) {
      return sendBeginning(letter);
    } catch (KafkaException failed) {
      throw new IOException("a dead letter cannot be sent: " + failed.getMessage(), failed);
    }
  }

  private Sent sendBeginning(ProducerRecord<byte[], byte[]> letter) throws IOException {
    byte[] value = letter.value();
    if (value == null || value.length <= KEPT_OF_TOO_LARGE) {
      throw new IOException(
          "the topic "
              + topic
              + " does not take "
              + KEPT_OF_TOO_LARGE
              + " bytes; see"
              + " max.message.bytes");
    }
    ProducerRecord<byte[], byte[]> beginning =
        new ProducerRecord<>(topic, null, letter.key(), Arrays.copyOf(value, KEPT_OF_TOO_LARGE));
    letter.headers().forEach(beginning.headers()::add);
    beginning.headers().add(TRUNCATED_FROM, bytes(Integer.toString(value.length)));
    return send(beginning);
  }

  /**
   * Returns when all letters are kept by the broker.
   *
   * @throws IOException if one may not be; all count as not sent then
   */
  void flush() throws IOException {
    try {
      for (Future<Sent> each : unacknowledged) {
        Sent sent = each.get();
        try {
          await(sent);
        } catch (RecordTooLargeException tooLarge) {
          await(sendBeginning(sent.letter));
        }
      }
    } catch (ExecutionException failed) {
      throw new IOException("a dead letter was not sent: " + failed.getCause(), failed);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while dead letters were on their way", stop);
    } finally {
      forget();
    }
  }

  private void await(Sent sent) throws IOException, InterruptedException {
    try {
      sent.answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RecordTooLargeException tooLarge) {
        throw tooLarge;
      }
      throw new IOException("a dead letter was not kept: " + failed.getCause(), failed);
    } catch (TimeoutException late) {
      throw new IOException("no answer to a dead letter within " + timeout, late);
    }
  }

  private byte[] beginning(byte[] value) {
    int end = LOOKED_AT_OF_TOO_LARGE;
    // Not within a character, or none of it would be read as UTF-8.
    while (end > LOOKED_AT_OF_TOO_LARGE - 4 && (value[end] & 0xC0) == 0x80) {
      end--;
    }
    byte[] clean = Objects.requireNonNull(redacted(Arrays.copyOf(value, end)));
    return Arrays.copyOf(clean, Math.min(clean.length, KEPT_OF_TOO_LARGE));
  }

  /** Forgets what is on its way: its records will be read again. */
  void forget() {
    // What has begun goes on: interrupted, the producer might not be of use any more.
    unacknowledged.forEach(each -> each.cancel(false));
    unacknowledged.clear();
  }

  /** Ends its thread; what has not been sent is not. Leaves the producer open. */
  @Override
  public void close() {
    clerk.shutdownNow();
  }

  /**
   * As UTF-8, or where it is none as Latin-1, which has a character for every byte: what is no text
   * comes through unharmed, and secrets, which are ASCII, are found.
   */
  private byte @Nullable [] redacted(byte @Nullable [] value) {
    if (value == null) {
      return null;
    }
    Charset charset = StandardCharsets.UTF_8;
    String text;
    try {
      text = charset.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      charset = StandardCharsets.ISO_8859_1;
      text = new String(value, charset);
    }
    String clean = redactor.redact(text);
    return clean.equals(text) ? value : clean.getBytes(charset);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
