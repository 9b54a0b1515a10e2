package dev.spoor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class SettableClockTest {
  @Test
  void standsStillUntilItIsMoved() {
    SettableClock clock = SettableClock.at(Instant.EPOCH);
    assertThat(clock.instant()).isEqualTo(Instant.EPOCH);
    assertThat(clock.advance(Duration.ofSeconds(90))).isEqualTo(Instant.ofEpochSecond(90));
    assertThat(clock.millis()).isEqualTo(90_000);
  }

  @Test
  void movesItsViewsInOtherZonesToo() {
    SettableClock clock = SettableClock.atSomeTime();
    var tokyo = clock.withZone(ZoneId.of("Asia/Tokyo"));
    clock.set(Instant.EPOCH);
    assertThat(tokyo.instant()).isEqualTo(Instant.EPOCH);
  }
}
