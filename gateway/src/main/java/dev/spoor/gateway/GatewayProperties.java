package dev.spoor.gateway;

import dev.spoor.telemetry.app.SettingFaults;
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
    new SettingFaults("spoor.gateway.")
        .positive("start-timeout", startTimeout)
        .between("max-bodies", maxBodies, "4MB", "64GB")
        .positive("keep-alive", keepAlive)
        .refuse();
  }
}
