package dev.spoor.agent.flow;

import dev.spoor.contract.job.StepId;
import java.util.List;

/** Where an action leads. */
public sealed interface Target {
  /** To one step. */
  record To(StepId step) implements Target {}

  /**
   * To several steps, side by side; {@code join} begins when each branch has come to it.
   *
   * @param branches the first step of each branch, at least two
   * @param join the step behind all of them
   */
  record Fork(List<StepId> branches, StepId join) implements Target {
    public Fork {
      branches = List.copyOf(branches);
      if (branches.size() < 2) {
        throw new IllegalArgumentException("a fork needs at least two branches");
      }
    }
  }

  /** The flow is done; the step's output is the job's result. */
  record End() implements Target {}
}
