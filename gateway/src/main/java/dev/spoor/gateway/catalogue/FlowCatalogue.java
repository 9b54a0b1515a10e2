package dev.spoor.gateway.catalogue;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import dev.spoor.contract.job.FlowDescription;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be submitted. One feed thread fills it from the topic {@code flows}; everyone reads.
 *
 * <p>A flow whose schema does not compile is not offered: accepting any input for it would only
 * move the error to a worker.
 */
public final class FlowCatalogue {
  private static final Logger log = LoggerFactory.getLogger(FlowCatalogue.class);

  // No remote schemas: a $ref must not make the gateway call somebody.
  private final SchemaRegistry schemas =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder
                  .schemaCacheEnabled(false)
                  .schemaLoader(loader -> loader.fetchRemoteResources(false))
                  .schemaRegistryConfig(
                      SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

  private final ConcurrentHashMap<String, Flow> flows = new ConcurrentHashMap<>();

  /**
   * @param description as announced
   * @param input compiled from its schema
   */
  record Flow(FlowDescription description, InputSchema input) {}

  /** Takes the next record of {@code flows}; a null value withdraws the flow. */
  public void accept(ConsumerRecord<byte[], byte[]> record) {
    String key = new String(record.key(), StandardCharsets.UTF_8);
    if (record.value() == null) {
      flows.remove(key);
      return;
    }
    FlowDescription description = Json.read(record.value(), FlowDescription.class);
    Flow present = flows.get(key);
    if (present != null && present.description.equals(description)) {
      return; // Workers announce at every start; compiling again would change nothing.
    }
    Schema schema;
    try {
      schema = schemas.getSchema(description.inputSchema());
      schema.initializeValidators();
    } catch (RuntimeException e) {
      log.error("flow {} is not offered: its input schema does not compile", key, e);
      flows.remove(key);
      return;
    }
    flows.put(key, new Flow(description, new InputSchema(schema)));
  }

  /** The schema that a job's input has to fit; empty if there is no such flow. */
  public Optional<InputSchema> inputOf(FlowId flow) {
    return Optional.ofNullable(flows.get(flow.value())).map(Flow::input);
  }

  Optional<FlowDescription> find(String flowId) {
    return Optional.ofNullable(flows.get(flowId)).map(Flow::description);
  }

  List<FlowDescription> all() {
    return flows.values().stream()
        .map(Flow::description)
        .sorted(Comparator.comparing(flow -> flow.flowId().value()))
        .toList();
  }
}
