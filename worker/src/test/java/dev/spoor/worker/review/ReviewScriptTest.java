package dev.spoor.worker.review;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.agent.model.ModelRequest;
import dev.spoor.agent.model.ModelResponse;
import dev.spoor.contract.wire.Json;
import dev.spoor.worker.model.ScriptedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReviewScriptTest {
  private static final String STORY =
      """
      # Export invoices

      As a bookkeeper I want exports.

      ## Acceptance criteria
      - Invoices of one month are exported as a spreadsheet file.
      - An export of ten thousand invoices finishes within one minute.
      - Failed exports are reported to the bookkeeper by mail.
      """;

  private final ScriptedModel model = new ScriptedModel(new ReviewScript(), Duration.ZERO);

  @Test
  void readsTitleAndCriteria() {
    Story story = Story.parse(STORY);
    assertThat(story.title()).isEqualTo("Export invoices");
    assertThat(story.criteria()).hasSize(3).first().asString().startsWith("Invoices of one month");
  }

  @Test
  void saysTheSameToTheSameQuestion() throws Exception {
    ModelRequest request = Prompts.ask(Prompts.Role.ANALYST, Map.of(Prompts.STORY, STORY));
    ModelResponse first = model.call(request);
    assertThat(model.call(request)).isEqualTo(first);
    assertThat(first.responseModel()).isEqualTo("scripted-1");
    assertThat(first.outputTokens()).isEqualTo((first.text().length() + 3) / 4);
  }

  @Test
  void everyRoleSpeaksOfTheStoryItWasGiven() throws Exception {
    for (Prompts.Role role : Prompts.Role.values()) {
      String here = model.call(Prompts.ask(role, Map.of(Prompts.STORY, STORY))).text();
      String there =
          model
              .call(Prompts.ask(role, Map.of(Prompts.STORY, STORY.replace("invoices", "receipts"))))
              .text();
      assertThat(here).as(role.name()).contains("Export invoices").isNotEqualTo(there);
    }
  }

  @Test
  void theFirstDraftLeavesACriterionOutAndTheRevisionDoesNot() throws Exception {
    List<String> criteria = Story.parse(STORY).criteria();
    String first =
        model.call(Prompts.ask(Prompts.Role.DEVELOPER, Map.of(Prompts.STORY, STORY))).text();
    List<String> uncovered = CriteriaCoverage.uncovered(first, criteria);
    assertThat(uncovered).containsExactly(criteria.getLast());
    String second =
        model
            .call(
                Prompts.ask(
                    Prompts.Role.DEVELOPER,
                    Map.of(Prompts.STORY, STORY, Prompts.FINDINGS, uncovered.getFirst())))
            .text();
    assertThat(CriteriaCoverage.uncovered(second, criteria)).isEmpty();
  }

  @Test
  void theExampleStoryIsSentBackForWhatItsFirstDraftLeavesOut() throws Exception {
    String text =
        Json.tree(Files.readAllBytes(Path.of("../examples/story.json"))).path("text").asString();
    Story story = Story.parse(text);
    assertThat(story.criteria()).hasSize(9);
    String draft =
        model.call(Prompts.ask(Prompts.Role.DEVELOPER, Map.of(Prompts.STORY, text))).text();
    assertThat(CriteriaCoverage.uncovered(draft, story.criteria()))
        .hasSize(2)
        .anyMatch(each -> each.contains("OpenTelemetry"))
        .anyMatch(each -> each.contains("Alert rules"));
  }

  @Test
  void aCriterionThatIsOnlyTouchedIsNotCovered() {
    List<String> criteria = List.of("Failed exports are reported to the bookkeeper by mail.");
    assertThat(CriteriaCoverage.uncovered("Exports of the bookkeeper get a menu.", criteria))
        .isEqualTo(criteria);
    assertThat(CriteriaCoverage.uncovered("A mail: failed exports are reported.", criteria))
        .isEmpty();
    // Its words are there, but here and there: that says nothing.
    assertThat(CriteriaCoverage.uncovered("Failed.\nExports.\nReported.\nBookkeeper.", criteria))
        .isEqualTo(criteria);
  }

  @Test
  void aStoryWithoutCriteriaIsNotRefused() throws Exception {
    String text =
        model.call(Prompts.ask(Prompts.Role.ANALYST, Map.of(Prompts.STORY, "hello"))).text();
    assertThat(text).contains("\"hello\"", "names no acceptance criteria");
  }
}
