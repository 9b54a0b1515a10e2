package dev.spoor.worker.execution;

import dev.spoor.agent.AgentContext;
import dev.spoor.agent.AgentException;
import dev.spoor.agent.Tool;
import dev.spoor.agent.flow.FlowStep;
import dev.spoor.agent.memory.Memory;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.agent.model.ModelClient;
import dev.spoor.agent.model.ModelRequest;
import dev.spoor.agent.model.ModelResponse;
import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepKey;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.Usage;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.LogContext;
import dev.spoor.worker.model.Prices.Price;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import tools.jackson.databind.JsonNode;

/**
 * What one step of one run is given: guards and records each call. Thread-safe; the records are the
 * agent's on whatever thread of his they are made.
 */
final class StepContext implements AgentContext {
  private final JobRun run;
  private final FlowStep step;
  private final StepKey key;
  private final Map<StepId, JsonNode> outputs;
  private final SpendingLimit limit;
  private final ExecutionParts parts;
  private final LogContext context;
  private final Map<MemoryScope, Memory> memories = new ConcurrentHashMap<>();
  private Usage usage = Usage.NONE;

  StepContext(
      JobRun run,
      FlowStep step,
      StepKey key,
      Map<StepId, JsonNode> outputs,
      SpendingLimit limit,
      ExecutionParts parts,
      LogContext context) {
    this.run = run;
    this.step = step;
    this.key = key;
    this.outputs = Map.copyOf(outputs);
    this.limit = limit;
    this.parts = parts;
    this.context = context;
  }

  /** What the step's model calls used so far. */
  synchronized Usage usage() {
    return usage;
  }

  @Override
  public JobId jobId() {
    return run.grant().jobId();
  }

  @Override
  public TenantId tenant() {
    return run.grant().spec().tenant();
  }

  @Override
  public FlowId flowId() {
    return run.grant().spec().flow();
  }

  @Override
  public StepId stepId() {
    return key.stepId();
  }

  @Override
  public AgentId agentId() {
    return step.agentId();
  }

  @Override
  public int iteration() {
    return key.iteration();
  }

  @Override
  public int attempt() {
    return run.grant().attempt();
  }

  @Override
  public JsonNode input() {
    return run.grant().input();
  }

  @Override
  public Optional<JsonNode> output(StepId stepId) {
    return Optional.ofNullable(outputs.get(stepId));
  }

  @Override
  public Memory memory(MemoryScope scope) {
    return memories.computeIfAbsent(
        scope,
        each ->
            new GuardedMemory(
                run, JobRunner.scopeOf(run.grant(), each), parts.memory(), parts.trail(), context));
  }

  @Override
  public ModelResponse call(ModelRequest request) throws InterruptedException {
    ModelClient client = parts.model();
    String model = Objects.requireNonNullElse(request.model(), client.defaultModel());
    Optional<Price> price = parts.prices().of(client.provider(), model);
    run.check();
    limit.begin(price.isPresent(), model);
    Usage used = Usage.NONE;
    long begin = System.nanoTime();
    try (var _ = context.open();
        var _ = Correlation.openChild()) {
      // Waiting for the turn may have taken long.
      run.check();
      try {
        ModelResponse response = client.call(request);
        long nanos = System.nanoTime() - begin;
        BigDecimal cost = price.map(each -> each.of(response)).orElse(null);
        used =
            new Usage(response.inputTokens(), response.outputTokens(), cost, cost == null ? 1 : 0);
        parts.trail().modelCalled(client.provider(), model, agentId(), response, cost, nanos);
        return response;
      } catch (RuntimeException | InterruptedException e) {
        Fault fault = faultOf(e);
        parts
            .trail()
            .modelFailed(
                client.provider(), model, agentId(), fault.error(), e, System.nanoTime() - begin);
        // An aborted call shows itself as whatever the client makes of it.
        run.check();
        throw e;
      }
    } finally {
      add(used);
      limit.end(used);
    }
  }

  @Override
  public JsonNode tool(Tool tool, JsonNode arguments) throws InterruptedException {
    run.check();
    long begin = System.nanoTime();
    try (var _ = context.open();
        var _ = Correlation.openChild()) {
      try {
        JsonNode result = tool.call(arguments);
        parts.trail().toolCalled(tool, System.nanoTime() - begin);
        return result;
      } catch (Exception e) {
        RuntimeException known =
            e instanceof AgentException agentException
                ? agentException
                : new AgentException(
                    ErrorCategory.DEPENDENCY,
                    true,
                    "tool " + tool.name() + " failed: " + e.getMessage(),
                    Duration.ZERO,
                    e);
        parts.trail().toolFailed(tool, faultOf(known).error(), known, System.nanoTime() - begin);
        run.check();
        if (e instanceof InterruptedException interrupted) {
          throw interrupted;
        }
        throw known;
      }
    }
  }

  @Override
  public void checkStopped() throws InterruptedException {
    run.check();
  }

  @Override
  public Logger log() {
    return context.logger("agent." + step.agentId());
  }

  private Fault faultOf(Throwable thrown) {
    Halt halt = run.halted();
    if (halt != null || thrown instanceof InterruptedException) {
      return Fault.stopped(halt, stepId());
    }
    return Fault.of(thrown, stepId(), parts.redactor());
  }

  private synchronized void add(Usage used) {
    usage = usage.plus(used);
  }
}
