package dev.spoor.agent.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.agent.Agent;
import dev.spoor.agent.AgentOutcome;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepKey;
import dev.spoor.contract.wire.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlowTest {
  private static final Agent AGENT = context -> AgentOutcome.of(context.input());

  @Test
  void anActionPicksTheNextStep() {
    FlowProgress progress = FlowProgress.start(reviewed());
    assertThat(progress.ready()).containsExactly(key("write", 1));
    assertThat(progress.complete(key("write", 1), "default")).isEqualTo(steps(key("check", 1)));
    assertThat(progress.complete(key("check", 1), "revise")).isEqualTo(steps(key("write", 2)));
    assertThat(progress.complete(key("write", 2), "default")).isEqualTo(steps(key("check", 2)));
    assertThat(progress.complete(key("check", 2), "default"))
        .isEqualTo(new FlowProgress.Next.End());
  }

  @Test
  void anUnknownActionIsNoWayOnAndSaysWhatThereIs() {
    FlowProgress progress = FlowProgress.start(reviewed());
    progress.complete(key("write", 1), "default");
    assertThat(progress.complete(key("check", 1), "maybe"))
        .isEqualTo(
            new FlowProgress.Next.Stuck(
                "step check returned the action \"maybe\", but the flow knows only [default, revise]"));
  }

  @Test
  void aLoopEndsAtMaxSteps() {
    FlowProgress progress = FlowProgress.start(reviewed());
    FlowProgress.Next next = steps(key("write", 1));
    int taken = 0;
    while (next instanceof FlowProgress.Next.Steps(List<StepKey> ready)) {
      StepKey step = ready.getFirst();
      taken++;
      next =
          progress.complete(step, step.stepId().equals(new StepId("check")) ? "revise" : "default");
    }
    assertThat(taken).isEqualTo(6);
    assertThat(next)
        .isEqualTo(new FlowProgress.Next.Stuck("flow reviewed did not end within max_steps = 6"));
  }

  @Test
  void resumesBehindCompletedSteps() {
    FlowProgress progress = FlowProgress.start(reviewed());
    Map<StepKey, String> done =
        Map.of(key("write", 1), "default", key("check", 1), "revise", key("write", 2), "default");
    assertThat(progress.resume(done::get)).isEqualTo(steps(key("check", 2)));
    assertThat(progress.completed()).isEqualTo(3);
  }

  @Test
  void branchesJoinInWhateverOrderTheyEnd() {
    for (boolean leftFirst : new boolean[] {true, false}) {
      FlowProgress progress = FlowProgress.start(forked());
      assertThat(progress.complete(key("split", 1), "default"))
          .isEqualTo(steps(key("left", 1), key("right", 1)));
      if (leftFirst) {
        progress.complete(key("left", 1), "default");
        assertThat(progress.complete(key("left2", 1), "default")).isEqualTo(steps());
        assertThat(progress.ready()).containsExactly(key("right", 1));
        assertThat(progress.complete(key("right", 1), "default")).isEqualTo(steps(key("join", 1)));
      } else {
        assertThat(progress.complete(key("right", 1), "default")).isEqualTo(steps());
        progress.complete(key("left", 1), "default");
        assertThat(progress.complete(key("left2", 1), "default")).isEqualTo(steps(key("join", 1)));
      }
      assertThat(progress.complete(key("join", 1), "default"))
          .isEqualTo(new FlowProgress.Next.End());
    }
  }

  @Test
  void resumesWithinBranchesFromAnySetOfCompletedSteps() {
    List<StepKey> order =
        List.of(key("split", 1), key("left", 1), key("right", 1), key("left2", 1));
    Map<StepKey, String> done = new HashMap<>();
    List<List<StepKey>> expected =
        List.of(
            List.of(key("split", 1)),
            List.of(key("left", 1), key("right", 1)),
            List.of(key("right", 1), key("left2", 1)),
            List.of(key("left2", 1)),
            List.of(key("join", 1)));
    for (int i = 0; i <= order.size(); i++) {
      FlowProgress progress = FlowProgress.start(forked());
      progress.resume(done::get);
      assertThat(progress.ready()).containsExactlyInAnyOrderElementsOf(expected.get(i));
      if (i < order.size()) {
        done.put(order.get(i), "default");
      }
    }
  }

  @Test
  void refusesMissingTargetsAndUnreachableStepsAllAtOnce() {
    var builder = flow("broken");
    builder.step("a", AGENT).then("nowhere").on("other", "gone");
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leads to nowhere by action default")
        .hasMessageContaining("leads to gone by action other");

    var island = flow("island");
    island.step("a", AGENT);
    island.step("b", AGENT);
    assertThatThrownBy(island::build).hasMessageContaining("step b cannot be reached from a");
  }

  @Test
  void refusesAFlowThatCannotEnd() {
    var builder = flow("circle");
    builder.step("a", AGENT).then("b");
    builder.step("b", AGENT).then("a");
    assertThatThrownBy(builder::build).hasMessageContaining("no step ends the flow");
  }

  @Test
  void refusesBranchesThatAreNoIslands() {
    var shared = flow("shared");
    shared.step("split", AGENT).fork(List.of("left", "right"), "join");
    shared.step("left", AGENT).then("common");
    shared.step("right", AGENT).then("common");
    shared.step("common", AGENT).then("join");
    shared.step("join", AGENT);
    assertThatThrownBy(shared::build).hasMessageContaining("shares step common");

    var ending = flow("ending");
    ending.step("split", AGENT).fork(List.of("left", "right"), "join");
    ending.step("left", AGENT).then("join").end("enough");
    ending.step("right", AGENT).then("join");
    ending.step("join", AGENT);
    assertThatThrownBy(ending::build).hasMessageContaining("can end the flow at left");

    var entered = flow("entered");
    entered.step("split", AGENT).fork(List.of("left", "right"), "join");
    entered.step("left", AGENT).then("join");
    entered.step("right", AGENT).then("join");
    entered.step("join", AGENT).on("again", "left").end("default");
    assertThatThrownBy(entered::build)
        .hasMessageContaining("the branch from split to left is also entered from join");
  }

  @Test
  void describesItselfForGateways() {
    var description = reviewed().describe();
    assertThat(description.steps())
        .extracting(step -> step.stepId().value())
        .containsExactly("write", "check");
    assertThat(description.maxSteps()).isEqualTo(6);
  }

  private static Flow reviewed() {
    var builder = flow("reviewed").maxSteps(6);
    builder.step("write", AGENT).then("check");
    builder.step("check", AGENT).on("revise", "write").end("default");
    return builder.build();
  }

  private static Flow forked() {
    var builder = flow("forked");
    builder.step("split", AGENT).fork(List.of("left", "right"), "join");
    builder.step("left", AGENT).then("left2");
    builder.step("left2", AGENT).then("join");
    builder.step("right", AGENT).then("join");
    builder.step("join", AGENT);
    return builder.build();
  }

  private static Flow.Builder flow(String id) {
    return Flow.named(id, "a test", Json.mapper().createObjectNode());
  }

  private static StepKey key(String step, int iteration) {
    return new StepKey(new StepId(step), iteration);
  }

  private static FlowProgress.Next steps(StepKey... keys) {
    return new FlowProgress.Next.Steps(List.of(keys));
  }
}
