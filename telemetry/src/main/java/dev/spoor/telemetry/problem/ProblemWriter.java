package dev.spoor.telemetry.problem;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.redaction.Redactor;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Puts a problem into an answer, redacted, with the request's id. Thread-safe. */
public final class ProblemWriter {
  static final String MEDIA_TYPE = "application/problem+json";

  /** More than this many faults help nobody and make the answer as large as the attack. */
  private static final int MAX_ERRORS = 100;

  private final UnaryOperator<String> redactor;

  /** Kind of secret that a member of this name holds. */
  private final Function<String, @Nullable String> kinds;

  public ProblemWriter(Redactor redactor) {
    this(redactor::redact, redactor::kindOfField);
  }

  private ProblemWriter(UnaryOperator<String> redactor, Function<String, @Nullable String> kinds) {
    this.redactor = redactor;
    this.kinds = kinds;
  }

  /** For problems that hold no text of a user's. */
  static ProblemWriter ofOwnWords() {
    return new ProblemWriter(UnaryOperator.identity(), _ -> null);
  }

  /**
   * Does nothing if the answer is already on its way.
   *
   * @throws IOException if the caller is gone
   */
  public void write(Problem problem, HttpServletResponse response) throws IOException {
    if (response.isCommitted()) {
      return;
    }
    response.resetBuffer();
    response.setStatus(problem.status());
    if (problem.retryAfter() != null) {
      long seconds = Math.max(1, Math.ceilDiv(problem.retryAfter().toMillis(), 1_000L));
      response.setHeader("Retry-After", Long.toString(seconds));
    }
    byte[] body = json(problem, MDC.get(Fields.REQUEST_ID));
    response.setHeader("Content-Type", MEDIA_TYPE);
    response.setHeader("Cache-Control", "no-store");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  byte[] json(Problem problem, @Nullable String requestId) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", "urn:spoor:problem:" + problem.kind());
    members.put("title", redactor.apply(problem.title()));
    members.put("status", problem.status());
    members.put("detail", redactor.apply(problem.detail()));
    if (requestId != null) {
      members.put("request_id", redactor.apply(requestId));
    }
    if (!problem.errors().isEmpty()) {
      List<Fault> errors = new ArrayList<>();
      for (Fault fault : problem.errors()) {
        if (errors.size() == MAX_ERRORS) {
          errors.add(
              new Fault("", "and " + (problem.errors().size() - MAX_ERRORS) + " more faults"));
          break;
        }
        errors.add(new Fault(redactor.apply(fault.pointer()), redactor.apply(fault.detail())));
      }
      members.put("errors", errors);
    }
    problem.more().forEach((name, value) -> members.putIfAbsent(name, redacted(name, value)));
    return Json.write(members);
  }

  private @Nullable Object redacted(String name, @Nullable Object value) {
    String kind = kinds.apply(name);
    if (kind != null && (value instanceof String || value instanceof Number)) {
      return Redactor.mask(kind);
    }
    return switch (value) {
      case null -> null;
      case String text -> redactor.apply(text);
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> safe = new LinkedHashMap<>();
        map.forEach((key, inner) ->
            safe.put(redactor.apply(String.valueOf(key)), redacted(String.valueOf(key), inner)));
        yield safe;
      }
      case List<?> list -> {
        List<@Nullable Object> safe = new ArrayList<>();
        list.forEach(inner -> safe.add(redacted("", inner)));
        yield safe;
      }
      // Numbers, ids, states: types of ours.
      default -> value;
    };
  }
}
