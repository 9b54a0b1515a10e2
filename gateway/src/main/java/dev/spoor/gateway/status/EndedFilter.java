package dev.spoor.gateway.status;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.JobReads.Place;
import dev.spoor.gateway.ledger.JobView;
import dev.spoor.telemetry.problem.Fault;
import dev.spoor.telemetry.problem.Problem;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Which ended jobs a caller wants, from the parameters of a query.
 *
 * @param place where to begin: below it; null for the latest
 * @param key of the call whose cursor it is; null without one
 */
record EndedFilter(
    Set<JobStatus> statuses,
    List<String> flows,
    List<String> labels,
    long from,
    @Nullable Place place,
    int limit,
    boolean dryRun,
    @Nullable String key) {
  static final int MAX_LISTED = 500;
  static final int MAX_REPLAYED = 10_000;
  private static final int DEFAULT_LISTED = 100;

  /** Those that can be replayed. */
  private static final Set<JobStatus> ENDED =
      EnumSet.of(JobStatus.DEAD, JobStatus.FAILED, JobStatus.EXPIRED, JobStatus.CANCELLED);

  private static final Set<String> LIST =
      Set.of("status", "flow", "label", "from", "to", "limit", "cursor");
  private static final Set<String> REPLAY =
      Set.of("status", "flow", "label", "from", "to", "limit", "cursor", "dry_run");
  private static final Pattern RELATIVE = Pattern.compile("now(?:-(\\d{1,6})([smhd]))?");

  /** A day less than what every calendar of ours can tell. */
  private static final long LATEST = Instant.parse("9999-12-30T00:00:00Z").toEpochMilli();

  /**
   * Where the next page begins.
   *
   * @param key of the replay that goes on; null for a list
   */
  record Cursor(@Nullable Place place, @Nullable String key) {
    String text() {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.write(this));
    }

    /**
     * @throws IllegalArgumentException if it is none
     */
    static Cursor parse(String text) {
      try {
        return Json.read(Base64.getUrlDecoder().decode(text), Cursor.class);
      } catch (JacksonException | NullPointerException notOne) {
        throw new IllegalArgumentException(notOne);
      }
    }
  }

  static EndedFilter ofList(Map<String, String[]> parameters, Instant now) {
    return new Parsing(parameters, LIST, now).filter(DEFAULT_LISTED, MAX_LISTED);
  }

  static EndedFilter ofReplay(Map<String, String[]> parameters, Instant now) {
    return new Parsing(parameters, REPLAY, now).filter(MAX_REPLAYED, MAX_REPLAYED);
  }

  JobReads.EndedQuery query(TenantId tenant, @Nullable Place below, int most) {
    return new JobReads.EndedQuery(tenant, statuses, this::wants, from, below, most);
  }

  private boolean wants(JobView job) {
    if (!flows.isEmpty() && !flows.contains(job.spec().flow().value())) {
      return false;
    }
    return labels.stream()
        .allMatch(label -> {
          int colon = label.indexOf(':');
          return label
              .substring(colon + 1)
              .equals(job.spec().labels().get(label.substring(0, colon)));
        });
  }

  /** The same filter as a query for another gateway, from a place of its own. */
  String forwarded(@Nullable Place below, int most) {
    StringJoiner query = new StringJoiner("&");
    statuses.forEach(status -> query.add("status=" + status.wireName()));
    flows.forEach(flow -> query.add("flow=" + encoded(flow)));
    labels.forEach(label -> query.add("label=" + encoded(label)));
    query.add("from=" + encoded(Instant.ofEpochMilli(from).toString()));
    query.add("limit=" + most);
    if (below != null) {
      query.add("cursor=" + new Cursor(below, null).text());
    }
    return query.toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** Collects all faults before it refuses. */
  private static final class Parsing {
    private final Map<String, String[]> parameters;
    private final Instant now;
    private final List<Fault> faults = new ArrayList<>();

    private Parsing(Map<String, String[]> parameters, Set<String> known, Instant now) {
      this.parameters = parameters;
      this.now = now;
      for (String name : parameters.keySet()) {
        if (!known.contains(name)) {
          fault("unknown parameter " + JobsController.shown(name));
        }
      }
    }

    private EndedFilter filter(int usual, int most) {
      Set<JobStatus> statuses = EnumSet.noneOf(JobStatus.class);
      for (String name : all("status")) {
        JobStatus status = JobsController.status(name);
        if (status == null || !ENDED.contains(status)) {
          fault("status must be one of dead, failed, expired, cancelled");
        } else {
          statuses.add(status);
        }
      }
      if (statuses.isEmpty()) {
        statuses.add(JobStatus.DEAD);
      }
      List<String> labels = all("label");
      if (labels.stream().anyMatch(label -> label.indexOf(':') < 1)) {
        fault("label must be name:value");
      }
      long from = time("from", 0);
      Place place = null;
      if (parameters.containsKey("to")) {
        place = Place.before(time("to", LATEST));
      }
      String key = null;
      String cursor = one("cursor");
      if (cursor != null) {
        try {
          Cursor parsed = Cursor.parse(cursor);
          key = parsed.key();
          Place below = parsed.place();
          place = place == null || (below != null && below.compareTo(place) < 0) ? below : place;
        } catch (IllegalArgumentException e) {
          fault("cursor must be the next_cursor of an earlier answer");
        }
      }
      String dryRun = one("dry_run");
      if (dryRun != null && !Set.of("true", "false").contains(dryRun)) {
        fault("dry_run must be true or false");
      }
      int limit = limit(usual, most);
      if (!faults.isEmpty()) {
        throw Problem.of(400, "bad-query", "Bad query", "a parameter is wrong; errors names it")
            .withErrors(faults)
            .asException();
      }
      return new EndedFilter(
          statuses, all("flow"), labels, from, place, limit, "true".equals(dryRun), key);
    }

    private void fault(String detail) {
      faults.add(new Fault("", detail));
    }

    private List<String> all(String name) {
      String[] values = parameters.get(name);
      return values == null ? List.of() : Arrays.asList(values);
    }

    private @Nullable String one(String name) {
      List<String> values = all(name);
      if (values.size() > 1) {
        fault(name + " must be there once");
      }
      return values.isEmpty() ? null : values.getFirst();
    }

    private int limit(int usual, int most) {
      String text = one("limit");
      if (text == null) {
        return usual;
      }
      if (text.matches("\\d{1,5}")) {
        int limit = Integer.parseInt(text);
        if (limit >= 1 && limit <= most) {
          return limit;
        }
      }
      fault("limit must be a whole number from 1 to " + most);
      return usual;
    }

    /** In milliseconds since 1970, rounded up as the ends of jobs are. */
    private long time(String name, long otherwise) {
      String text = one(name);
      if (text == null) {
        return otherwise;
      }
      Matcher relative = RELATIVE.matcher(text);
      try {
        Instant at = relative.matches() ? now.minus(span(relative)) : Instant.parse(text);
        long millis = at.plusNanos(999_999).toEpochMilli();
        if (millis >= 0 && millis <= LATEST) {
          return millis;
        }
      } catch (DateTimeException | ArithmeticException e) {
        // As below.
      }
      fault(name + " must be RFC 3339 in UTC, for example 2026-01-31T12:00:00Z, or like now-15m");
      return otherwise;
    }

    private static Duration span(Matcher relative) {
      String count = relative.group(1);
      if (count == null) {
        return Duration.ZERO;
      }
      long n = Long.parseLong(count);
      return switch (relative.group(2)) {
        case "s" -> Duration.ofSeconds(n);
        case "m" -> Duration.ofMinutes(n);
        case "h" -> Duration.ofHours(n);
        default -> Duration.ofDays(n);
      };
    }
  }
}
