package dev.spoor.worker.flow;

import dev.spoor.agent.flow.Flow;
import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells gateways what can be submitted. The topic is compacted and keeps the last word on each
 * flow; saying it again now and then repairs a topic that was made anew. Of two versions of a flow
 * the worker that spoke last wins.
 */
public final class FlowAnnouncer {
  private static final Logger log = LoggerFactory.getLogger(FlowAnnouncer.class);

  private final FlowCatalogue catalogue;
  private final Producer<byte[], byte[]> producer;
  private final String topic;

  public FlowAnnouncer(FlowCatalogue catalogue, Producer<byte[], byte[]> producer, String topic) {
    this.catalogue = catalogue;
    this.producer = producer;
    this.topic = topic;
  }

  /** Says it all; a failure is logged, and the next announcement repairs it. */
  public void announce() {
    for (Flow flow : catalogue.all()) {
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(
              topic,
              flow.id().value().getBytes(StandardCharsets.UTF_8),
              Json.write(flow.describe()));
      try {
        var _ =
            producer.send(
                record,
                (metadata, failure) -> {
                  if (failure != null) {
                    failed(flow, failure);
                  }
                });
      } catch (RuntimeException failure) {
        failed(flow, failure);
      }
    }
  }

  private static void failed(Flow flow, Exception failure) {
    log.atWarn().setCause(failure).log("flow " + flow.id() + " could not be announced");
  }
}
