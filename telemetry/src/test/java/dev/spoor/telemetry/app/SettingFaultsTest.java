package dev.spoor.telemetry.app;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class SettingFaultsTest {
  @Test
  void tellsAllAtOnce() {
    assertThatThrownBy(
            new SettingFaults("spoor.x.")
                    .between("slots", 0, 1, 9)
                    .between("slots", 10, 1, 9)
                    .between("wait", Duration.ofMillis(99), "100ms", "1m")
                    .between("wait", Duration.ofSeconds(61), "100ms", "1m")
                    .between("size", DataSize.ofKilobytes(1), "1MB", "1GB")
                    .between("size", DataSize.ofGigabytes(2), "1MB", "1GB")
                    .atLeast("gap", Duration.ofMillis(-1), "0ms")
                    .positive("limit", Duration.ZERO)
                    .check(false, "name", "'a b'", "a word")
                ::refuse)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "spoor.x.slots is 0, expected 1 to 9; spoor.x.slots is 10, expected 1 to 9;"
                + " spoor.x.wait is PT0.099S, expected 100ms to 1m;"
                + " spoor.x.wait is PT1M1S, expected 100ms to 1m;"
                + " spoor.x.size is 1024B, expected 1MB to 1GB;"
                + " spoor.x.size is 2147483648B, expected 1MB to 1GB;"
                + " spoor.x.gap is PT-0.001S, expected 0ms or more;"
                + " spoor.x.limit is PT0S, expected a time above 0;"
                + " spoor.x.name is 'a b', expected a word");
  }

  @Test
  void boundsBelongToTheRange() {
    assertThatCode(
            new SettingFaults("spoor.x.")
                    .between("slots", 1, 1, 9)
                    .between("slots", 9, 1, 9)
                    .between("wait", Duration.ofMillis(100), "100ms", "1m")
                    .between("wait", Duration.ofMinutes(1), "100ms", "1m")
                    .between("size", DataSize.ofMegabytes(1), "1MB", "1GB")
                    .between("size", DataSize.ofGigabytes(1), "1MB", "1GB")
                    .atLeast("gap", Duration.ZERO, "0ms")
                    .positive("limit", Duration.ofNanos(1))
                    .check(true, "name", "a", "a word")
                ::refuse)
        .doesNotThrowAnyException();
  }
}
