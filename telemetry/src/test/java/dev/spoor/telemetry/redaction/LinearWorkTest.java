package dev.spoor.telemetry.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Counts the characters that the redactor looks at: unlike time, the count is the same each run.
 */
class LinearWorkTest {
  /** Characters looked at for each of the text, three views included; the fuzzer found 30. */
  private static final double MAX_WORK = 48;

  @Test
  void workDoublesWithTheLength() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<String> units = new ArrayList<>(RedactionFuzz.PIECES);
    for (int i = 0; i < 120; i++) {
      units.add(RedactionFuzz.unit(random));
    }
    for (String unit : units) {
      long one = RuleRedactor.STANDARD.work(RedactionFuzz.text(unit, 4_000));
      long two = RuleRedactor.STANDARD.work(RedactionFuzz.text(unit, 8_000));
      assertThat(two).as("seed %s: %s", seed, unit).isLessThan(one * 5 / 2 + 4_000);
      assertThat(two / 8_000.0).as("seed %s: %s", seed, unit).isLessThan(MAX_WORK);
    }
  }

  @Test
  void aHeadThatNothingClosesDoesNotMakeTheRestDear() {
    for (String head :
        List.of(
            "-----BEGIN PRIVATE KEY-----\n",
            "{\"a\":\"",
            "password=\"",
            "<password>",
            "kind: Secret\n",
            "\"kty\"",
            "curl ",
            "password: |\n",
            "eyJ",
            "Authorization: Digest ")) {
      for (String unit : RedactionFuzz.PIECES) {
        long work = RuleRedactor.STANDARD.work(head + RedactionFuzz.text(unit, 4_000));
        assertThat(work / 4_000.0).as(head + unit).isLessThan(MAX_WORK);
      }
    }
  }
}
