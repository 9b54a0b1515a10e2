package dev.spoor.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLettersCommandTest {
  @TempDir Path directory;

  private Typed.Outcome run(FakeServer server, String... arguments) {
    return new Typed(directory).environment("SPOOR_SERVER", server.url().toString()).run(arguments);
  }

  @Test
  void listsLetters() {
    try (FakeServer server = new FakeServer()) {
      server.on(
          "GET /v1/telemetry/dead-letters",
          200,
          "{'dead_letters':[{'identity':'s-7','at':'2026-01-01T00:00:00Z','reason':'refused',"
              + "'detail':'no number','bytes':31}],'next_cursor':'abc'}");
      Typed.Outcome outcome =
          run(server, "dead-letters", "list", "--reason", "refused", "--from", "now-1h");
      assertThat(outcome.exitCode()).isEqualTo(ExitCode.DONE);
      assertThat(outcome.out()).contains("s-7", "refused", "no number");
      assertThat(outcome.err()).contains("more: --cursor abc");
      assertThat(server.requests.getLast().uri())
          .isEqualTo("/v1/telemetry/dead-letters?reason=refused&from=now-1h&limit=100");
    }
  }

  @Test
  void replaysLettersAndSaysWhatIsLeft() {
    try (FakeServer server = new FakeServer()) {
      server.on(
          "POST /v1/telemetry/dead-letters/replay",
          200,
          "{'dry_run':false,'looked_at':9,'replayed':5,'already':4,'refused':0,'unreadable':0,"
              + "'elsewhere':0}");
      Typed.Outcome all = run(server, "dead-letters", "replay");
      assertThat(all.exitCode()).isEqualTo(ExitCode.DONE);
      assertThat(all.out()).containsPattern("replayed +5").containsPattern("already +4");
      assertThat(server.requests.getLast().uri())
          .isEqualTo("/v1/telemetry/dead-letters/replay?limit=10000&dry_run=false");
      server.replace(
          "POST /v1/telemetry/dead-letters/replay",
          200,
          "{'replayed':1,'refused':2,'elsewhere':0}");
      Typed.Outcome some = run(server, "dead-letters", "replay", "--dry-run");
      assertThat(some.exitCode()).isEqualTo(ExitCode.FOUND);
      assertThat(some.out()).containsPattern("would be stored +1");
    }
  }
}
