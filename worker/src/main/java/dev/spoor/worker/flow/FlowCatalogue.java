package dev.spoor.worker.flow;

import dev.spoor.agent.flow.Flow;
import dev.spoor.contract.job.FlowId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The flows this worker can run. Immutable. */
public final class FlowCatalogue {
  private final Map<FlowId, Flow> flows = new LinkedHashMap<>();

  /**
   * @throws IllegalArgumentException if two flows have one name
   */
  public FlowCatalogue(List<Flow> flows) {
    for (Flow flow : flows) {
      if (this.flows.putIfAbsent(flow.id(), flow) != null) {
        throw new IllegalArgumentException("there are two flows " + flow.id());
      }
    }
  }

  public Optional<Flow> find(FlowId id) {
    return Optional.ofNullable(flows.get(id));
  }

  public Collection<Flow> all() {
    return flows.values();
  }
}
