package dev.spoor.worker.review;

import dev.spoor.agent.AgentContext;
import dev.spoor.agent.AgentOutcome;
import dev.spoor.agent.flow.Flow;
import dev.spoor.agent.memory.Memory;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.agent.model.ModelResponse;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code review-story}: analyst, architect, developer, qa; qa may send the story back to the
 * developer once.
 *
 * <p>What a step needs of an earlier one it takes from that step's output, which is there on
 * whatever worker the job goes on. Memory holds what may be missing: the findings of this job, and
 * what the session has reviewed before.
 */
public final class ReviewFlow {
  static final String REVISE = "revise";
  static final String FINDINGS_KEY = "findings";
  static final String REVIEWED_KEY = "reviewed";

  private static final StepId ANALYST = new StepId("analyst");
  private static final StepId ARCHITECT = new StepId("architect");
  private static final StepId DEVELOPER = new StepId("developer");
  private static final StepId QA = new StepId("qa");
  private static final int MAX_STEPS = 10;
  private static final int MAX_REMEMBERED = 20;
  private static final CriteriaCoverage COVERAGE = new CriteriaCoverage();

  private ReviewFlow() {}

  public static Flow flow() {
    var flow =
        Flow.named(
                "review-story",
                "Four agents review a user story: analyst, architect, developer, qa",
                Json.tree(
                    """
                    {"$schema": "https://json-schema.org/draft/2020-12/schema",
                     "type": "object", "additionalProperties": false, "required": ["text"],
                     "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 50000,
                       "description": "a user story with acceptance criteria, as text or Markdown"}}}
                    """
                        .getBytes(StandardCharsets.UTF_8)))
            .maxSteps(MAX_STEPS);
    flow.step(ANALYST.value(), ReviewFlow::analyse).then(ARCHITECT.value());
    flow.step(ARCHITECT.value(), ReviewFlow::design).then(DEVELOPER.value());
    flow.step(DEVELOPER.value(), ReviewFlow::draft).then(QA.value());
    flow.step(QA.value(), ReviewFlow::review).on(REVISE, DEVELOPER.value()).end("default");
    return flow.build();
  }

  private static AgentOutcome analyse(AgentContext context) throws InterruptedException {
    String text = storyText(context);
    Story story = Story.parse(text);
    Optional<JsonNode> before = context.memory(MemoryScope.SESSION).read(REVIEWED_KEY);
    ModelResponse answer =
        context.call(
            Prompts.ask(
                Prompts.Role.ANALYST,
                parts(
                    Prompts.STORY,
                    text,
                    Prompts.SEEN_BEFORE,
                    before.map(ReviewFlow::titles).orElse(""))));
    ObjectNode output = Json.mapper().createObjectNode();
    output.put("title", story.title());
    output.set("criteria", array(story.criteria()));
    output.put("analysis", answer.text());
    return AgentOutcome.of(output);
  }

  private static AgentOutcome design(AgentContext context) throws InterruptedException {
    ModelResponse answer =
        context.call(
            Prompts.ask(
                Prompts.Role.ARCHITECT,
                parts(
                    Prompts.STORY,
                    storyText(context),
                    Prompts.ANALYSIS,
                    text(context, ANALYST, "analysis"))));
    return AgentOutcome.of(Json.mapper().createObjectNode().put("architecture", answer.text()));
  }

  private static AgentOutcome draft(AgentContext context) throws InterruptedException {
    Optional<JsonNode> remembered = context.memory(MemoryScope.JOB).read(FINDINGS_KEY);
    // Memory on another worker's disk is not here; qa's output is.
    JsonNode findings =
        remembered.or(() -> context.output(QA).map(each -> each.path("uncovered"))).orElse(null);
    ModelResponse answer =
        context.call(
            Prompts.ask(
                Prompts.Role.DEVELOPER,
                parts(
                    Prompts.STORY,
                    storyText(context),
                    Prompts.ARCHITECTURE,
                    text(context, ARCHITECT, "architecture"),
                    Prompts.FINDINGS,
                    findings == null ? "" : lines(findings))));
    ObjectNode output = Json.mapper().createObjectNode();
    output.put("draft", answer.text());
    output.put("revision", context.iteration());
    return AgentOutcome.of(output);
  }

  private static AgentOutcome review(AgentContext context) throws InterruptedException {
    Story story = Story.parse(storyText(context));
    String draft = text(context, DEVELOPER, "draft");
    ObjectNode question = Json.mapper().createObjectNode();
    question.put("draft", draft);
    question.set("criteria", array(story.criteria()));
    JsonNode uncovered = context.tool(COVERAGE, question).path("uncovered");
    ModelResponse answer =
        context.call(
            Prompts.ask(
                Prompts.Role.QA,
                parts(
                    Prompts.STORY,
                    storyText(context),
                    Prompts.DRAFT,
                    draft,
                    Prompts.FINDINGS,
                    lines(uncovered))));
    boolean revise = !uncovered.isEmpty() && context.iteration() == 1;
    Memory job = context.memory(MemoryScope.JOB);
    if (revise) {
      job.write(FINDINGS_KEY, uncovered);
    } else {
      job.delete(FINDINGS_KEY);
      remember(context, story);
    }
    ObjectNode output = Json.mapper().createObjectNode();
    output.put("title", story.title());
    output.put("accepted", uncovered.isEmpty());
    output.put("criteria", story.criteria().size());
    output.set("uncovered", uncovered);
    output.put("revisions", context.iteration() - 1);
    output.put("review", answer.text());
    output.put("plan", draft);
    return new AgentOutcome(output, revise ? REVISE : AgentOutcome.DEFAULT);
  }

  /** Adds the story to what the session has reviewed; the oldest falls out. */
  private static void remember(AgentContext context, Story story) throws InterruptedException {
    Memory session = context.memory(MemoryScope.SESSION);
    List<JsonNode> reviewed = new ArrayList<>();
    session.read(REVIEWED_KEY).ifPresent(before -> before.forEach(reviewed::add));
    // The step may run again after a crash: the same job is not remembered twice.
    reviewed.removeIf(each -> each.path("job_id").asString("").equals(context.jobId().toString()));
    reviewed.add(
        Json.mapper()
            .createObjectNode()
            .put("job_id", context.jobId().toString())
            .put("title", story.title())
            .put("criteria", story.criteria().size()));
    ArrayNode kept = Json.mapper().createArrayNode();
    reviewed
        .subList(Math.max(0, reviewed.size() - MAX_REMEMBERED), reviewed.size())
        .forEach(kept::add);
    session.write(REVIEWED_KEY, kept);
  }

  private static String storyText(AgentContext context) {
    return context.input().path("text").asString();
  }

  private static String text(AgentContext context, StepId step, String field) {
    return context.output(step).map(output -> output.path(field).asString("")).orElse("");
  }

  private static String titles(JsonNode reviewed) {
    StringBuilder titles = new StringBuilder();
    reviewed.forEach(each -> titles.append(each.path("title").asString("")).append('\n'));
    return titles.toString();
  }

  private static String lines(JsonNode texts) {
    StringBuilder lines = new StringBuilder();
    texts.forEach(each -> lines.append(each.asString()).append('\n'));
    return lines.toString();
  }

  private static ArrayNode array(List<String> texts) {
    ArrayNode array = Json.mapper().createArrayNode();
    texts.forEach(array::add);
    return array;
  }

  private static Map<String, String> parts(String... namesAndTexts) {
    Map<String, String> parts = new LinkedHashMap<>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      parts.put(namesAndTexts[i], namesAndTexts[i + 1]);
    }
    return parts;
  }
}
