package dev.spoor.alert.trial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.alert.evaluation.Alert;
import dev.spoor.alert.rule.RuleFile;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ReplayTest {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
  private static final Rules MEMORY =
      new Rules(
          RuleFile.shipped().all().stream()
              .filter(rule -> rule.name().equals("HighMemoryUsage"))
              .toList());

  /** A sample each 10 s: high from {@code high} to {@code low}, else low. */
  private static List<Alert> replay(Instant from, Instant to, Instant high, Instant low) {
    Replay replay = new Replay(MEMORY, from, to, 100);
    int seq = 1_000;
    for (Instant at = replay.begin(); at.isBefore(to); at = at.plusSeconds(10)) {
      boolean isHigh = !at.isBefore(high) && at.isBefore(low);
      // Numbers that fall: they must not count.
      replay.add(sample(isHigh ? 0.93 : 0.2, seq--), at);
    }
    return replay.alerts();
  }

  private static JsonNode sample(double ratio, int seq) {
    return Json.tree(
        """
        {"event":"runtime.sample","instance":"w-1","jobs_in_flight":1,"source":"s","seq":%d,"memory_ratio":%s}
        """
            .formatted(seq, ratio)
            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void tellsWhenARuleWouldHaveFiredAndCeased() {
    List<Alert> alerts =
        replay(NOON, NOON.plusSeconds(3_600), NOON.plusSeconds(600), NOON.plusSeconds(1_200));
    assertThat(alerts).hasSize(1);
    Alert alert = alerts.getFirst();
    // The breach must hold for a minute, and firing goes on for as long as the rule keeps it.
    assertThat(alert.startsAt()).isBetween(NOON.plusSeconds(600 + 60), NOON.plusSeconds(600 + 75));
    assertThat(alert.endsAt()).isBetween(NOON.plusSeconds(1_200), NOON.plusSeconds(1_320));
  }

  @Test
  void whatFiredBeforeAndIsNotOverIsToldWithItsTrueBeginning() {
    Replay probe = new Replay(MEMORY, NOON, NOON.plusSeconds(60), 100);
    assertThat(Duration.between(probe.begin(), NOON)).isGreaterThan(Duration.ofMinutes(1));
    List<Alert> alerts = replay(NOON, NOON.plusSeconds(60), Instant.MIN, Instant.MAX);
    assertThat(alerts).hasSize(1);
    assertThat(alerts.getFirst().startsAt()).isBefore(NOON);
    assertThat(alerts.getFirst().endsAt()).isNull();
  }

  @Test
  void whatWasOverBeforeIsNotTold() {
    Instant to = NOON.plusSeconds(600);
    Instant begin = new Replay(MEMORY, NOON, to, 100).begin();
    // Just long enough to fire.
    assertThat(replay(NOON, to, begin, begin.plusSeconds(80))).isEmpty();
    assertThat(replay(NOON, to, Instant.MAX, Instant.MAX)).isEmpty();
  }
}
