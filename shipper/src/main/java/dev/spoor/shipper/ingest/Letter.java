package dev.spoor.shipper.ingest;

import dev.spoor.contract.wire.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A record as it was set aside.
 *
 * @param identity source and seq, or where it lay if they are not known
 * @param origin topic, partition and offset it came from; null if that cannot be read
 * @param source what it says to be; null if that is not known
 * @param value its bytes
 * @param whole false if only the beginning was kept
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Letter(
    int partition,
    long offset,
    Instant at,
    String identity,
    String reason,
    String detail,
    @Nullable Origin origin,
    @Nullable String source,
    byte @Nullable [] value,
    boolean whole) {
  /** Where a record lay. */
  public record Origin(String topic, int partition, long offset) {
    private static Optional<Origin> parse(String text) {
      int slash = text.lastIndexOf('/');
      int at = text.lastIndexOf('@');
      if (slash < 1 || at < slash) {
        return Optional.empty();
      }
      try {
        return Optional.of(
            new Origin(
                text.substring(0, slash),
                Integer.parseInt(text.substring(slash + 1, at)),
                Long.parseLong(text.substring(at + 1))));
      } catch (NumberFormatException none) {
        return Optional.empty();
      }
    }

    @Override
    public String toString() {
      return topic + "/" + partition + "@" + offset;
    }
  }

  /** Reads a record of the topic of dead letters. */
  public static Letter of(ConsumerRecord<byte[], byte[]> record) {
    String identity = text(record.key());
    String seq = header(record, Headers.SEQ);
    int dash = identity.lastIndexOf('-');
    // The key is source-seq where both are known, and the origin where they are not.
    String source =
        dash > 0
                && identity.substring(dash + 1).matches("\\d{1,19}")
                && (seq.isEmpty() || identity.endsWith("-" + seq))
            ? identity.substring(0, dash)
            : null;
    return new Letter(
        record.partition(),
        record.offset(),
        Instant.ofEpochMilli(Math.max(0, record.timestamp())),
        identity,
        header(record, Headers.REASON),
        header(record, DeadLetters.DETAIL),
        Origin.parse(header(record, DeadLetters.ORIGIN)).orElse(null),
        source,
        record.value(),
        record.headers().lastHeader(DeadLetters.TRUNCATED_FROM) == null);
  }

  /** All reasons that a letter can have. */
  public static String reasons() {
    return Arrays.stream(DeadLetterReason.values())
        .map(DeadLetterReason::wireName)
        .collect(Collectors.joining(", "));
  }

  /** Whether a letter can have this reason. */
  public static boolean isReason(String name) {
    return Arrays.stream(DeadLetterReason.values()).anyMatch(it -> it.wireName().equals(name));
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? "" : text(header.value());
  }

  private static String text(byte @Nullable [] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }
}
