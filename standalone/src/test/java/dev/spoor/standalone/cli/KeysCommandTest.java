package dev.spoor.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.access.ApiKey;
import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class KeysCommandTest {
  @TempDir Path directory;

  private Typed typed() {
    return new Typed(directory);
  }

  @Test
  void printsTheKeyAndTheEntryForTheFile() {
    Typed.Outcome outcome =
        typed().run("keys", "new", "--tenant", "acme", "--scopes", "submit,read", "--rate", "2.5");
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.DONE);
    List<String> lines = outcome.out().lines().toList();
    ApiKey key = ApiKey.parse(lines.getFirst()).orElseThrow();
    JsonNode entry = Json.tree(lines.getLast().getBytes(StandardCharsets.UTF_8));
    assertThat(lines).hasSize(2);
    assertThat(entry.path("id").stringValue()).isEqualTo(key.id());
    assertThat(entry.path("sha256").stringValue()).isEqualTo(key.sha256());
    assertThat(entry.path("tenant").stringValue()).isEqualTo("acme");
    assertThat(entry.path("scopes").toString()).isEqualTo("[\"submit\",\"read\"]");
    assertThat(entry.path("submits_per_second").doubleValue()).isEqualTo(2.5);
    assertThat(entry.path("burst").intValue()).isEqualTo(5);
    assertThat(entry.has("max_waiting")).isFalse();
  }

  @Test
  void addsTheEntryToAFileThatOnlyItsOwnerReads() throws IOException {
    String[] command = {"keys", "new", "--tenant", "acme", "--scopes", "read", "--file", "k.jsonl"};
    Typed.Outcome first = typed().run(command);
    Typed.Outcome second = typed().run(command);
    Path file = directory.resolve("k.jsonl");
    assertThat(Files.readAllLines(file)).hasSize(2);
    assertThat(Files.readString(file)).doesNotContain("spoor_").contains("\"acme\"");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(first.out().strip()).matches("spoor_[a-z0-9]+_[0-9a-f]{64}");
    assertThat(second.err()).contains("added key ").doesNotContain(second.out().strip());
  }

  @Test
  void saysWhatIsWrong() {
    String[][] wrong = {
      {"--tenant", "a b", "--scopes", "read"},
      {"--tenant", "a", "--scopes", "write"},
      {"--tenant", "a", "--scopes", "read", "--rate", "0"},
      {"--tenant", "a", "--scopes", "read", "--burst", "2"},
      {"--tenant", "a"}
    };
    for (String[] options : wrong) {
      String[] all = new String[options.length + 2];
      all[0] = "keys";
      all[1] = "new";
      System.arraycopy(options, 0, all, 2, options.length);
      Typed.Outcome outcome = typed().run(all);
      assertThat(outcome.exitCode()).as(String.join(" ", options)).isEqualTo(ExitCode.WRONG_USE);
      assertThat(outcome.out()).isEmpty();
    }
  }

  @Test
  void commandsSendTheKeyOfTheEnvironmentEverywhere() {
    try (FakeServer server = new FakeServer()) {
      server.on("GET /v1/queue", 200, "{}").on("GET /v1/logs", 200, "{'records':[]}");
      server.onText("GET /v1/logs/tail", 200, "text/event-stream", "");
      for (String[] command :
          new String[][] {{"queue"}, {"logs", "x"}, {"logs", "x", "--follow"}}) {
        typed()
            .environment("SPOOR_SERVER", server.url().toString())
            .environment("SPOOR_API_KEY", "spoor_abcd_123")
            .run(command);
      }
      assertThat(server.requests.stream().map(request -> request.uri().replaceAll("\\?.*", "")))
          .contains("/v1/queue", "/v1/logs", "/v1/logs/tail");
      assertThat(server.requests)
          .allSatisfy(request ->
              assertThat(request.headers().get("Authorization"))
                  .as(request.uri())
                  .containsExactly("Bearer spoor_abcd_123"));
    }
  }

  @Test
  void a401AndA403AreOneSentence() {
    try (FakeServer server = new FakeServer()) {
      server.on("GET /v1/queue", 401, "{'title':'Wrong API key','detail':'none of ours'}");
      server.on("GET /v1/jobs", 403, "{'title':'No','detail':'the key lacks the scope read'}");
      Typed.Outcome none =
          typed().environment("SPOOR_SERVER", server.url().toString()).run("queue");
      assertThat(none.exitCode()).isEqualTo(ExitCode.WRONG_USE);
      assertThat(none.err())
          .isEqualTo(
              "spoor: the server asks for an API key: set SPOOR_API_KEY to one of its keys"
                  + " (none of ours).\n");
      Typed.Outcome scope =
          typed()
              .environment("SPOOR_SERVER", server.url().toString())
              .environment("SPOOR_API_KEY", "spoor_abcd_123")
              .run("jobs");
      assertThat(scope.exitCode()).isEqualTo(ExitCode.WRONG_USE);
      assertThat(scope.err())
          .isEqualTo(
              "spoor: the API key in SPOOR_API_KEY may not do this"
                  + " (the key lacks the scope read).\n")
          .doesNotContain("abcd");
    }
  }
}
