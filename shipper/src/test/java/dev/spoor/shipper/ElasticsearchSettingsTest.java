package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.store.elastic.Credentials;
import dev.spoor.store.elastic.ElasticSettings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class ElasticsearchSettingsTest {
  private static final String SECRET = "c2VjcmV0OnNlY3JldA==";

  private final List<String> problems = new ArrayList<>();

  @Test
  void theAddressIsEnough() {
    ElasticSettings settings =
        Objects.requireNonNull(read("http://elasticsearch:9200", Map.of()), problems.toString());
    assertThat(settings.uris()).containsExactly(URI.create("http://elasticsearch:9200"));
    assertThat(settings.prefix()).isEqualTo("spoor-");
    assertThat(settings.credentials()).isEqualTo(new Credentials.Nobody());
    assertThat(settings.caFile()).isNull();
    assertThat(settings.retention()).isEqualTo(Duration.ofDays(30));
    assertThat(settings.maxBytes()).isZero();
  }

  @Test
  void everythingCanBeSet(@TempDir Path dir) throws Exception {
    Path caFile = Files.writeString(dir.resolve("ca.pem"), "read later");
    ElasticSettings settings =
        Objects.requireNonNull(
            read(
                "https://a:9200, https://b:9200/behind",
                Map.of(
                    "api-key", SECRET,
                    "ca-file", caFile.toString(),
                    "prefix", "agents.",
                    "request-timeout", "10s",
                    "patience", "5s",
                    "retention", "0",
                    "max-size", "20GB")),
            problems.toString());
    assertThat(settings.uris())
        .containsExactly(URI.create("https://a:9200"), URI.create("https://b:9200/behind"));
    assertThat(settings.credentials()).isEqualTo(new Credentials.ApiKey(SECRET));
    assertThat(settings.caFile()).isEqualTo(caFile);
    assertThat(settings.prefix()).isEqualTo("agents.");
    assertThat(settings.requestTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.patience()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.retention()).isZero();
    assertThat(settings.maxBytes()).isEqualTo(20L * 1024 * 1024 * 1024);
    assertThat(settings.toString()).doesNotContain(SECRET);
  }

  @Test
  void aUserHasAPasswordThatIsNeverShown() {
    ElasticSettings settings =
        Objects.requireNonNull(
            read("http://e:9200", Map.of("username", "spoor", "password", SECRET)),
            problems.toString());
    assertThat(settings.credentials()).isEqualTo(new Credentials.Basic("spoor", SECRET));
    assertThat(settings.toString()).contains("spoor").doesNotContain(SECRET);
    assertThat(properties(Map.of("api-key", SECRET)).toString()).doesNotContain(SECRET);
  }

  @Test
  void whatIsWrongIsNamedAllAtOnceWithoutSecrets() {
    assertThat(
            read(
                "http://elastic:" + SECRET + "@e:9200",
                Map.of(
                    "api-key", SECRET + " \u00e9",
                    "password", SECRET,
                    "ca-file", "/nowhere/ca.pem",
                    "prefix", "Spoor*",
                    "patience", "1h",
                    "retention", "3h",
                    "max-size", "3B",
                    "lifecycle-policy", "../spoor")))
        .isNull();
    assertThat(problems)
        .hasSize(10)
        .noneMatch(problem -> problem.contains(SECRET))
        .anyMatch(problem ->
            problem.startsWith("ELASTICSEARCH_URIS is 'not shown', expected http://host:port"))
        .contains(
            "SPOOR_ELASTICSEARCH_CA_FILE is '/nowhere/ca.pem', expected a readable file with PEM",
            "SPOOR_ELASTICSEARCH_PREFIX is 'Spoor*', expected a-z, 0-9, dots and dashes, such as"
                + " spoor-",
            "SPOOR_ELASTICSEARCH_PATIENCE is PT1H, expected 1s to 2m",
            "SPOOR_ELASTICSEARCH_LIFECYCLE_POLICY is '../spoor', expected the name of a policy, of"
                + " letters, digits, dots and dashes",
            "SPOOR_ELASTICSEARCH_RETENTION is PT3H, expected 1d to 36500d",
            "SPOOR_ELASTICSEARCH_MAX_SIZE is 3B, expected 0 or 1MB and more");
  }

  @Test
  void anAddressHasASchemeAndAHost() {
    for (String wrong : List.of("e:9200", "http://", "ftp://e", "http://e:9200,", "http://e:0")) {
      problems.clear();
      assertThat(read(wrong, Map.of())).as(wrong).isNull();
      assertThat(problems).as(wrong).hasSize(1);
    }
  }

  private @Nullable ElasticSettings read(String uris, Map<String, String> properties) {
    return ElasticsearchSettings.read(uris, properties(properties), problems);
  }

  private static ElasticsearchProperties properties(Map<String, String> properties) {
    MapConfigurationPropertySource source = new MapConfigurationPropertySource();
    properties.forEach((name, value) -> source.put("spoor.elasticsearch." + name, value));
    return new Binder(source).bindOrCreate("spoor.elasticsearch", ElasticsearchProperties.class);
  }
}
