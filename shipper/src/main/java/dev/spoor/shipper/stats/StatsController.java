package dev.spoor.shipper.stats;

import dev.spoor.access.Caller;
import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.wire.Json;
import dev.spoor.shipper.search.Parameters;
import dev.spoor.shipper.search.Searches;
import dev.spoor.store.query.TimeSpan;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code GET /v1/stats}: figures over time. They count what is stored, with the store's progress:
 * each record once, whatever died meanwhile, and those of all shippers that share the store.
 */
@RestController
public final class StatsController {
  static final int MAX_POINTS = 1_500;
  static final int DEFAULT_LIMIT = 20;
  static final int MAX_LIMIT = 1_000;

  private static final Duration DEFAULT_RANGE = Duration.ofHours(1);
  private static final int FEW_POINTS = 120;
  private static final List<Duration> NICE_STEPS =
      List.of(
          Duration.ofMinutes(1),
          Duration.ofMinutes(5),
          Duration.ofMinutes(15),
          Duration.ofHours(1),
          Duration.ofHours(6),
          Duration.ofDays(1));

  private final Searches searches;
  private final StatsSettings settings;
  private final Clock clock;

  public StatsController(Searches searches, StatsSettings settings, Clock clock) {
    this.searches = searches;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * {@code from} and {@code to} are widened to whole steps. A label that is given as a parameter
   * must have that value. A tenant's key gets the tenant's own figures, whatever is asked for.
   */
  @GetMapping("/v1/stats")
  @Requires(Scope.READ)
  ResponseEntity<byte[]> stats(HttpServletRequest request) {
    StatsQuery query = read(request.getParameterMap(), Caller.of(request), clock.instant());
    StatsReport report = new StatsReport(query);
    searches.summaries(query.resolution().span(), query.from(), query.until(), report::add);
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header("Cache-Control", "no-store")
        .body(Json.write(report.body()));
  }

  StatsQuery read(Map<String, String[]> given, Caller caller, Instant now) {
    Metric metric = metric(given);
    Set<String> known = new TreeSet<>(Set.of("metric", "by", "from", "to", "step", "limit"));
    known.addAll(metric == null ? given.keySet() : metric.labels());
    Parameters parameters = new Parameters(given, known);
    if (metric == null) {
      parameters.fault("metric", "must be one of " + String.join(", ", Metric.names()));
      parameters.check();
      throw new IllegalStateException("a fault was not told");
    }
    List<String> by = by(parameters, metric);
    Map<String, String> filters = new LinkedHashMap<>();
    for (String label : metric.labels()) {
      if (given.containsKey(label)) {
        filters.put(label, parameters.text(label));
      }
    }
    TimeSpan to = parameters.time("to", now);
    Instant until = to == null ? now : to.until();
    TimeSpan since = parameters.time("from", now);
    Instant from = since == null ? until.minus(DEFAULT_RANGE) : since.from();
    if (!from.isBefore(until)) {
      parameters.fault("from", "must be before to");
    }
    Duration step = step(parameters, from, until, now);
    int limit = parameters.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT);
    parameters.check();
    return new StatsQuery(
        metric,
        by,
        filters,
        caller.sees().map(TenantId::value).orElse(null),
        Resolution.floor(from, step),
        Resolution.floor(until.minusNanos(1), step).plus(step),
        step,
        limit,
        now);
  }

  private static @Nullable Metric metric(Map<String, String[]> given) {
    String[] names = given.get("metric");
    return names == null || names.length != 1 ? null : Metric.named(names[0]).orElse(null);
  }

  private static List<String> by(Parameters parameters, Metric metric) {
    String text = parameters.text("by");
    if (text.isEmpty()) {
      return List.of();
    }
    List<String> by =
        new ArrayList<>(
            new LinkedHashSet<>(Arrays.stream(text.split(",", -1)).map(String::strip).toList()));
    if (!metric.labels().containsAll(by)) {
      parameters.fault(
          "by",
          "must be labels of "
              + metric.wireName()
              + " with commas between them: "
              + String.join(", ", metric.labels()));
      return List.of();
    }
    return by;
  }

  /** A step that was asked for and can be had, or the first that makes few points. */
  private Duration step(Parameters parameters, Instant from, Instant until, Instant now) {
    Duration range = Duration.between(from, until);
    boolean minutes = !from.isBefore(now.minus(settings.minuteRetention()));
    String text = parameters.text("step");
    if (text.isEmpty()) {
      for (Duration nice : NICE_STEPS) {
        boolean kept = minutes || nice.compareTo(Resolution.HOUR.length()) >= 0;
        if (kept && range.toSeconds() / nice.toSeconds() <= FEW_POINTS) {
          return nice;
        }
      }
      // Years: whole days, as many as make few points.
      return Duration.ofDays(1 + range.toDays() / FEW_POINTS);
    }
    Duration step = duration(text);
    if (step == null
        || step.compareTo(Resolution.MINUTE.length()) < 0
        || step.compareTo(Duration.ofDays(366)) > 0
        || step.toMillis() % Resolution.MINUTE.length().toMillis() != 0) {
      parameters.fault("step", "must be whole minutes, at most 366d: 1m, 15m, 1h, 1d, PT5M");
      return Resolution.HOUR.length();
    }
    if (range.toSeconds() / step.toSeconds() > MAX_POINTS) {
      parameters.fault(
          "step",
          "makes more than " + MAX_POINTS + " points of the time that is asked for; take a longer");
    }
    if (!minutes && step.toSeconds() % Resolution.HOUR.length().toSeconds() != 0) {
      parameters.fault(
          "step",
          "must be whole hours where from is more than "
              + settings.minuteRetention().toHours()
              + " hours ago: figures by the minute are not kept for longer");
    }
    return step;
  }

  private static @Nullable Duration duration(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    try {
      if (upper.startsWith("P")) {
        return Duration.parse(upper);
      }
      return upper.endsWith("D") ? Duration.parse("P" + upper) : Duration.parse("PT" + upper);
    } catch (DateTimeParseException | ArithmeticException notOne) {
      return null;
    }
  }
}
