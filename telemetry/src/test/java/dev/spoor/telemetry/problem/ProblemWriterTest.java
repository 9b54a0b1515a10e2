package dev.spoor.telemetry.problem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.redaction.Redactor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@DisplayName("sensitive_data_sanitization: problems")
class ProblemWriterTest {
  private static final String SECRET = "hunter2" + "Zq9";

  @Test
  void noMemberShowsASecret() {
    Problem problem =
        Problem.of(400, "invalid", "Invalid password=" + SECRET, "input has token: " + SECRET)
            .withErrors(
                List.of(new Fault("/a/password=" + SECRET, "is 'https://u:" + SECRET + "@h'")))
            .with("job_id", "j-1")
            .with("hint", "api_key=" + SECRET)
            .with("password", SECRET)
            .with("seen", Map.of("token", SECRET, "list", List.of("pwd=" + SECRET, 7)));
    byte[] json = new ProblemWriter(Redactor.standard()).json(problem, "r password=" + SECRET);
    assertThat(new String(json, StandardCharsets.UTF_8)).doesNotContain(SECRET);
    JsonNode members = Json.tree(json);
    assertThat(members.get("detail").asString()).isEqualTo("input has token: [REDACTED:token]");
    assertThat(members.get("password").asString()).isEqualTo("[REDACTED:password]");
    assertThat(members.get("job_id").asString()).isEqualTo("j-1");
    assertThat(members.get("seen").get("list").get(1).asInt()).isEqualTo(7);
    assertThat(members.get("status").asInt()).isEqualTo(400);
  }
}
