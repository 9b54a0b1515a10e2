package dev.spoor.store.elastic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.store.elastic.Retention.Day;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  private static final List<Day> DAYS =
      List.of(day("2026-11-24", 10), day("2026-11-22", 30), day("2026-11-23", 20));

  @Test
  void aDayGoesWhenItsLastRecordIsTooOld() {
    assertThat(expired(Duration.ofDays(1), 0)).containsExactly("2026-11-22");
    // The last record of the 23rd may be 10 hours old.
    assertThat(expired(Duration.ofHours(11), 0)).containsExactly("2026-11-22");
    assertThat(expired(Duration.ofHours(10), 0)).containsExactly("2026-11-22", "2026-11-23");
  }

  @Test
  void theOldestGoWhileAllAreTooLarge() {
    assertThat(expired(Duration.ZERO, 60)).isEmpty();
    assertThat(expired(Duration.ZERO, 59)).containsExactly("2026-11-22");
    assertThat(expired(Duration.ZERO, 29)).containsExactly("2026-11-22", "2026-11-23");
  }

  @Test
  void todayStaysHoweverLargeItIs() {
    assertThat(expired(Duration.ZERO, 1)).containsExactly("2026-11-22", "2026-11-23");
    List<Day> brokenClock = List.of(day("2026-11-24", 10), day("2099-01-01", 1));
    assertThat(Retention.expired(brokenClock, NOW, Duration.ZERO, 1)).isEmpty();
  }

  @Test
  void withoutBoundsNothingGoes() {
    assertThat(expired(Duration.ZERO, 0)).isEmpty();
  }

  private static List<String> expired(Duration retention, long maxBytes) {
    return Retention.expired(DAYS, NOW, retention, maxBytes).stream().map(Day::index).toList();
  }

  private static Day day(String day, long bytes) {
    return new Day(day, Instant.parse(day + "T00:00:00Z"), bytes);
  }
}
