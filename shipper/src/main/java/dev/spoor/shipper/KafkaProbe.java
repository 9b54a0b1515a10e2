package dev.spoor.shipper;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.telemetry.health.DependencyProbe;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;

/**
 * Asks Kafka for its cluster. Not essential: what is stored can be searched without it. Not
 * thread-safe.
 */
final class KafkaProbe implements DependencyProbe, AutoCloseable {
  private static final int MAX_MILLIS = 3_000;

  private final KafkaConnection kafka;
  private volatile @Nullable Admin admin;

  KafkaProbe(KafkaConnection kafka) {
    this.kafka = kafka;
  }

  @Override
  public String name() {
    return "kafka";
  }

  @Override
  public boolean essential() {
    return false;
  }

  @Override
  public void check() throws Exception {
    Admin client = admin;
    if (client == null) {
      client =
          Admin.create(
              kafka.with(
                  Map.of(
                      AdminClientConfig.CLIENT_ID_CONFIG,
                      "shipper-health",
                      AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                      MAX_MILLIS,
                      AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                      MAX_MILLIS)));
      admin = client;
    }
    client.describeCluster().clusterId().get(MAX_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    Admin client = admin;
    if (client != null) {
      client.close(java.time.Duration.ofSeconds(1));
    }
  }
}
