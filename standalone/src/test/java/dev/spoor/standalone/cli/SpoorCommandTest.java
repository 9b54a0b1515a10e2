package dev.spoor.standalone.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class SpoorCommandTest {
  private static final String ID = "01890a5d-ac96-774b-bcce-b302099a8057";
  private static final String DONE =
      """
      {'job_id':'%s','flow':'echo','status':'succeeded','attempt':1,'max_attempts':3,'run_no':1,
       'created_at':'2026-01-02T03:04:05Z','started_at':'2026-01-02T03:04:05.100Z',
       'ended_at':'2026-01-02T03:04:06.500Z','worker_id':'w-1','request_id':'r-1',
       'steps':[{'step_id':'echo','iteration':1,'agent_id':'echo','action':'default','duration_ms':12,
                 'usage':{'input_tokens':100,'output_tokens':20,'cost_usd':0.0015,'unpriced_calls':0}}],
       'result':{'text':'hi'},
       'usage':{'input_tokens':100,'output_tokens':20,'cost_usd':0.0015,'unpriced_calls':0}}
      """
          .formatted(ID);

  @TempDir private Path dir;
  private final FakeServer server = new FakeServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private Typed typed() {
    return new Typed(dir).environment("SPOOR_SERVER", server.url().toString());
  }

  // --- what is typed wrongly

  @Test
  void refusesAnUnknownOptionWithoutAStackTrace() {
    Typed.Outcome outcome = typed().run("submit", "echo", "--inptu", "{}");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err())
        .contains("'--inptu'")
        .contains("--input")
        .contains("./spoor submit --help")
        .doesNotContain("\tat ");
  }

  @Test
  void namesTheOptionsWhereNoneIsSimilar() {
    assertThat(typed().run("up", "--prot", "0").err()).contains("'--prot'").contains("--port");
  }

  @Test
  void refusesAnUnknownCommandAndNone() {
    assertThat(typed().run("sumbit").exitCode()).isEqualTo(2);
    assertThat(typed().run("sumbit").err()).contains("submit");
    assertThat(typed().run().exitCode()).isEqualTo(2);
    assertThat(typed().run().err()).contains("a command is missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"70000", "-1", "http"})
  void refusesAPortThatIsNone(String port) {
    Typed.Outcome outcome = typed().run("up", "--port=" + port);
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).contains("--port").contains(port).doesNotContain("\tat ");
  }

  @Test
  void refusesInputThatIsNotJsonAndSaysWhere() {
    Typed.Outcome outcome = typed().run("submit", "echo", "--input", "{\"text\": nope}");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).contains("--input is not JSON").contains("line 1, column");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void refusesAFileThatIsNotThere() {
    Typed.Outcome outcome = typed().run("submit", "echo", "--input", "@story.json");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).contains("there is no file").contains("story.json");
  }

  @Test
  void refusesAServerThatIsNoAddress() {
    Typed.Outcome outcome = typed().run("queue", "--server", "ftp://x");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).contains("--server must be an address like");
  }

  @Test
  void saysThatNoServerIsThere() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    Typed.Outcome outcome = typed().run("queue", "--server", "http://127.0.0.1:" + free);
    assertThat(outcome.exitCode()).isEqualTo(3);
    assertThat(outcome.err())
        .contains("no server at http://127.0.0.1:" + free)
        .contains("./spoor up")
        .doesNotContain("\tat ");
  }

  @Test
  void saysThatWhatAnswersIsNotSpoor() {
    server.onText("GET /v1/queue", 200, "text/html", "<html>");
    Typed.Outcome outcome = typed().run("queue");
    assertThat(outcome.exitCode()).isEqualTo(3);
    assertThat(outcome.err()).contains("not as Spoor does");
  }

  // --- submit

  @Test
  void submitsInputFromTheCommandLineAFileAndStandardInput() throws IOException {
    server.on("POST /v1/jobs", 202, "{'job_id':'" + ID + "','status':'accepted'}");
    Files.writeString(dir.resolve("in.json"), "{\"text\":\"file\"}");

    assertThat(typed().run("submit", "echo", "--input", "{\"text\":\"typed\"}").out())
        .isEqualTo("job " + ID + " accepted\n");
    typed().run("submit", "echo", "--input", "@in.json");
    typed().standardInput("{\"text\":\"piped\"}").run("submit", "echo", "--input", "@-");
    typed().run("submit", "echo");

    assertThat(server.requests)
        .extracting(FakeServer.Request::body)
        .containsExactly(
            "{\"flow\":\"echo\",\"input\":{\"text\":\"typed\"}}",
            "{\"flow\":\"echo\",\"input\":{\"text\":\"file\"}}",
            "{\"flow\":\"echo\",\"input\":{\"text\":\"piped\"}}",
            "{\"flow\":\"echo\",\"input\":{}}");
  }

  @Test
  void showsFiguresAsATable() {
    server.on(
        "GET /v1/stats",
        200,
        "{'metric':'llm','by':['model'],'from':'2026-01-02T02:04:00Z','to':'2026-01-02T03:05:00Z',"
            + "'step_seconds':60,'truncated':true,'series':[{'labels':{'model':'gpt-a'},'total':"
            + "{'count':1200,'per_second':0.33333,'failures':3,'failure_ratio':0.0025,'mean_ms':10,"
            + "'p50_ms':812.34,'p95_ms':12345.6,'input_tokens':1234567,'cost_usd':1.25},'points':[]},"
            + "{'labels':{'model':''},'total':{'count':1},'points':[]}]}");
    Typed.Outcome shown =
        typed().run("stats", "llm", "--by", "model", "--where", "agent_id=a b", "--from", "now-1h");
    assertThat(shown.exitCode()).isZero();
    assertThat(server.requests.getLast().uri())
        .contains("metric=llm", "by=model", "agent_id=a", "from=now-1h", "limit=20");
    assertThat(shown.out())
        .containsPattern("model +count +/s +failures +failed +p50 +p95 +input tokens +cost")
        .containsPattern("gpt-a +1200 +0\\.333 +3 +0\\.3 % +812 ms +12346 ms +1234567 +\\$1\\.25")
        .containsPattern("- +1 +-");
  }

  @Test
  void saysThatThereAreNoFigures() {
    server.on("GET /v1/stats", 200, "{'metric':'tools','by':[],'series':[]}");
    assertThat(typed().run("stats", "tools").out()).startsWith("no tools from ");
  }

  @Test
  void showsAlertsAndSaysByItsExitCodeWhetherSomethingFires() {
    server.on(
        "GET /v1/alerts",
        200,
        "{'evaluated_at':'2026-01-02T03:04:05Z','alerts':[{'rule':'HighMemoryUsage','labels':{'instance':'w-1'},"
            + "'status':'firing','severity':'warning','summary':'w-1 uses 93.0 % of its memory',"
            + "'active_at':'2026-01-02T03:03:05Z','starts_at':'2026-01-02T03:04:05Z'}]}");
    Typed.Outcome firing = typed().run("alerts");
    assertThat(firing.exitCode()).isEqualTo(1);
    assertThat(firing.out())
        .containsPattern(
            "firing +warning +HighMemoryUsage \\{instance=w-1} +\\S+ \\S+ +w-1 uses 93.0 % of its memory");
    server.on(
        "GET /v1/alerts/rules",
        200,
        "{'evaluated_at':'2026-01-02T03:04:05Z','rules':[{'name':'HighErrorRate','severity':'critical',"
            + "'status':'inactive','threshold':'> 0.05','series':[{'labels':{},'status':'inactive','value':0.0123456,'samples':100}]}]}");
    Typed.Outcome rules = typed().run("alerts", "--rules");
    assertThat(rules.exitCode()).isZero();
    assertThat(rules.out())
        .containsPattern("inactive +critical +HighErrorRate +0\\.01235 +> 0.05 +100");
  }

  @Test
  void saysThatThereAreNoAlerts() {
    server.on("GET /v1/alerts", 200, "{'evaluated_at':'2026-01-02T03:04:05Z','alerts':[]}");
    Typed.Outcome none = typed().run("alerts");
    assertThat(none.exitCode()).isZero();
    assertThat(none.out()).isEqualTo("no alerts\n");
  }

  @Test
  void sendsAllWishes() {
    server.on("POST /v1/jobs", 202, "{'job_id':'" + ID + "','status':'queued'}");
    typed()
        .run(
            "submit",
            "echo",
            "--priority",
            "high",
            "--session",
            "s",
            "--timeout",
            "PT5M",
            "--max-attempts",
            "2",
            "--key",
            "k",
            "--label",
            "a=b",
            "--label",
            "c=d");
    FakeServer.Request request = server.requests.getFirst();
    assertThat(Json.tree(request.body().getBytes(UTF_8)))
        .isEqualTo(
            Json.tree(
                """
                {"flow":"echo","input":{},"priority":"high","session_id":"s","timeout":"PT5M",
                 "max_attempts":2,"labels":{"a":"b","c":"d"}}
                """
                    .getBytes(UTF_8)));
    assertThat(request.headers().get("Idempotency-key")).containsExactly("k");
  }

  @Test
  void showsEveryFaultOfARefusedInput() {
    server.onText(
        "POST /v1/jobs",
        422,
        "application/problem+json",
        """
        {"title":"Invalid job","status":422,"detail":"2 faults","request_id":"r-9",
         "errors":[{"pointer":"/input/text","detail":"is missing"},{"pointer":"/priority","detail":"must be one of high, normal, low"}]}
        """);
    Typed.Outcome outcome = typed().run("submit", "echo", "--priority", "urgent");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err().lines())
        .containsExactly(
            "spoor: 422 Invalid job: 2 faults",
            "  /input/text  is missing",
            "  /priority    must be one of high, normal, low",
            "  request r-9");
  }

  @Test
  void tellsAnOverloadedServerFromWrongUse() {
    server.on("POST /v1/jobs", 503, "{'title':'Not durable now','status':503}");
    assertThat(typed().run("submit", "echo").exitCode()).isEqualTo(3);
  }

  @Test
  void watchesAJobToItsEnd() {
    server
        .on("POST /v1/jobs", 202, "{'job_id':'" + ID + "','status':'accepted'}")
        .on("GET /v1/jobs/" + ID, 404, "{'title':'No such job','status':404}")
        .on("GET /v1/jobs/" + ID, 200, "{'job_id':'" + ID + "','status':'queued','attempt':0}")
        .on("GET /v1/jobs/" + ID, 503, "{'title':'moving','status':503}")
        .on(
            "GET /v1/jobs/" + ID,
            200,
            "{'job_id':'" + ID + "','status':'running','attempt':1,'worker_id':'w-1'}")
        .on("GET /v1/jobs/" + ID, 200, DONE);
    Typed.Outcome outcome = typed().run("submit", "echo", "--watch");
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out())
        .containsSubsequence(
            "queued",
            "running  attempt 1 on w-1",
            "echo  12 ms",
            "succeeded",
            "result",
            "succeeded in 1.5 s, 100 in, 20 out tokens, $0.001500");
    assertThat(outcome.out()).doesNotContain("\u001b");
  }

  @Test
  void endsWithOneWhenTheJobDoesNotSucceed() {
    server
        .on("POST /v1/jobs", 202, "{'job_id':'" + ID + "','status':'accepted'}")
        .on(
            "GET /v1/jobs/" + ID,
            200,
            "{'job_id':'"
                + ID
                + "','status':'dead','attempt':3,'error':{'message':'no luck','category':'internal'}}");
    Typed.Outcome outcome = typed().run("submit", "fail", "--watch");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out()).contains("no luck (internal)");
  }

  @Test
  void printsTheJobAsJsonAndNothingElse() {
    server
        .on("POST /v1/jobs", 202, "{'job_id':'" + ID + "','status':'accepted'}")
        .on("GET /v1/jobs/" + ID, 200, DONE);
    Typed.Outcome outcome = typed().run("submit", "echo", "--watch", "--json");
    assertThat(Json.tree(outcome.out().getBytes(UTF_8)))
        .isEqualTo(Json.tree(DONE.replace('\'', '"').getBytes(UTF_8)));
  }

  // --- questions

  @Test
  void alignsTheListOfJobs() {
    server.on("GET /v1/jobs", 200, "{'jobs':[" + DONE + "],'truncated':true}");
    Typed.Outcome outcome = typed().run("jobs", "--status", "succeeded");
    List<String> lines = outcome.out().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).indexOf("flow")).isEqualTo(lines.get(1).indexOf("echo"));
    assertThat(lines.get(1)).contains("1.4 s").contains("$0.001500");
    assertThat(outcome.err()).contains("older jobs were not looked at");
    assertThat(server.requests.getFirst().uri()).isEqualTo("/v1/jobs?status=succeeded&limit=20");
  }

  @Test
  void showsAJob() {
    server.on("GET /v1/jobs/" + ID, 200, DONE);
    assertThat(typed().run("job", ID).out())
        .contains("succeeded in 1.5 s")
        .contains("100 in, 20 out")
        .contains("\"text\" : \"hi\"");
  }

  @Test
  void neverSendsWhatCannotBeAnId() {
    assertThat(typed().run("job", "../flows").exitCode()).isEqualTo(2);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void saysThatAJobHasAlreadyEnded() {
    server.onText(
        "POST /v1/jobs/" + ID + "/cancel",
        409,
        "application/problem+json",
        "{\"title\":\"Already ended\",\"status\":409,\"detail\":\"the job is succeeded\"}");
    Typed.Outcome outcome = typed().run("cancel", ID);
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("409 Already ended: the job is succeeded");
  }

  @Test
  void showsTheQueue() {
    server.on(
        "GET /v1/queue",
        200,
        """
        {'depth':{'queued':4,'running':2},'by_priority':{'high':1,'normal':3},'by_tenant':{'default':4},
         'oldest_waiting_seconds':12.5,'lag':[{'topic':'spoor.jobs.normal','partition':0,'records':7}],
         'workers':['w-1','w-2'],'drain_estimate_seconds':3.2}
        """);
    assertThat(typed().run("queue").out())
        .contains("queued      4")
        .contains("12.5 s")
        .contains("2 (w-1, w-2)")
        .contains("spoor.jobs.normal");
  }

  @Test
  void findsATrailWithGaps() {
    server.on(
        "GET /v1/audit",
        200,
        "{'complete':false,'sources':[{'source':'gw-1','state':'missing','first_seq':1,'last_seq':9,'stored':7,'duplicates':0,'missing':[{'from':3,'to':4}]}]}");
    Typed.Outcome outcome = typed().run("audit");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out()).contains("gw-1").contains("3-4").contains("gaps");
  }

  @Test
  void explainsWhatTheAuditMisses() {
    server.on(
        "GET /v1/audit",
        200,
        "{'complete':false,'sources':[{'source':'ok-1','state':'open'},"
            + "{'source':'gw-1','state':'missing','service':'gateway','instance':'i-7',"
            + "'last_heard_at':'2026-01-02T03:05:00Z','dropped':{'journal_full':2},"
            + "'missing':[{'from':3,'to':4}]}]}");
    server.on("GET /v1/logs", 200, "{'records':[{'version':'1.2.3','seq':90}]}");
    server.on(
        "GET /v1/logs",
        200,
        "{'records':[{'seq':2,'event':'job.accepted','timestamp':'2026-01-02T03:04:05Z'}]}");
    server.on("GET /v1/logs", 200, "{'records':[]}");
    Typed.Outcome outcome = typed().run("audit", "--explain");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out())
        .contains("gw-1: gateway i-7, version 1.2.3")
        .contains("records 3 to 4: written after 2 (job.accepted of ")
        .contains("and nothing of it after that is stored")
        .contains("its process said that it dropped 2: journal_full")
        .doesNotContain("ok-1: ");
    assertThat(server.requests)
        .extracting(FakeServer.Request::uri)
        .filteredOn(uri -> uri.startsWith("/v1/logs"))
        .containsExactly(
            "/v1/logs?limit=1&order=desc&q=source%3A%22gw-1%22",
            "/v1/logs?limit=1&order=desc&q=source%3A%22gw-1%22+AND+seq%3A%5B0+TO+2%5D",
            "/v1/logs?limit=1&order=asc&q=source%3A%22gw-1%22+AND+seq%3A%5B5+TO+204%5D");
  }

  @Test
  void readsLogsWhereTheIndexSaysTheyAre() {
    try (FakeServer shipper = new FakeServer()) {
      shipper.on(
          "GET /v1/logs",
          200,
          "{'records':[{'timestamp':'2026-01-02T03:04:06Z','level':'ERROR','event':'log','message':'second','job_id':'j'},{'timestamp':'2026-01-02T03:04:05Z','level':'INFO','event':'llm.call.completed','duration_ms':12}]}");
      try (FakeServer gateway = new FakeServer()) {
        FakeServer indexed =
            gateway.replace(
                "GET /v1",
                200,
                "{'name':'spoor','links':{'logs':'" + shipper.url() + "/v1/logs'}}");
        Typed.Outcome outcome =
            new Typed(dir)
                .run("logs", "level:ERROR OR a:\"b c\"", "--server", indexed.url().toString());
        assertThat(outcome.out()).containsSubsequence("llm.call.completed", "second");
        assertThat(shipper.requests.getFirst().uri())
            .isEqualTo("/v1/logs?limit=100&q=level%3AERROR+OR+a%3A%22b+c%22");
      }
    }
  }

  @Test
  void readsLogsFromAShipperThatHasNoIndex() {
    try (FakeServer shipper = new FakeServer()) {
      shipper
          .replace("GET /v1", 404, "{'title':'Not found','status':404,'detail':'no such route'}")
          .on("GET /v1/logs", 200, "{'records':[]}");
      Typed.Outcome outcome = new Typed(dir).run("logs", "--server", shipper.url().toString());
      assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
      assertThat(shipper.requests.getLast().uri()).startsWith("/v1/logs?");
    }
  }

  // --- run

  @Test
  void runsOnARunningServer() throws IOException {
    server
        .on("POST /v1/jobs", 202, "{'job_id':'" + ID + "','status':'accepted'}")
        .on("GET /v1/jobs/" + ID, 200, DONE)
        .on(
            "GET /v1/timeline/" + ID,
            200,
            "{'job_id':'"
                + ID
                + "','spans':[{'name':'attempt 1','status':'success','offset_ms':0,'duration_ms':1400,'children':[{'name':'echo','offset_ms':100,'duration_ms':12,'input_tokens':100,'output_tokens':20,'cost_usd':0.0015}]}]}");
    Files.createDirectories(dir.resolve(".spoor"));
    new RunningRecord(server.url(), ProcessHandle.current().pid()).write(dir.resolve(".spoor"));

    Typed.Outcome outcome = new Typed(dir).run("run", "echo", "--input", "{\"text\":\"hi\"}");

    assertThat(outcome.err()).contains("using the server at " + server.url());
    assertThat(outcome.out())
        .containsSubsequence("job " + ID, "result", "timeline", "attempt 1", "echo", "succeeded in")
        .contains("./spoor logs 'job_id:" + ID + "'");
    assertThat(outcome.exitCode()).isZero();
  }

  @Test
  void startsItsOwnSystemOnADirectoryOfItsOwnAndStopsIt() {
    server
        .on("POST /v1/jobs", 202, "{'job_id':'" + ID + "','status':'accepted'}")
        .on("GET /v1/jobs/" + ID, 200, DONE)
        .on("GET /v1/timeline/" + ID, 200, "{'spans':[{'name':'a','status':'success'}]}");
    StartedSystem system = new StartedSystem(server.url());
    Typed.Outcome outcome =
        new Typed(dir)
            .local((data, port, logs) -> {
              assertThat(data).isEqualTo(dir.resolve("mine"));
              assertThat(port).isZero();
              assertThat(logs).isEqualTo(LocalSystem.Logs.FILE);
              return system;
            })
            .run("run", "echo", "--data", "mine");
    assertThat(outcome.exitCode()).isZero();
    assertThat(system.closed).isTrue();
  }

  @Test
  void saysInOneSentenceWhyASystemDoesNotStart() {
    Typed.Outcome outcome =
        new Typed(dir)
            .local((_, _, _) -> {
              throw CliException.wrongUse("/data is in use by process 7");
            })
            .run("up");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err()).isEqualTo("spoor: /data is in use by process 7\n");
  }

  @Test
  void usesColoursOnATerminalOnly() {
    server.on("GET /v1/jobs/" + ID, 200, DONE);
    assertThat(typed().colour().run("job", ID).out()).contains("\u001b[32msucceeded\u001b[0m");
    assertThat(typed().run("job", ID).out()).doesNotContain("\u001b");
  }

  private static final class StartedSystem implements LocalSystem.Running {
    private final URI url;
    private boolean closed;

    StartedSystem(URI url) {
      this.url = url;
    }

    @Override
    public URI url() {
      return url;
    }

    @Override
    public List<String[]> places() {
      return List.of();
    }

    @Override
    public void awaitEnd() {}

    @Override
    public void close() {
      closed = true;
    }
  }
}
