package dev.spoor.worker.diagnostics;

import dev.spoor.agent.AgentContext;
import dev.spoor.agent.AgentException;
import dev.spoor.agent.AgentOutcome;
import dev.spoor.agent.flow.Flow;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import org.slf4j.event.Level;
import tools.jackson.databind.JsonNode;

/** The flows {@code echo}, {@code sleep}, {@code log} and {@code fail}, of one step each. */
public final class DiagnosticsFlows {
  private static final Duration MAX_SLEEP = Duration.ofDays(1);

  private DiagnosticsFlows() {}

  public static List<Flow> all() {
    return List.of(echo(), sleep(), log(), fail());
  }

  private static Flow echo() {
    var flow =
        Flow.named(
            "echo",
            "Gives back the text it was given",
            schema(
                """
                {"$schema": "https://json-schema.org/draft/2020-12/schema",
                 "type": "object", "additionalProperties": false, "required": ["text"],
                 "properties": {"text": {"type": "string", "maxLength": 200000}}}
                """));
    flow.step("echo", context -> AgentOutcome.of(context.input()));
    return flow.build();
  }

  private static Flow sleep() {
    var flow =
        Flow.named(
            "sleep",
            "Waits for a while",
            schema(
                """
                {"$schema": "https://json-schema.org/draft/2020-12/schema",
                 "type": "object", "additionalProperties": false, "required": ["duration"],
                 "properties": {"duration": {"type": "string",
                   "pattern": "^PT(?=[0-9])([0-9]{1,5}H)?([0-9]{1,6}M)?([0-9]{1,8}([.][0-9]{1,9})?S)?$",
                   "description": "ISO-8601 duration, a day at most, for example PT2S"}}}
                """));
    flow.step("sleep", DiagnosticsFlows::sleep);
    return flow.build();
  }

  private static AgentOutcome sleep(AgentContext context) throws InterruptedException {
    Duration duration;
    try {
      duration = Duration.parse(context.input().path("duration").asString());
    } catch (DateTimeParseException e) {
      throw new AgentException(
          ErrorCategory.VALIDATION, false, "duration is not an ISO-8601 duration");
    }
    if (duration.isNegative() || duration.compareTo(MAX_SLEEP) > 0) {
      throw new AgentException(
          ErrorCategory.VALIDATION, false, "duration must be from 0 to " + MAX_SLEEP);
    }
    Thread.sleep(duration);
    return AgentOutcome.of(context.input());
  }

  private static Flow log() {
    var flow =
        Flow.named(
            "log",
            "Logs a message",
            schema(
                """
                {"$schema": "https://json-schema.org/draft/2020-12/schema",
                 "type": "object", "additionalProperties": false, "required": ["message"],
                 "properties": {
                   "message": {"type": "string", "maxLength": 100000},
                   "level": {"enum": ["DEBUG", "INFO", "WARNING", "ERROR"], "default": "INFO"}}}
                """));
    flow.step("log", DiagnosticsFlows::log);
    return flow.build();
  }

  private static AgentOutcome log(AgentContext context) {
    Level level =
        switch (context.input().path("level").asString("INFO")) {
          case "DEBUG" -> Level.DEBUG;
          case "WARNING" -> Level.WARN;
          case "ERROR" -> Level.ERROR;
          default -> Level.INFO;
        };
    context.log().atLevel(level).log(context.input().path("message").asString());
    return AgentOutcome.of(Json.mapper().createObjectNode().put("logged", true));
  }

  private static Flow fail() {
    var flow =
        Flow.named(
            "fail",
            "Fails in its first attempts, then succeeds",
            schema(
                """
                {"$schema": "https://json-schema.org/draft/2020-12/schema",
                 "type": "object", "additionalProperties": false, "required": ["message"],
                 "properties": {
                   "message": {"type": "string", "maxLength": 10000},
                   "times": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 1,
                     "description": "attempts of a run that fail"},
                   "category": {"enum": ["validation", "timeout", "rate_limited", "provider", "dependency",
                     "budget_exceeded", "cancelled", "internal"], "default": "internal"},
                   "retryable": {"type": "boolean", "default": true,
                     "description": "false ends the job as failed at once"}}}
                """));
    flow.step("fail", DiagnosticsFlows::fail);
    return flow.build();
  }

  private static AgentOutcome fail(AgentContext context) {
    JsonNode input = context.input();
    int times = input.path("times").asInt(1);
    if (context.attempt() <= times) {
      ErrorCategory category =
          ErrorCategory.valueOf(
              input.path("category").asString("internal").toUpperCase(Locale.ROOT));
      throw new AgentException(
          category, input.path("retryable").asBoolean(true), input.path("message").asString());
    }
    return AgentOutcome.of(
        Json.mapper().createObjectNode().put("succeeded_in_attempt", context.attempt()));
  }

  private static JsonNode schema(String json) {
    return Json.tree(json.getBytes(StandardCharsets.UTF_8));
  }
}
