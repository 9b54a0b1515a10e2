package dev.spoor.gateway;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of the HTTP side, below {@code spoor.gateway}.
 *
 * @param startTimeout how long the start waits for Kafka and its topics
 * @param maxBodies memory for all request bodies that are being worked on; beyond it submits get
 *     503 {@code not_accepted}
 * @param keepAlive silence after which an event stream says that it is alive
 */
@ConfigurationProperties("spoor.gateway")
public record GatewayProperties(
    @DefaultValue("60s") Duration startTimeout,
    @DefaultValue("256MB") DataSize maxBodies,
    @DefaultValue("15s") Duration keepAlive) {
  public GatewayProperties {
    positive("spoor.gateway.start-timeout", startTimeout);
    positive("spoor.gateway.keep-alive", keepAlive);
    if (maxBodies.toMegabytes() < 4 || maxBodies.toGigabytes() > 64) {
      throw new IllegalArgumentException(
          "spoor.gateway.max-bodies is " + maxBodies + ": expected 4MB to 64GB");
    }
  }

  private static void positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " is " + value + ": expected a time above 0");
    }
  }
}
