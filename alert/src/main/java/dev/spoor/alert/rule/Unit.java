package dev.spoor.alert.rule;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How a value is shown to a person. The value itself has no unit. */
public enum Unit {
  NUMBER,
  /** The value is a share from 0 to 1. */
  PERCENT,
  MILLISECONDS,
  USD;

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Unit> of(String wireName) {
    return Arrays.stream(values()).filter(each -> each.wireName().equals(wireName)).findFirst();
  }

  public String show(double value) {
    return switch (this) {
      case NUMBER ->
          Math.rint(value) == value && Math.abs(value) < 1e15
              ? Long.toString((long) value)
              : String.format(Locale.ROOT, "%.3g", value);
      case PERCENT -> String.format(Locale.ROOT, "%.1f %%", 100 * value);
      case MILLISECONDS ->
          value < 1000
              ? String.format(Locale.ROOT, "%.0f ms", value)
              : String.format(Locale.ROOT, "%.1f s", value / 1000);
      case USD -> String.format(Locale.ROOT, "%.2f USD", value);
    };
  }
}
