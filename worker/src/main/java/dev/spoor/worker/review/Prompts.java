package dev.spoor.worker.review;

import dev.spoor.agent.model.ModelRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How the four agents ask: a system prompt for each role, and a question of named parts. The
 * scripted model reads the parts back; a language model reads them as headings.
 */
final class Prompts {
  static final String STORY = "STORY";
  static final String ANALYSIS = "ANALYSIS";
  static final String ARCHITECTURE = "ARCHITECTURE";
  static final String DRAFT = "DRAFT";
  static final String FINDINGS = "FINDINGS";
  static final String SEEN_BEFORE = "SEEN BEFORE IN THIS SESSION";

  private static final String MARK = "=== ";

  /** Who asks. */
  enum Role {
    ANALYST(
        """
        You are the analyst of a software team. Read the user story. Say in a few short paragraphs who wants what and why,
        list what is unclear, and restate each acceptance criterion so that it can be tested. Invent nothing.
        """),
    ARCHITECT(
        """
        You are the architect of a software team. Read the story and its analysis. Name the few components that are needed,
        what each is responsible for, how data flows between them, and the two greatest risks. Be brief.
        """),
    DEVELOPER(
        """
        You are the developer of a software team. Write an implementation plan for the story within the architecture: one
        line for each acceptance criterion, which repeats the criterion and says how it is met and tested. If there are
        findings of an earlier review, answer every one of them.
        """),
    QA(
        """
        You are the tester of a software team. Review the plan against the story. Begin with one line "VERDICT: accept" or
        "VERDICT: revise". Then list what is missing or cannot be tested. The findings of the coverage check are facts.
        """);

    private final String system;

    Role(String system) {
      this.system = system.strip();
    }

    String system() {
      return system;
    }

    static Optional<Role> of(String systemPrompt) {
      for (Role role : values()) {
        if (role.system.equals(systemPrompt)) {
          return Optional.of(role);
        }
      }
      return Optional.empty();
    }
  }

  private Prompts() {}

  static ModelRequest ask(Role role, Map<String, String> parts) {
    StringBuilder question = new StringBuilder();
    parts.forEach((name, text) -> {
      if (!text.isBlank()) {
        question.append(MARK).append(name).append('\n').append(text.strip()).append("\n\n");
      }
    });
    return ModelRequest.of(role.system(), question.toString().strip());
  }

  /** The parts of a question, in their order. */
  static Map<String, String> parts(String question) {
    Map<String, String> parts = new LinkedHashMap<>();
    String name = "";
    StringBuilder text = new StringBuilder();
    for (String line : question.lines().toList()) {
      if (line.startsWith(MARK)) {
        parts.put(name, text.toString().strip());
        name = line.substring(MARK.length()).strip();
        text.setLength(0);
      } else {
        text.append(line).append('\n');
      }
    }
    parts.put(name, text.toString().strip());
    parts.remove("");
    return parts;
  }
}
