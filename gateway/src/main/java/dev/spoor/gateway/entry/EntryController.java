package dev.spoor.gateway.entry;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The index and the OpenAPI document. */
@RestController
public final class EntryController {
  private static final MediaType YAML = MediaType.parseMediaType("application/yaml");

  private final byte[] index;
  private final byte[] openApi;

  /**
   * @param telemetryUrl where logs, timelines and the audit are served; empty for the same server
   */
  public EntryController(String telemetryUrl) {
    String base =
        telemetryUrl.endsWith("/")
            ? telemetryUrl.substring(0, telemetryUrl.length() - 1)
            : telemetryUrl;
    Map<String, String> links = new LinkedHashMap<>();
    links.put("jobs", "/v1/jobs");
    links.put("job", "/v1/jobs/{job_id}");
    links.put("events", "/v1/jobs/{job_id}/events");
    links.put("dead_letters", "/v1/dead-letters");
    links.put("queue", "/v1/queue");
    links.put("flows", "/v1/flows");
    links.put("openapi", "/openapi.yaml");
    links.put("health", "/health");
    links.put("metrics", "/actuator/prometheus");
    links.put("logs", base + "/v1/logs");
    links.put("timeline", base + "/v1/timeline/{job_id}");
    links.put("stats", base + "/v1/stats");
    links.put("audit", base + "/v1/audit");
    links.put("alerts", base + "/v1/alerts");
    this.index = Json.write(new Index("spoor", base, links));
    this.openApi = resource("openapi.yaml");
  }

  /**
   * The body of the index.
   *
   * @param telemetryUrl base of the telemetry links; empty for this server
   * @param links by relation; some are RFC 6570 templates
   */
  record Index(String name, String telemetryUrl, Map<String, String> links) {}

  @GetMapping(path = "/v1", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> index() {
    return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(index);
  }

  @GetMapping(path = "/openapi.yaml")
  ResponseEntity<byte[]> openApi() {
    return ResponseEntity.ok().contentType(YAML).body(openApi);
  }

  private static byte[] resource(String name) {
    try (InputStream in = EntryController.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
