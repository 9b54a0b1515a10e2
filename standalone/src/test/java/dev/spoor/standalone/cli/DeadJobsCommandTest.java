package dev.spoor.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadJobsCommandTest {
  private static final String REPLAY = "POST /v1/dead-letters/replay";

  @TempDir Path directory;

  private Typed.Outcome run(FakeServer server, String... arguments) {
    return new Typed(directory).environment("SPOOR_SERVER", server.url().toString()).run(arguments);
  }

  @Test
  void listsJobs() {
    try (FakeServer server = new FakeServer()) {
      server.on(
          "GET /v1/dead-letters",
          200,
          "{'jobs':[{'job_id':'j-1','ended_at':'2026-01-01T00:00:00Z','status':'dead','flow':'fail',"
              + "'attempt':3,'run_no':1,'error':{'message':'no luck'}}],'next_cursor':'abc'}");
      Typed.Outcome outcome =
          run(server, "dead-jobs", "list", "--flow", "fail", "--from", "now-1h", "--limit", "5");
      assertThat(outcome.exitCode()).isEqualTo(ExitCode.DONE);
      assertThat(outcome.out()).contains("j-1", "dead", "no luck");
      assertThat(outcome.err()).contains("more: --cursor abc");
      assertThat(server.requests.getLast().uri())
          .isEqualTo("/v1/dead-letters?flow=fail&from=now-1h&limit=5");
    }
  }

  @Test
  void replaysJobsAndSaysWhatIsLeft() {
    try (FakeServer server = new FakeServer()) {
      server.on(
          REPLAY,
          200,
          "{'dry_run':false,'matched':9,'replayed':6,'already':1,'refused':{'running':2},"
              + "'undecided':0,'key':'k'}");
      Typed.Outcome some = run(server, "dead-jobs", "replay", "--key", "k");
      assertThat(some.exitCode()).isEqualTo(ExitCode.FOUND);
      assertThat(some.out())
          .containsPattern("replayed +6")
          .containsPattern("already +1")
          .containsPattern("refused, running +2");
      assertThat(server.requests.getLast().uri())
          .isEqualTo("/v1/dead-letters/replay?limit=10000&dry_run=false");
      assertThat(server.requests.getLast().body()).isEqualTo("{}");
      server.replace(
          REPLAY, 200, "{'matched':3,'replayed':3,'refused':{},'undecided':0,'next_cursor':'abc'}");
      Typed.Outcome all = run(server, "dead-jobs", "replay", "--dry-run", "--from-start");
      assertThat(all.exitCode()).isEqualTo(ExitCode.DONE);
      assertThat(all.out()).containsPattern("would be replayed +3");
      assertThat(all.err()).contains("more: --cursor abc");
      assertThat(server.requests.getLast().body()).contains("start");
    }
  }

  @Test
  void saysWithWhichKeyToRepeatWhatIsNotKnown() {
    try (FakeServer server = new FakeServer()) {
      server.on(REPLAY, 503, "{'title':'The replay did not get through'}");
      Typed.Outcome outcome = run(server, "dead-jobs", "replay", "--key", "k-7");
      assertThat(outcome.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
      assertThat(outcome.err()).contains("--key k-7");
    }
  }
}
