package dev.spoor.shipper;

import dev.spoor.store.TelemetryStore;
import dev.spoor.store.elastic.ElasticSettings;
import dev.spoor.store.elastic.ElasticStore;
import dev.spoor.store.lucene.LuceneSettings;
import dev.spoor.store.lucene.LuceneStore;
import dev.spoor.telemetry.app.RefusedSettings;
import dev.spoor.telemetry.app.StartFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Which store: Elasticsearch if {@code ELASTICSEARCH_URIS} says where it is, else Lucene on the
 * local disk.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ElasticsearchProperties.class, LuceneProperties.class})
class StoreConfiguration {
  @Bean
  TelemetryStore shipperStore(
      Environment environment, ElasticsearchProperties properties, LuceneProperties lucene) {
    Path dir = storeDir(environment);
    String uris = environment.getProperty(ElasticsearchSettings.URIS, "");
    try {
      List<String> problems = new ArrayList<>();
      if (uris.isBlank()) {
        LuceneSettings settings = lucene.settings(dir.resolve("lucene"), problems);
        if (!problems.isEmpty()) {
          throw new RefusedSettings(problems);
        }
        return LuceneStore.open(settings, Clock.systemUTC());
      }
      ElasticSettings settings = ElasticsearchSettings.read(uris, properties, problems);
      if (settings == null) {
        throw new RefusedSettings(problems);
      }
      // The name under which we are known to Kafka is kept there.
      Files.createDirectories(dir);
      return ElasticStore.open(settings, Clock.systemUTC(), RandomGenerator.getDefault());
    } catch (IOException e) {
      throw new StartFailure(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * {@code spoor.data-dir} (SPOOR_DATA_DIR), {@code .spoor} unless set, and {@code store} in it.
   */
  static Path storeDir(Environment environment) {
    return Path.of(environment.getProperty("spoor.data-dir", ".spoor")).resolve("store");
  }
}
