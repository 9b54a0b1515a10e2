package dev.spoor.telemetry.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TracingSettingsTest {
  private final List<String> problems = new ArrayList<>();

  private TracingSettings read(Map<String, String> values) {
    return TracingSettings.read(values::get, problems);
  }

  @Test
  void isOffUnlessAskedFor() {
    assertThat(read(Map.of())).isEqualTo(new TracingSettings(false, null, null));
    assertThat(read(Map.of("OTEL_ENABLED", "", "OTEL_ENDPOINT", " ", "OTEL_SERVICE_NAME", "")))
        .isEqualTo(new TracingSettings(false, null, null));
    assertThat(problems).isEmpty();
  }

  @Test
  void takesWhatIsGiven() {
    assertThat(
            read(
                Map.of(
                    "OTEL_ENABLED", " True ",
                    "OTEL_ENDPOINT", "https://collector.example:4317/",
                    "OTEL_SERVICE_NAME", "my jobs")))
        .isEqualTo(new TracingSettings(true, "https://collector.example:4317/", "my jobs"));
    for (String good : List.of("http://localhost:4317", "http://[::1]:4317", "https://c.example")) {
      assertThat(read(Map.of("OTEL_ENDPOINT", good)).endpoint()).isEqualTo(good);
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void refusesWhatIsNoEndpoint() {
    List<String> wrong =
        List.of(
            "localhost:4317",
            "collector",
            "grpc://collector:4317",
            "http://",
            "http://c:0",
            "http://c:99999",
            "http://c:4317/v1/traces",
            "http://c:4317?x=1",
            "http://user:hunter2Zq9@c:4317",
            "http://a b:4317");
    for (String value : wrong) {
      problems.clear();
      assertThat(read(Map.of("OTEL_ENDPOINT", value)).endpoint()).as(value).isNull();
      assertThat(problems).as(value).hasSize(1);
      assertThat(problems.getFirst())
          .startsWith("OTEL_ENDPOINT is '")
          .endsWith(
              "', expected the address of an OTLP gRPC receiver such as http://localhost:4317")
          .doesNotContain("hunter2Zq9");
    }
  }

  @Test
  void refusesTheOthersToo() {
    assertThat(read(Map.of("OTEL_ENABLED", "yes", "OTEL_SERVICE_NAME", "x".repeat(256))))
        .isEqualTo(new TracingSettings(false, null, null));
    assertThat(problems)
        .anyMatch(it -> it.equals("OTEL_ENABLED is 'yes', expected true or false"))
        .anyMatch(it -> it.startsWith("OTEL_SERVICE_NAME is 'xxx"));
  }
}
