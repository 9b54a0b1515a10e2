package dev.spoor.telemetry.app;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

/**
 * Collects what is wrong with a group of settings, so that all of it is told at once, each with
 * name, value and what was expected. Not for secrets: their values must not be shown. For one
 * thread.
 */
public final class SettingFaults {
  private final String prefix;
  private final List<String> faults = new ArrayList<>();

  /**
   * @param prefix of all names, with the dot, as in {@code spoor.worker.}
   */
  public SettingFaults(String prefix) {
    this.prefix = prefix;
  }

  /** Both bounds belong to it. */
  public SettingFaults between(String name, long value, long min, long max) {
    return check(value >= min && value <= max, name, value, min + " to " + max);
  }

  /**
   * @param min as a user would write it, such as 500ms; it belongs to the range, as {@code max}
   *     does
   */
  public SettingFaults between(String name, Duration value, String min, String max) {
    boolean fits = value.compareTo(duration(min)) >= 0 && value.compareTo(duration(max)) <= 0;
    return check(fits, name, value, min + " to " + max);
  }

  /**
   * @param min as a user would write it, such as 4MB; it belongs to the range, as {@code max} does
   */
  public SettingFaults between(String name, DataSize value, String min, String max) {
    boolean fits =
        value.compareTo(DataSize.parse(min)) >= 0 && value.compareTo(DataSize.parse(max)) <= 0;
    return check(fits, name, value, min + " to " + max);
  }

  public SettingFaults atLeast(String name, Duration value, String min) {
    return check(value.compareTo(duration(min)) >= 0, name, value, min + " or more");
  }

  public SettingFaults positive(String name, Duration value) {
    return check(value.isPositive(), name, value, "a time above 0");
  }

  /** Any other condition. */
  public SettingFaults check(boolean fits, String name, Object value, String expected) {
    if (!fits) {
      faults.add(prefix + name + " is " + value + ", expected " + expected);
    }
    return this;
  }

  /** One sentence for each. */
  public List<String> all() {
    return List.copyOf(faults);
  }

  /**
   * @throws IllegalArgumentException with all faults, if there are any
   */
  public void refuse() {
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", faults));
    }
  }

  private static Duration duration(String text) {
    return DurationStyle.SIMPLE.parse(text);
  }
}
