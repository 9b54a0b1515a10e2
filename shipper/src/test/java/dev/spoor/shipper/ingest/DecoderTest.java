package dev.spoor.shipper.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The limit of values; the other faults of a record are in the tests of the intake. */
class DecoderTest {
  private static final Instant NOW = Instant.parse("2026-11-27T04:05:06Z");

  private final Decoder decoder = new Decoder(1 << 20);

  /** A record whose other values are three: timestamp, source, seq. */
  private Decoded decode(String more) {
    String json = "{\"timestamp\":\"%s\",\"source\":\"s\",\"seq\":1,%s}".formatted(NOW, more);
    return decoder.decode("s".getBytes(UTF_8), json.getBytes(UTF_8), NOW);
  }

  private static String fields(int count, String value) {
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < count; i++) {
      fields.append(i == 0 ? "" : ",").append("\"f").append(i).append("\":").append(value);
    }
    return fields.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "\"text\"", "null", "[]", "{}"})
  void aRecordMayHaveAThousandValuesOfAnyKind(String value) {
    assertThat(decode(fields(Decoder.MAX_FIELDS - 3, value))).isInstanceOf(Decoded.Good.class);
    assertTooManyFields(decode(fields(Decoder.MAX_FIELDS - 2, value)));
  }

  @Test
  void containersCountLikeWhatIsInThem() {
    String inner = "{\"a\":{\"b\":[1]}}";
    assertThat(decode(fields((Decoder.MAX_FIELDS - 3) / 4, inner)))
        .isInstanceOf(Decoded.Good.class);
    assertTooManyFields(decode(fields(Decoder.MAX_FIELDS / 4 + 1, inner)));
  }

  @Test
  void manyMoreAreNotReadToTheEnd() {
    // What comes behind the limit is no JSON at all: it has not been looked at.
    assertTooManyFields(decode(fields(20_000, "1") + ",]"));
    assertTooManyFields(
        decode("\"a\":[" + String.join(",", Collections.nCopies(20_000, "1")) + ",}"));
  }

  private static void assertTooManyFields(Decoded decoded) {
    assertThat(decoded)
        .isInstanceOfSatisfying(
            Decoded.Bad.class,
            bad -> assertThat(bad.reason()).isEqualTo(DeadLetterReason.TOO_MANY_FIELDS));
  }
}
