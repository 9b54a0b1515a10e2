package dev.spoor.shipper;

import dev.spoor.store.elastic.Credentials;
import dev.spoor.store.elastic.ElasticSettings;
import dev.spoor.telemetry.app.SettingFaults;
import dev.spoor.telemetry.logging.LogSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Reads and checks what says where Elasticsearch is. Secrets are in no message. */
final class ElasticsearchSettings {
  static final String URIS = "ELASTICSEARCH_URIS";

  private static final String OURS = "SPOOR_ELASTICSEARCH_";

  private ElasticsearchSettings() {}

  /**
   * @param problems gets one sentence for each wrong value; then the result is of no use
   * @return null if there is a problem
   */
  static @Nullable ElasticSettings read(
      String uris, ElasticsearchProperties properties, List<String> problems) {
    List<URI> nodes = new ArrayList<>();
    for (String text : uris.split(",", -1)) {
      URI node = node(text.strip());
      if (node == null) {
        problems.add(
            URIS
                + " is '"
                + (uris.contains("@") ? "not shown" : LogSettings.shown(uris))
                + "', expected http://host:port or https://host:port, or several with commas between"
                + " them; a user is named with "
                + OURS
                + "USERNAME and _PASSWORD");
        break;
      }
      nodes.add(node);
    }
    Credentials credentials = credentials(properties, problems);
    Path caFile = null;
    if (properties.caFile() != null && !properties.caFile().isBlank()) {
      caFile = Path.of(properties.caFile().strip());
      if (!Files.isReadable(caFile)) {
        problems.add(
            OURS + "CA_FILE is '" + properties.caFile() + "', expected a readable file with PEM");
      }
    }
    if (!ElasticSettings.isPrefix(properties.prefix())) {
      problems.add(
          OURS
              + "PREFIX is '"
              + LogSettings.shown(properties.prefix())
              + "', expected a-z, 0-9, dots and dashes, such as spoor-");
    }
    String policy = given(properties.lifecyclePolicy());
    if (policy != null && !ElasticSettings.isPolicyName(policy)) {
      problems.add(
          OURS
              + "LIFECYCLE_POLICY is '"
              + LogSettings.shown(policy)
              + "', expected the name of a policy, of letters, digits, dots and dashes");
    }
    DataSize maxSize = properties.maxSize();
    SettingFaults faults =
        new SettingFaults(OURS)
            .between("REQUEST_TIMEOUT", properties.requestTimeout(), "1s", "5m")
            .between("PATIENCE", properties.patience(), "1s", "2m")
            .check(
                maxSize.toBytes() == 0 || maxSize.compareTo(DataSize.ofMegabytes(1)) >= 0,
                "MAX_SIZE",
                maxSize,
                "0 or 1MB and more");
    if (!properties.retention().isZero()) {
      faults.between("RETENTION", properties.retention(), "1d", "36500d");
    }
    problems.addAll(faults.all());
    if (!problems.isEmpty()) {
      return null;
    }
    return new ElasticSettings(
        nodes,
        properties.prefix(),
        credentials,
        caFile,
        properties.requestTimeout(),
        properties.patience(),
        properties.retention(),
        maxSize.toBytes(),
        policy);
  }

  private static Credentials credentials(
      ElasticsearchProperties properties, List<String> problems) {
    String key = given(properties.apiKey());
    String username = given(properties.username());
    String password = given(properties.password());
    if (key != null && (username != null || password != null)) {
      problems.add(OURS + "API_KEY and " + OURS + "USERNAME are both set, expected one of them");
    }
    if ((username == null) != (password == null)) {
      problems.add(
          OURS + "USERNAME and " + OURS + "PASSWORD belong together, and one of them is not set");
    }
    if (key != null) {
      if (!key.matches("[A-Za-z0-9+/=_-]+")) {
        problems.add(
            OURS + "API_KEY is not shown, expected the encoded form of a key, which is base64");
      }
      return new Credentials.ApiKey(key);
    }
    return username != null && password != null
        ? new Credentials.Basic(username, password)
        : new Credentials.Nobody();
  }

  private static @Nullable String given(@Nullable String value) {
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static @Nullable URI node(String text) {
    try {
      URI uri = new URI(text);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
              && uri.getHost() != null
              && uri.getUserInfo() == null
              && uri.getQuery() == null
              && uri.getFragment() == null
              && uri.getPort() != 0
              && uri.getPort() <= 65_535
          ? uri
          : null;
    } catch (URISyntaxException none) {
      return null;
    }
  }
}
