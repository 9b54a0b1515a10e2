package dev.spoor.broker;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where and how an embedded broker runs.
 *
 * @param dataDir its directory, created if it is missing; nothing else may be in it
 * @param port of the listener for clients on 127.0.0.1; 0 takes a free one
 * @param overrides Kafka broker properties that win over {@link EmbeddedBroker}'s own
 */
public record BrokerSettings(Path dataDir, int port, Map<String, String> overrides) {
  public BrokerSettings {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be from 0 to 65535, was " + port);
    }
    dataDir = dataDir.toAbsolutePath().normalize();
    overrides = Map.copyOf(overrides);
  }

  /** On a free port, with the settings of {@link EmbeddedBroker}. */
  public static BrokerSettings in(Path dataDir) {
    return new BrokerSettings(dataDir, 0, Map.of());
  }

  public BrokerSettings withPort(int newPort) {
    return new BrokerSettings(dataDir, newPort, overrides);
  }

  public BrokerSettings withOverrides(Map<String, String> newOverrides) {
    return new BrokerSettings(dataDir, port, newOverrides);
  }
}
