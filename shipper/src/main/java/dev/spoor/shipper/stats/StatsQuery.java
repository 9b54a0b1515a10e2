package dev.spoor.shipper.stats;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which figures.
 *
 * @param by labels that series are told apart by; all others are added up
 * @param filters label to the value that it must have
 * @param onlyTenant whose figures the caller may see; null for everyone's
 * @param from a multiple of the step
 * @param until a multiple of the step, after {@code from}
 * @param step whole minutes
 * @param limit most series that are shown, those with most records
 * @param now when it is asked
 */
record StatsQuery(
    Metric metric,
    List<String> by,
    Map<String, String> filters,
    @Nullable String onlyTenant,
    Instant from,
    Instant until,
    Duration step,
    int limit,
    Instant now) {
  StatsQuery {
    by = List.copyOf(by);
    filters = Map.copyOf(filters);
  }

  /** The coarsest that the step is made of. */
  Resolution resolution() {
    return step.toSeconds() % Resolution.HOUR.length().toSeconds() == 0
        ? Resolution.HOUR
        : Resolution.MINUTE;
  }

  boolean matches(Series series) {
    if (onlyTenant != null && !series.value(Metric.TENANT).equals(onlyTenant)) {
      return false;
    }
    for (Map.Entry<String, String> filter : filters.entrySet()) {
      if (!series.value(filter.getKey()).equals(filter.getValue())) {
        return false;
      }
    }
    return true;
  }

  /** Values of {@link #by}. */
  List<String> group(Series series) {
    return by.stream().map(series::value).toList();
  }

  /** How many points a series has. */
  int points() {
    return (int) (Duration.between(from, until).toSeconds() / step.toSeconds());
  }

  /** Which point a time is in. */
  int point(Instant time) {
    return (int) (Duration.between(from, time).toSeconds() / step.toSeconds());
  }
}
