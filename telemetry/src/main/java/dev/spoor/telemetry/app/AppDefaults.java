package dev.spoor.telemetry.app;

import dev.spoor.telemetry.logging.Pipeline;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Spring properties that every app starts with; configuration overrides them. They are code and not
 * an {@code application.yaml}, because standalone has all three apps on one class path.
 */
public final class AppDefaults {
  private static final String LATENCY_BUCKETS = "50ms,250ms,1s,2500ms,5s,10s,30s";

  private AppDefaults() {}

  /**
   * Also names the service in what it logs until Spring has its environment.
   *
   * @param service name in records and metrics, for example {@code gateway}
   * @param port HTTP port, 0 for any free one
   */
  public static Map<String, Object> of(String service, int port) {
    Pipeline.startAs(service);
    Map<String, Object> defaults = new LinkedHashMap<>();
    defaults.put("spring.application.name", service);
    defaults.put("spring.main.banner-mode", "off");
    defaults.put("spring.threads.virtual.enabled", "true");
    defaults.put("spring.jmx.enabled", "false");
    // We build our own Kafka factories from KafkaConnection; nothing may connect behind our back.
    defaults.put(
        "spring.autoconfigure.exclude",
        "org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration");
    defaults.put("server.port", port);
    defaults.put("server.shutdown", "graceful");
    // A connection takes up to 100 KB of heap. More of them wait in the operating system's queue.
    defaults.put("server.tomcat.max-connections", 1000);
    defaults.put("server.tomcat.accept-count", 1000);
    defaults.put("spring.lifecycle.timeout-per-shutdown-phase", "30s");
    defaults.put("management.endpoints.web.exposure.include", "health,prometheus,loggers");
    // Few and fixed, so that a quantile can be had for little: 5 s is where the latency alert is.
    for (String timer : List.of("http.server.requests", "spoor.agent.execution")) {
      defaults.put("management.metrics.distribution.slo." + timer, LATENCY_BUCKETS);
    }
    defaults.put("management.endpoint.health.probes.enabled", "true");
    defaults.put("management.endpoint.loggers.access", "unrestricted");
    return defaults;
  }
}
