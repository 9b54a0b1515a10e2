package dev.spoor.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a key may be used for. */
public enum Scope {
  /** Submit, cancel and replay jobs of the key's tenant. */
  SUBMIT,
  /** See jobs and records of the key's tenant, the queue and the flows. */
  READ,
  /** Scrape {@code /actuator/prometheus} and nothing else. */
  METRICS,
  /** All of the others, and what is no tenant's: every record, the audit, alerts, log levels. */
  ADMIN;

  /** As the keys' file has it. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Empty if there is none of that name. */
  public static Optional<Scope> parse(String wireName) {
    return Arrays.stream(values()).filter(it -> it.wireName().equals(wireName)).findFirst();
  }

  /** All names, for a sentence. */
  public static String all() {
    return Arrays.stream(values()).map(Scope::wireName).collect(Collectors.joining(", "));
  }
}
