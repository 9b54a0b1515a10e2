package dev.spoor.store.elastic;

import dev.spoor.store.TelemetryStore;
import dev.spoor.store.TelemetryStoreContract;
import dev.spoor.testkit.TestElasticsearch;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ElasticStoreIT extends TelemetryStoreContract {
  private final TestElasticsearch server = TestElasticsearch.shared();
  private final String prefix = TestElasticsearch.freshPrefix();

  @Override
  protected TelemetryStore open() throws IOException {
    return ElasticStore.open(settings(), Clock.systemUTC(), new Random(1));
  }

  private ElasticSettings settings() {
    return new ElasticSettings(
        List.of(server.uri()),
        prefix,
        new Credentials.Nobody(),
        null,
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        Duration.ZERO,
        0);
  }
}
