package dev.spoor.agent.flow;

import dev.spoor.agent.Agent;
import dev.spoor.agent.AgentOutcome;
import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.FlowDescription;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.StepId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A graph of steps in the manner of PocketFlow: the action an agent returns picks the next step.
 * Immutable; checked when it is built.
 *
 * <p>Branches of a fork are islands: a branch is entered only by its fork and left only to its
 * join. So each step has one place in the graph at any time, and which steps are completed says all
 * about where a job is, in whatever order the branches went.
 */
public final class Flow {
  public static final int DEFAULT_MAX_STEPS = 50;

  private final FlowId id;
  private final String description;
  private final JsonNode inputSchema;
  private final Map<StepId, FlowStep> steps;
  private final StepId start;
  private final int maxSteps;
  private final Map<StepId, Region> regions;

  /** The innermost branch that a step belongs to. */
  record Region(StepId forkedBy, StepId join, int branches, Set<StepId> steps) {}

  private Flow(Builder builder, Map<StepId, FlowStep> steps, StepId start) {
    this.id = builder.id;
    this.description = builder.description;
    this.inputSchema = builder.inputSchema;
    this.maxSteps = builder.maxSteps;
    this.steps = steps;
    this.start = start;
    List<String> faults = new ArrayList<>();
    checkTargets(faults);
    if (faults.isEmpty()) {
      checkReach(faults);
    }
    this.regions = faults.isEmpty() ? regions(faults) : Map.of();
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException("flow " + id + ": " + String.join("; ", faults));
    }
  }

  /**
   * @param inputSchema a JSON Schema (2020-12) for the job's input
   */
  public static Builder named(String id, String description, JsonNode inputSchema) {
    return new Builder(new FlowId(id), description, inputSchema);
  }

  public FlowId id() {
    return id;
  }

  public int maxSteps() {
    return maxSteps;
  }

  public StepId start() {
    return start;
  }

  /**
   * @throws IllegalArgumentException if the flow has no such step
   */
  public FlowStep step(StepId stepId) {
    FlowStep step = steps.get(stepId);
    if (step == null) {
      throw new IllegalArgumentException("flow " + id + " has no step " + stepId);
    }
    return step;
  }

  /** What gateways need to know. */
  public FlowDescription describe() {
    return new FlowDescription(
        id,
        description,
        inputSchema,
        steps.values().stream()
            .map(step -> new FlowDescription.Step(step.stepId(), step.agentId()))
            .toList(),
        maxSteps);
  }

  @Nullable Region regionOf(StepId step) {
    return regions.get(step);
  }

  private static List<StepId> stepsOf(Target target) {
    return switch (target) {
      case Target.To(StepId step) -> List.of(step);
      case Target.Fork(List<StepId> branches, StepId join) -> {
        List<StepId> all = new ArrayList<>(branches);
        all.add(join);
        yield all;
      }
      case Target.End() -> List.of();
    };
  }

  private void checkTargets(List<String> faults) {
    for (FlowStep step : steps.values()) {
      step.targets()
          .forEach((action, target) -> {
            for (StepId to : stepsOf(target)) {
              if (!steps.containsKey(to)) {
                faults.add(
                    "step "
                        + step.stepId()
                        + " leads to "
                        + to
                        + " by action "
                        + action
                        + ", but there is no such step");
              }
            }
          });
    }
  }

  private void checkReach(List<String> faults) {
    Set<StepId> reached = reach(start, null);
    for (StepId step : steps.keySet()) {
      if (!reached.contains(step)) {
        faults.add("step " + step + " cannot be reached from " + start);
      }
    }
    if (reached.stream().noneMatch(this::canEnd)) {
      faults.add("no step ends the flow");
    }
  }

  private boolean canEnd(StepId step) {
    return step(step).targets().values().stream().anyMatch(Target.End.class::isInstance);
  }

  private Set<StepId> reach(StepId from, @Nullable StepId without) {
    Set<StepId> reached = new HashSet<>();
    var open = new ArrayDeque<StepId>();
    open.add(from);
    while (!open.isEmpty()) {
      StepId next = open.remove();
      if (!next.equals(without) && reached.add(next)) {
        step(next).targets().values().forEach(target -> open.addAll(stepsOf(target)));
      }
    }
    return reached;
  }

  private Map<StepId, Region> regions(List<String> faults) {
    Map<StepId, Region> innermost = new HashMap<>();
    for (FlowStep step : steps.values()) {
      for (Target target : step.targets().values()) {
        if (target instanceof Target.Fork fork) {
          addRegions(step, fork, innermost, faults);
        }
      }
    }
    return Map.copyOf(innermost);
  }

  private void addRegions(
      FlowStep forking, Target.Fork fork, Map<StepId, Region> innermost, List<String> faults) {
    Set<StepId> seen = new HashSet<>();
    for (StepId head : fork.branches()) {
      Set<StepId> inside = reach(head, fork.join());
      String branch = "the branch from " + forking.stepId() + " to " + head;
      if (head.equals(fork.join())) {
        faults.add(branch + " is its own join");
        continue;
      }
      for (StepId step : inside) {
        if (!seen.add(step)) {
          faults.add(branch + " shares step " + step + " with another branch");
        }
        if (canEnd(step)) {
          faults.add(branch + " can end the flow at " + step + " instead of joining");
        }
      }
      if (inside.stream().noneMatch(step -> reach(step, null).contains(fork.join()))) {
        faults.add(branch + " never comes to its join " + fork.join());
      }
      for (FlowStep outside : steps.values()) {
        if (!inside.contains(outside.stepId())) {
          for (Target target : outside.targets().values()) {
            if (!target.equals(fork) && stepsOf(target).stream().anyMatch(inside::contains)) {
              faults.add(branch + " is also entered from " + outside.stepId());
            }
          }
        }
      }
      Region region =
          new Region(forking.stepId(), fork.join(), fork.branches().size(), Set.copyOf(inside));
      for (StepId step : inside) {
        innermost.merge(step, region, (a, b) -> a.steps().size() <= b.steps().size() ? a : b);
      }
    }
  }

  /** Collects steps; the first one added is where the flow starts. Not thread-safe. */
  public static final class Builder {
    private final FlowId id;
    private final String description;
    private final JsonNode inputSchema;
    private final Map<StepId, StepBuilder> steps = new LinkedHashMap<>();
    private int maxSteps = DEFAULT_MAX_STEPS;

    private Builder(FlowId id, String description, JsonNode inputSchema) {
      this.id = id;
      this.description = description;
      this.inputSchema = inputSchema;
    }

    /** How many steps one run may take, loops included. */
    public Builder maxSteps(int maxSteps) {
      if (maxSteps < 1) {
        throw new IllegalArgumentException("max_steps must be at least 1");
      }
      this.maxSteps = maxSteps;
      return this;
    }

    /** A step whose agent has the step's name. */
    public StepBuilder step(String stepId, Agent agent) {
      return step(stepId, stepId, agent);
    }

    public StepBuilder step(String stepId, String agentId, Agent agent) {
      StepBuilder step = new StepBuilder(this, new StepId(stepId), new AgentId(agentId), agent);
      if (steps.putIfAbsent(step.stepId, step) != null) {
        throw new IllegalArgumentException("flow " + id + " has two steps " + stepId);
      }
      return step;
    }

    /**
     * @throws IllegalArgumentException naming every fault of the graph
     */
    public Flow build() {
      if (steps.isEmpty()) {
        throw new IllegalArgumentException("flow " + id + " has no step");
      }
      Map<StepId, FlowStep> built = new LinkedHashMap<>();
      steps.forEach((stepId, step) -> built.put(stepId, step.toStep()));
      return new Flow(this, built, steps.keySet().iterator().next());
    }
  }

  /** Says where a step's actions lead. A step of which nothing is said ends the flow. */
  public static final class StepBuilder {
    private final Builder flow;
    private final StepId stepId;
    private final AgentId agentId;
    private final Agent agent;
    private final Map<String, Target> targets = new LinkedHashMap<>();

    private StepBuilder(Builder flow, StepId stepId, AgentId agentId, Agent agent) {
      this.flow = flow;
      this.stepId = stepId;
      this.agentId = agentId;
      this.agent = agent;
    }

    /** Where the action {@code default} leads. */
    public StepBuilder then(String step) {
      return on(AgentOutcome.DEFAULT, step);
    }

    public StepBuilder on(String action, String step) {
      return put(action, new Target.To(new StepId(step)));
    }

    /** The action {@code default} starts these branches side by side. */
    public StepBuilder fork(List<String> branches, String join) {
      return put(
          AgentOutcome.DEFAULT,
          new Target.Fork(branches.stream().map(StepId::new).toList(), new StepId(join)));
    }

    /** This action ends the flow. */
    public StepBuilder end(String action) {
      return put(action, new Target.End());
    }

    public StepBuilder step(String stepId, Agent agent) {
      return flow.step(stepId, agent);
    }

    public Flow build() {
      return flow.build();
    }

    private StepBuilder put(String action, Target target) {
      if (targets.putIfAbsent(action, target) != null) {
        throw new IllegalArgumentException(
            "step " + stepId + " says twice where action " + action + " leads");
      }
      return this;
    }

    private FlowStep toStep() {
      return new FlowStep(
          stepId,
          agentId,
          Objects.requireNonNull(agent),
          targets.isEmpty() ? Map.of(AgentOutcome.DEFAULT, new Target.End()) : targets);
    }
  }
}
