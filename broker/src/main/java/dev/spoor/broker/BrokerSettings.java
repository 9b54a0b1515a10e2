package dev.spoor.broker;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where and how an embedded broker runs.
 *
 * @param dataDir its directory, created if it is missing; nothing else may be in it
 * @param port of the listener for clients on 127.0.0.1; 0 takes a free one
 * @param advertisedPort where clients are told to connect, when that is a proxy before {@code
 *     port}; 0 tells them {@code port}
 * @param overrides Kafka broker properties that win over {@link EmbeddedBroker}'s own
 */
public record BrokerSettings(
    Path dataDir, int port, int advertisedPort, Map<String, String> overrides) {
  public BrokerSettings {
    checkPort("port", port);
    checkPort("advertisedPort", advertisedPort);
    dataDir = dataDir.toAbsolutePath().normalize();
    overrides = Map.copyOf(overrides);
  }

  /** On a free port, with the settings of {@link EmbeddedBroker}. */
  public static BrokerSettings in(Path dataDir) {
    return new BrokerSettings(dataDir, 0, 0, Map.of());
  }

  public BrokerSettings withPort(int newPort) {
    return new BrokerSettings(dataDir, newPort, advertisedPort, overrides);
  }

  public BrokerSettings withOverrides(Map<String, String> newOverrides) {
    return new BrokerSettings(dataDir, port, advertisedPort, newOverrides);
  }

  public BrokerSettings withAdvertisedPort(int newPort) {
    return new BrokerSettings(dataDir, port, newPort, overrides);
  }

  private static void checkPort(String name, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(name + " must be from 0 to 65535, was " + port);
    }
  }
}
