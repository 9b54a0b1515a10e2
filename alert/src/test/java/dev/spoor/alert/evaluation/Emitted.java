package dev.spoor.alert.evaluation;

import dev.spoor.alert.rule.RuleFile;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Records as the tests need them. */
final class Emitted {
  static final Instant START = Instant.parse("2026-01-02T03:00:00Z");

  private Emitted() {}

  static Instant at(long seconds) {
    return START.plusSeconds(seconds);
  }

  static Instant at(Duration after) {
    return START.plus(after);
  }

  static JsonNode http(int status, double millis) {
    return record(
        Map.of("event", "http.request.completed", "status_code", status, "duration_ms", millis));
  }

  static JsonNode memory(String instance, double ratio) {
    return record(
        Map.of(
            "event",
            "runtime.sample",
            "instance",
            instance,
            "memory_ratio",
            ratio,
            "jobs_in_flight",
            0));
  }

  static JsonNode agent(String agent, boolean failed) {
    return record(
        Map.of(
            "event",
            failed ? "agent.execution.failed" : "agent.execution.completed",
            "agent_id",
            agent));
  }

  static JsonNode record(Map<String, ?> fields) {
    return Json.tree(Json.write(new LinkedHashMap<>(fields)));
  }

  static Rules rules(String yaml) {
    RuleFile.Reading reading = RuleFile.read(yaml);
    if (!reading.faults().isEmpty()) {
      throw new IllegalArgumentException(reading.faults().toString());
    }
    return new Rules(reading.rules());
  }
}
