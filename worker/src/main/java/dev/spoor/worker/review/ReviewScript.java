package dev.spoor.worker.review;

import dev.spoor.agent.model.Message;
import dev.spoor.worker.model.ScriptedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the scripted model says in the four roles: rules and templates that use the story's own
 * title and criteria. A first draft leaves out the last criterion of several, and those that call
 * themselves optional, so that there is something for qa to find.
 */
public final class ReviewScript implements ScriptedModel.Script {
  private static final int MAX_QUOTE_LENGTH = 200;

  @Override
  public String answer(List<Message> messages) {
    String system =
        messages.stream()
            .filter(each -> each.role() == Message.Role.SYSTEM)
            .map(Message::text)
            .collect(Collectors.joining("\n"))
            .strip();
    String question = messages.getLast().text();
    Optional<Prompts.Role> role = Prompts.Role.of(system);
    if (role.isEmpty()) {
      return "This is the scripted model. It knows four roles, and this question is for none of"
          + " them: "
          + shortened(question);
    }
    Map<String, String> parts = Prompts.parts(question);
    Story story = Story.parse(parts.getOrDefault(Prompts.STORY, ""));
    return switch (role.get()) {
      case ANALYST -> analysis(story, parts);
      case ARCHITECT -> architecture(story);
      case DEVELOPER -> draft(story, parts.getOrDefault(Prompts.FINDINGS, ""));
      case QA -> review(story, parts.getOrDefault(Prompts.FINDINGS, ""));
    };
  }

  private static String analysis(Story story, Map<String, String> parts) {
    StringBuilder text = new StringBuilder();
    text.append("The story \"").append(story.title()).append("\" asks for one outcome");
    text.append(
        story.criteria().isEmpty()
            ? " and names no acceptance criteria; it cannot be accepted or refused as it stands.\n"
            : " with " + story.criteria().size() + " acceptance criteria.\n");
    String before = parts.getOrDefault(Prompts.SEEN_BEFORE, "");
    if (!before.isEmpty()) {
      text.append("This session has reviewed before: ").append(shortened(before)).append('\n');
    }
    int number = 1;
    for (String criterion : story.criteria()) {
      text.append("Criterion ")
          .append(number++)
          .append(": ")
          .append(shortened(criterion))
          .append(" Testable by ")
          .append(wayOfTesting(criterion))
          .append(".\n");
    }
    List<String> vague = story.criteria().stream().filter(ReviewScript::isVague).toList();
    text.append(
        vague.isEmpty()
            ? "No criterion uses words that cannot be measured."
            : "To be made measurable: "
                + vague.stream().map(ReviewScript::shortened).collect(Collectors.joining("; ")));
    return text.toString();
  }

  private static String architecture(Story story) {
    List<String> components = new ArrayList<>();
    for (String criterion : story.criteria()) {
      String component = componentFor(criterion);
      if (!components.contains(component)) {
        components.add(component);
      }
    }
    StringBuilder text = new StringBuilder();
    text.append("Components for \"").append(story.title()).append("\":\n");
    for (String component : components) {
      long served =
          story.criteria().stream().filter(each -> componentFor(each).equals(component)).count();
      text.append("- ").append(component).append(", serving ").append(served).append(" of ");
      text.append(story.criteria().size()).append(" criteria\n");
    }
    text.append("Data flows one way: what happens is recorded where it happens, carried by one")
        .append(" path, and read from one store.\n");
    text.append("Risks: a record lost on the way is not noticed; a dependency that hangs takes its")
        .append(" caller along.");
    return text.toString();
  }

  private static String draft(Story story, String findings) {
    List<String> left = findings.isEmpty() ? leftOutAtFirst(story) : List.of();
    StringBuilder text = new StringBuilder();
    text.append("Plan for \"").append(story.title()).append("\":\n");
    int number = 1;
    for (String criterion : story.criteria()) {
      if (!left.contains(criterion)) {
        text.append(number++)
            .append(". ")
            .append(criterion)
            .append(" Built in the ")
            .append(componentFor(criterion))
            .append("; tested by ")
            .append(wayOfTesting(criterion))
            .append(".\n");
      }
    }
    if (!findings.isEmpty()) {
      text.append("Answered findings: ").append(findings.lines().count()).append(".\n");
    }
    return text.toString().strip();
  }

  private static String review(Story story, String findings) {
    if (findings.isEmpty()) {
      return "VERDICT: accept\nEvery criterion of \""
          + story.title()
          + "\" ("
          + story.criteria().size()
          + ") has a line in the plan that says how it is met and tested.";
    }
    return "VERDICT: revise\nThe plan for \""
        + story.title()
        + "\" says nothing of:\n"
        + findings.lines().map(each -> "- " + each).collect(Collectors.joining("\n"));
  }

  private static List<String> leftOutAtFirst(Story story) {
    List<String> criteria = story.criteria();
    List<String> left = new ArrayList<>();
    for (String criterion : criteria) {
      if (criterion.toLowerCase(Locale.ROOT).contains("optional")) {
        left.add(criterion);
      }
    }
    if (criteria.size() > 1) {
      left.add(criteria.getLast());
    }
    return left;
  }

  private static boolean isVague(String criterion) {
    String text = criterion.toLowerCase(Locale.ROOT);
    return List.of("fast", "easy", "simple", "intuitive", "robust", "appropriate", "as needed")
        .stream()
        .anyMatch(text::contains);
  }

  private static String componentFor(String criterion) {
    String text = criterion.toLowerCase(Locale.ROOT);
    if (text.contains("alert") || text.contains("rule")) {
      return "alert evaluator";
    }
    if (text.contains("trac") || text.contains("span")) {
      return "tracing adapter";
    }
    if (text.contains("health") || text.contains("probe")) {
      return "health endpoint";
    }
    if (text.contains("metric") || text.contains("rate") || text.contains("duration")) {
      return "meter registry";
    }
    if (text.contains("memory") || text.contains("cache")) {
      return "memory recorder";
    }
    if (text.contains("log") || text.contains("record") || text.contains("error")) {
      return "log pipeline";
    }
    return "application core";
  }

  private static String wayOfTesting(String criterion) {
    String text = criterion.toLowerCase(Locale.ROOT);
    if (text.contains("alert") || text.contains("rule")) {
      return "replaying a recorded breach and waiting for the notification";
    }
    if (text.contains("health")) {
      return "asking the endpoint while each dependency is cut off in turn";
    }
    if (text.contains("log") || text.contains("record") || text.contains("error")) {
      return "reading the records back from the running system";
    }
    return "a test that observes the running system, once with good and once with bad input";
  }

  private static String shortened(String text) {
    String line = text.replace('\n', ' ').strip();
    return line.length() <= MAX_QUOTE_LENGTH ? line : line.substring(0, MAX_QUOTE_LENGTH) + "…";
  }
}
