package dev.spoor.telemetry.problem;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An error as an HTTP answer.
 *
 * @param status HTTP status, 400 to 599
 * @param kind names the problem in its {@code type}: {@code urn:spoor:problem:<kind>}
 * @param title the same for every problem of this kind
 * @param detail what happened this time, and what to do
 * @param errors every fault of the caller's input
 * @param retryAfter when asking again makes sense; null if it does not
 * @param more further members, for example {@code outcome}
 */
public record Problem(
    int status,
    String kind,
    String title,
    String detail,
    List<Fault> errors,
    @Nullable Duration retryAfter,
    Map<String, Object> more) {
  public Problem {
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("a problem's status is 400 to 599");
    }
    errors = List.copyOf(errors);
    more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
  }

  public static Problem of(int status, String kind, String title, String detail) {
    return new Problem(status, kind, title, detail, List.of(), null, Map.of());
  }

  public Problem withErrors(List<Fault> faults) {
    return new Problem(status, kind, title, detail, faults, retryAfter, more);
  }

  public Problem withRetryAfter(Duration delay) {
    return new Problem(status, kind, title, detail, errors, delay, more);
  }

  /** With one more member, of a type that the JSON codec knows. */
  public Problem with(String name, Object value) {
    Map<String, Object> members = new LinkedHashMap<>(more);
    members.put(name, value);
    return new Problem(status, kind, title, detail, errors, retryAfter, members);
  }

  /** As an exception, to leave a controller with. */
  public ProblemException asException() {
    return new ProblemException(this);
  }
}
