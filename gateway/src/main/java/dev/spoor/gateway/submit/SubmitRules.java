package dev.spoor.gateway.submit;

import dev.spoor.contract.job.Budget;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.catalogue.InputSchema;
import dev.spoor.telemetry.problem.Fault;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a submit's body has to be. Finds every fault in one go. Thread-safe, no I/O.
 *
 * <p>A null is not an absent member: a caller that sends one has a fault somewhere.
 */
final class SubmitRules {
  static final int MAX_INPUT_BYTES = 1 << 20;

  /**
   * The input is measured as it will be stored. That is at most so many times what was sent: 1e6
   * becomes 1000000.0. A body that is small enough need not be written only to be measured.
   */
  private static final int MAX_GROWTH = 4;

  static final Duration MAX_TIMEOUT = Duration.ofDays(30);
  static final Duration MAX_DELAY = Duration.ofDays(366);
  static final int MAX_LABEL_NAME = 64;
  static final int MAX_LABEL_VALUE = 256;
  static final int MAX_ATTEMPTS = 20;
  private static final BigDecimal MAX_USD = BigDecimal.valueOf(1_000_000);
  private static final long MAX_TOKENS = 1_000_000_000_000L;

  private static final Set<String> MEMBERS =
      Set.of(
          "flow",
          "input",
          "session_id",
          "priority",
          "labels",
          "timeout",
          "not_before",
          "max_attempts",
          "budget",
          "callback_url");

  private final Function<FlowId, Optional<InputSchema>> flows;
  private final Clock clock;

  SubmitRules(Function<FlowId, Optional<InputSchema>> flows, Clock clock) {
    this.flows = flows;
    this.clock = clock;
  }

  /** What came of looking at a body. */
  sealed interface Verdict {
    /** It can be submitted. */
    record Good(Submission submission) implements Verdict {}

    /** It cannot, for these reasons. */
    record Bad(List<Fault> faults) implements Verdict {}

    /** Its input is larger than {@link #MAX_INPUT_BYTES}. */
    record TooLarge(int inputBytes) implements Verdict {}
  }

  /**
   * @param bodyBytes how long the body was as it came
   */
  Verdict check(TenantId tenant, JsonNode body, int bodyBytes) {
    List<Fault> faults = new ArrayList<>();
    if (!(body instanceof ObjectNode)) {
      return new Verdict.Bad(List.of(new Fault("", "must be a JSON object")));
    }
    Soundness.check(body, faults);
    if (!faults.isEmpty()) {
      return new Verdict.Bad(faults);
    }
    for (String name : body.propertyNames()) {
      if (!MEMBERS.contains(name)) {
        faults.add(new Fault("/" + Pointers.escape(name), "unknown property"));
      }
    }

    FlowId flow = flow(body.get("flow"), faults);
    JsonNode input = body.get("input");
    if (input == null) {
      input = Json.mapper().createObjectNode();
    }
    if (!input.isObject()) {
      faults.add(new Fault("/input", "must be an object"));
    } else if (flow != null) {
      Optional<InputSchema> schema = flows.apply(flow);
      if (schema.isEmpty()) {
        faults.add(new Fault("/flow", "no worker has announced this flow; see /v1/flows"));
      } else {
        faults.addAll(schema.get().check(input, "/input"));
      }
    }
    String sessionId = name(body.get("session_id"), "/session_id", faults);
    Priority priority = priority(body.get("priority"), faults);
    Map<String, String> labels = labels(body.get("labels"), faults);
    Duration timeout = timeout(body.get("timeout"), faults);
    Instant notBefore = notBefore(body.get("not_before"), timeout, faults);
    int maxAttempts = maxAttempts(body.get("max_attempts"), faults);
    Budget budget = budget(body.get("budget"), faults);
    if (body.has("callback_url")) {
      // To take it and never call would be worse than to say so.
      faults.add(
          new Fault(
              "/callback_url", "callbacks are not available; use GET /v1/jobs/{job_id}/events"));
    }
    if (!faults.isEmpty() || flow == null) {
      return new Verdict.Bad(faults);
    }
    if (bodyBytes > MAX_INPUT_BYTES / MAX_GROWTH) {
      int inputBytes = Json.write(input).length;
      if (inputBytes > MAX_INPUT_BYTES) {
        return new Verdict.TooLarge(inputBytes);
      }
    }
    return new Verdict.Good(
        new Submission(
            new JobSpec(
                tenant,
                flow,
                sessionId,
                priority,
                labels,
                timeout,
                notBefore,
                maxAttempts,
                budget,
                null),
            input,
            CanonicalHash.of(body)));
  }

  private static @Nullable FlowId flow(@Nullable JsonNode node, List<Fault> faults) {
    if (node == null) {
      faults.add(new Fault("/flow", "is required"));
      return null;
    }
    String name = name(node, "/flow", faults);
    return name == null ? null : new FlowId(name);
  }

  private static @Nullable String name(
      @Nullable JsonNode node, String pointer, List<Fault> faults) {
    if (node == null) {
      return null;
    }
    if (!node.isString()) {
      faults.add(new Fault(pointer, "must be a string"));
      return null;
    }
    if (!isName(node.stringValue(), 128)) {
      faults.add(new Fault(pointer, "must be 1 to 128 characters of letters, digits and ._:-"));
      return null;
    }
    return node.stringValue();
  }

  private static Priority priority(@Nullable JsonNode node, List<Fault> faults) {
    if (node == null) {
      return Priority.NORMAL;
    }
    if (node.isString()) {
      for (Priority priority : Priority.values()) {
        if (priority.wireName().equals(node.stringValue())) {
          return priority;
        }
      }
    }
    faults.add(new Fault("/priority", "must be \"high\", \"normal\" or \"low\""));
    return Priority.NORMAL;
  }

  private static Map<String, String> labels(@Nullable JsonNode node, List<Fault> faults) {
    if (node == null) {
      return Map.of();
    }
    if (!node.isObject()) {
      faults.add(new Fault("/labels", "must be an object"));
      return Map.of();
    }
    if (node.size() > JobSpec.MAX_LABELS) {
      faults.add(new Fault("/labels", JobSpec.MAX_LABELS + " labels at most, not " + node.size()));
      return Map.of();
    }
    Map<String, String> labels = new LinkedHashMap<>();
    for (var member : node.properties()) {
      String pointer = "/labels/" + Pointers.escape(member.getKey());
      if (!isName(member.getKey(), MAX_LABEL_NAME)) {
        faults.add(
            new Fault(
                pointer,
                "a label's name must be 1 to "
                    + MAX_LABEL_NAME
                    + " characters of letters, digits and ._:-"));
      } else if (!member.getValue().isString()) {
        faults.add(new Fault(pointer, "must be a string"));
      } else if (member.getValue().stringValue().length() > MAX_LABEL_VALUE) {
        faults.add(new Fault(pointer, MAX_LABEL_VALUE + " characters at most"));
      } else {
        labels.put(member.getKey(), member.getValue().stringValue());
      }
    }
    return labels;
  }

  private static @Nullable Duration timeout(@Nullable JsonNode node, List<Fault> faults) {
    if (node == null) {
      return null;
    }
    Duration timeout = null;
    if (node.isString() && node.stringValue().length() <= 40) {
      try {
        timeout = Duration.parse(node.stringValue());
      } catch (DateTimeException | ArithmeticException _) {
        timeout = null;
      }
    }
    if (timeout == null) {
      faults.add(new Fault("/timeout", "must be an ISO-8601 duration, for example \"PT90S\""));
      return null;
    }
    if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(MAX_TIMEOUT) > 0) {
      faults.add(new Fault("/timeout", "must be above 0 and at most " + MAX_TIMEOUT));
      return null;
    }
    return timeout;
  }

  private @Nullable Instant notBefore(
      @Nullable JsonNode node, @Nullable Duration timeout, List<Fault> faults) {
    if (node == null) {
      return null;
    }
    Instant time = null;
    if (node.isString() && node.stringValue().length() <= 40) {
      try {
        OffsetDateTime parsed = OffsetDateTime.parse(node.stringValue());
        if (parsed.getYear() >= 1970 && parsed.getYear() <= 9999) {
          time = parsed.toInstant();
        }
      } catch (DateTimeException _) {
        time = null;
      }
    }
    if (time == null) {
      faults.add(
          new Fault(
              "/not_before", "must be an RFC 3339 time, for example \"2030-01-31T08:00:00Z\""));
      return null;
    }
    Instant now = clock.instant();
    if (time.isAfter(now.plus(MAX_DELAY))) {
      faults.add(new Fault("/not_before", "must be at most " + MAX_DELAY.toDays() + " days ahead"));
      return null;
    }
    if (timeout != null && !time.isBefore(now.plus(timeout))) {
      faults.add(
          new Fault(
              "/not_before",
              "is after the end of the timeout: the job would expire before it could start"));
      return null;
    }
    return time;
  }

  private static int maxAttempts(@Nullable JsonNode node, List<Fault> faults) {
    if (node == null) {
      return JobSpec.DEFAULT_MAX_ATTEMPTS;
    }
    if (node.isIntegralNumber() && node.canConvertToInt()) {
      int attempts = node.intValue();
      if (attempts >= 1 && attempts <= MAX_ATTEMPTS) {
        return attempts;
      }
    }
    faults.add(new Fault("/max_attempts", "must be a whole number from 1 to " + MAX_ATTEMPTS));
    return JobSpec.DEFAULT_MAX_ATTEMPTS;
  }

  private static @Nullable Budget budget(@Nullable JsonNode node, List<Fault> faults) {
    if (node == null) {
      return null;
    }
    if (!node.isObject()) {
      faults.add(new Fault("/budget", "must be an object"));
      return null;
    }
    int before = faults.size();
    for (String name : node.propertyNames()) {
      if (!name.equals("usd") && !name.equals("tokens")) {
        faults.add(new Fault("/budget/" + Pointers.escape(name), "unknown property"));
      }
    }
    BigDecimal usd = null;
    Long tokens = null;
    JsonNode usdNode = node.get("usd");
    if (usdNode != null) {
      usd = usdNode.isNumber() ? usdNode.decimalValue() : BigDecimal.ZERO;
      if (usd.signum() <= 0 || usd.compareTo(MAX_USD) > 0) {
        faults.add(new Fault("/budget/usd", "must be a number above 0 and at most " + MAX_USD));
      }
    }
    JsonNode tokensNode = node.get("tokens");
    if (tokensNode != null) {
      tokens =
          tokensNode.isIntegralNumber() && tokensNode.canConvertToLong()
              ? tokensNode.longValue()
              : 0L;
      if (tokens <= 0 || tokens > MAX_TOKENS) {
        faults.add(new Fault("/budget/tokens", "must be a whole number from 1 to " + MAX_TOKENS));
      }
    }
    if (usdNode == null && tokensNode == null && faults.size() == before) {
      faults.add(new Fault("/budget", "must have usd or tokens"));
    }
    return faults.size() == before ? new Budget(usd, tokens) : null;
  }

  private static boolean isName(String text, int maxLength) {
    if (text.isEmpty() || text.length() > maxLength) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || c == '.'
          || c == '_'
          || c == ':'
          || c == '-')) {
        return false;
      }
    }
    return true;
  }
}
