package dev.spoor.telemetry.app;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import java.util.HashMap;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * How an app reaches Kafka and what its topics are called. Imported by every app, so that there is
 * one of each where several share a context.
 */
@Configuration(proxyBeanMethods = false)
public class KafkaConfiguration {
  private static final String BOOTSTRAP_SERVERS = "KAFKA_BOOTSTRAP_SERVERS";

  /**
   * From the environment; {@code KAFKA_BOOTSTRAP_SERVERS} also as a Spring property, for an app
   * that is started with its own broker.
   */
  @Bean
  KafkaConnection kafkaConnection(Environment environment) {
    Map<String, String> variables = new HashMap<>(System.getenv());
    String servers = environment.getProperty(BOOTSTRAP_SERVERS);
    if (servers != null) {
      variables.put(BOOTSTRAP_SERVERS, servers);
    }
    return KafkaConnection.fromEnvironment(variables);
  }

  /** With {@code spoor.topics.prefix} (SPOOR_TOPICS_PREFIX), {@code spoor.} unless set. */
  @Bean
  Topics topics(Environment environment) {
    return new Topics(environment.getProperty("spoor.topics.prefix", Topics.DEFAULT.prefix()));
  }
}
