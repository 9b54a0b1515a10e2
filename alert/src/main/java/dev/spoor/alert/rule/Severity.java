package dev.spoor.alert.rule;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How bad it is. A closed set: it is a metric's tag. */
public enum Severity {
  INFO,
  WARNING,
  CRITICAL;

  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Severity> of(String wireName) {
    return Arrays.stream(values()).filter(each -> each.wireName().equals(wireName)).findFirst();
  }
}
