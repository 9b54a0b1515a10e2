package dev.spoor.agent.flow;

import dev.spoor.agent.flow.Flow.Region;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How far one run of a job has come in its flow. Not thread-safe: its owner guards it.
 *
 * <p>Invariant: a step is ready at most once at a time, so its iteration is the number of times it
 * was completed, plus one.
 */
public final class FlowProgress {
  private final Flow flow;
  private final Set<StepKey> ready = new LinkedHashSet<>();
  private final Map<StepId, Integer> completions = new HashMap<>();
  private final Map<StepId, Integer> arrivals = new HashMap<>();
  private int completed;

  private FlowProgress(Flow flow) {
    this.flow = flow;
    ready.add(new StepKey(flow.start(), 1));
  }

  /** At the start of the flow. */
  public static FlowProgress start(Flow flow) {
    return new FlowProgress(flow);
  }

  /** What a completed step leads to. */
  public sealed interface Next {
    /** These steps may begin now; none while a join waits for another branch. */
    record Steps(List<StepKey> ready) implements Next {
      public Steps {
        ready = List.copyOf(ready);
      }
    }

    /** The flow is done. */
    record End() implements Next {}

    /** There is no way on, and another attempt would come here again. */
    record Stuck(String reason) implements Next {}
  }

  /** Steps that may run now, side by side. */
  public List<StepKey> ready() {
    return List.copyOf(ready);
  }

  /** How many steps were completed. */
  public int completed() {
    return completed;
  }

  /**
   * Goes behind every step of which the action is known, from where it is. Steps are looked up by
   * key and not taken in the order they were completed in, which branches do not keep.
   *
   * @param actionOf the action of a completed step, null if it is not completed
   * @return what the last of them led to; {@link Next.Steps} of all that is ready if the flow can
   *     go on
   */
  public Next resume(Function<StepKey, @Nullable String> actionOf) {
    boolean moved = true;
    while (moved) {
      moved = false;
      for (StepKey key : ready()) {
        String action = actionOf.apply(key);
        if (action != null) {
          moved = true;
          switch (complete(key, action)) {
            case Next.Steps _ -> {}
            case Next.End end -> {
              return end;
            }
            case Next.Stuck stuck -> {
              return stuck;
            }
          }
        }
      }
    }
    return new Next.Steps(ready());
  }

  /**
   * A step is completed.
   *
   * @throws IllegalArgumentException if the step was not ready
   */
  public Next complete(StepKey key, String action) {
    if (!ready.remove(key)) {
      throw new IllegalArgumentException("step " + key + " was not ready");
    }
    completed++;
    completions.merge(key.stepId(), 1, Integer::sum);
    FlowStep step = flow.step(key.stepId());
    Target target = step.targets().get(action);
    return switch (target) {
      case null ->
          new Next.Stuck(
              "step "
                  + key.stepId()
                  + " returned the action \""
                  + action
                  + "\", but the flow knows only "
                  + new TreeSet<>(step.targets().keySet()));
      case Target.End() -> new Next.End();
      case Target.To(StepId to) -> bounded(arrive(key.stepId(), to));
      case Target.Fork(List<StepId> branches, StepId _) ->
          bounded(branches.stream().map(this::begin).toList());
    };
  }

  private List<StepKey> arrive(StepId from, StepId to) {
    Region region = flow.regionOf(from);
    if (region == null || !region.join().equals(to)) {
      return List.of(begin(to));
    }
    int arrived = arrivals.merge(to, 1, Integer::sum);
    if (arrived < region.branches()) {
      return List.of();
    }
    arrivals.remove(to);
    return List.of(begin(to));
  }

  private StepKey begin(StepId step) {
    StepKey key = new StepKey(step, completions.getOrDefault(step, 0) + 1);
    ready.add(key);
    return key;
  }

  private Next bounded(List<StepKey> begun) {
    // Steps of other branches that are ready now count as taken: they will run.
    if (completed + ready.size() > flow.maxSteps()) {
      return new Next.Stuck(
          "flow " + flow.id() + " did not end within max_steps = " + flow.maxSteps());
    }
    return new Next.Steps(new ArrayList<>(begun));
  }
}
