package dev.spoor.contract.wire;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How to reach Kafka: the same for every client of a process, so that TLS or SASL set once holds
 * everywhere.
 *
 * @param bootstrapServers host:port pairs, comma-separated
 * @param clientProperties any client property, for example {@code security.protocol}
 */
public record KafkaConnection(String bootstrapServers, Map<String, String> clientProperties) {
  private static final String PREFIX = "SPOOR_KAFKA_";
  private static final String REQUEST_TIMEOUT = "request.timeout.ms";

  /**
   * What every client has unless it says otherwise. A broker that stands still, or that the network
   * no longer reaches, closes no connection: who has asked it, and every consumer always has, only
   * learns from a request that times out that another one leads now. Kafka's own 30 s are as long
   * as a lease.
   *
   * <p>Nor does the address of a machine that is gone refuse a connection. As long as a client
   * tries to make one, it does not ask who leads; with Kafka's own 10 s, growing to 30, it finds
   * out long after the others have agreed on it.
   */
  private static final Map<String, Object> DEFAULTS =
      Map.of(
          REQUEST_TIMEOUT,
          8_000,
          "socket.connection.setup.timeout.ms",
          2_000,
          "socket.connection.setup.timeout.max.ms",
          4_000);

  public KafkaConnection {
    if (bootstrapServers.isBlank()) {
      throw new IllegalArgumentException(
          "KAFKA_BOOTSTRAP_SERVERS must name at least one host:port");
    }
    clientProperties = Map.copyOf(clientProperties);
  }

  /** A connection without further properties. */
  public static KafkaConnection of(String bootstrapServers) {
    return new KafkaConnection(bootstrapServers, Map.of());
  }

  /**
   * Reads {@code KAFKA_BOOTSTRAP_SERVERS} (default {@code localhost:9092}) and every {@code
   * SPOOR_KAFKA_*}: the rest of the name in lower case, underscores as dots, is the property
   * ({@code SPOOR_KAFKA_SECURITY_PROTOCOL} is {@code security.protocol}).
   */
  public static KafkaConnection fromEnvironment(Map<String, String> environment) {
    Map<String, String> properties = new TreeMap<>();
    environment.forEach((name, value) -> {
      if (name.startsWith(PREFIX)) {
        properties.put(
            name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '.'), value);
      }
    });
    return new KafkaConnection(
        environment.getOrDefault("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092"), properties);
  }

  /**
   * Properties for one client: defaults of ours, then {@code own}, then what the user configured,
   * which wins. But one request is never given longer than the whole of what it is part of: where a
   * client has a shorter {@code delivery.timeout.ms} or {@code default.api.timeout.ms}, its {@code
   * request.timeout.ms} is that. Kafka's clients would refuse to be made.
   */
  public Map<String, Object> with(Map<String, ?> own) {
    Map<String, Object> all = new HashMap<>(DEFAULTS);
    all.putAll(own);
    all.put("bootstrap.servers", bootstrapServers);
    all.putAll(clientProperties);
    long whole =
        Math.min(
            millis(all, "delivery.timeout.ms", Long.MAX_VALUE) - millis(all, "linger.ms", 5),
            millis(all, "default.api.timeout.ms", Long.MAX_VALUE));
    if (millis(all, REQUEST_TIMEOUT, 0) > whole && whole > 0) {
      all.put(REQUEST_TIMEOUT, (int) whole);
    }
    return all;
  }

  /** What is not a number is left for Kafka's client to name. */
  private static long millis(Map<String, Object> properties, String name, long otherwise) {
    try {
      return Long.parseLong(String.valueOf(properties.get(name)).strip());
    } catch (NumberFormatException none) {
      return otherwise;
    }
  }

  /** Without values: they may be secrets. */
  @Override
  public String toString() {
    return "KafkaConnection["
        + bootstrapServers
        + ", properties "
        + clientProperties.keySet()
        + "]";
  }
}
