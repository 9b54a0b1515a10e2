package dev.spoor.telemetry.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Counts the characters that the redactor looks at: unlike time, the count is the same each run.
 * {@code -Dspoor.test.seed=N} draws other texts; {@link RedactionFuzz} looks for the worst.
 */
class LinearWorkTest {
  /** Characters looked at for each of the text, three views included; the fuzzer found 30. */
  private static final double MAX_WORK = 48;

  @Test
  void workDoublesWithTheLength() {
    long seed = Long.getLong("spoor.test.seed", 1);
    Random random = new Random(seed);
    List<String> units = new ArrayList<>(RedactionFuzz.PIECES);
    for (int i = 0; i < 120; i++) {
      units.add(RedactionFuzz.unit(random));
    }
    for (String unit : units) {
      // Whole units: where a cut leaves the start of a code, the text is looked through once more.
      int repeats = 4_000 / unit.length() + 1;
      long one = RuleRedactor.STANDARD.work(unit.repeat(repeats));
      long two = RuleRedactor.STANDARD.work(unit.repeat(2 * repeats));
      assertThat(two).as("seed %s: %s", seed, unit).isLessThan(one * 5 / 2 + 4_000);
      long cut = RuleRedactor.STANDARD.work(RedactionFuzz.text(unit, 8_000));
      assertThat(cut / 8_000.0).as("seed %s: %s", seed, unit).isLessThan(MAX_WORK);
    }
  }

  @Test
  void keysWithoutAnEndDoNotEachReadTheRestOfTheirLine() {
    String unit = "----BEGIN PRIVATE KEY----a b ";
    long one = RuleRedactor.STANDARD.work(unit.repeat(1_000));
    long two = RuleRedactor.STANDARD.work(unit.repeat(2_000));
    assertThat(two).isLessThan(one * 5 / 2);
  }

  @Test
  void whatIsNoSecretAfterALongLookIsNotLookedThroughAgainAndAgain() {
    for (String unit : List.of("PASS:", "bearer+1+", "<password><![CDATA[")) {
      long one = RuleRedactor.STANDARD.work(unit.repeat(1_000) + "=x");
      long two = RuleRedactor.STANDARD.work(unit.repeat(2_000) + "=x");
      assertThat(two).as(unit).isLessThan(one * 5 / 2);
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
