package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import dev.spoor.contract.wire.Json;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What each command does. Returns exit codes; faults are {@link CliException}s. */
final class Commands {
  private static final Duration MAX_TRAIL_WAIT = Duration.ofSeconds(6);
  private static final long TAIL_PAUSE_MS = 500;

  private final Output output;
  private final Surroundings surroundings;
  private final LocalSystem local;

  Commands(Output output, Surroundings surroundings, LocalSystem local) {
    this.output = output;
    this.surroundings = surroundings;
    this.local = local;
  }

  /** What a submit says besides flow and input. */
  record Wishes(
      @Nullable String priority,
      @Nullable String session,
      @Nullable String timeout,
      @Nullable Integer maxAttempts,
      @Nullable String key,
      Map<String, String> labels) {
    static final Wishes NONE = new Wishes(null, null, null, null, null, Map.of());
  }

  int run(String flow, @Nullable String input, @Nullable Path data, @Nullable String server) {
    ObjectNode body = JobInput.body(flow, input, surroundings);
    return atRunningOrStarted(data, server, api -> trail(api, body));
  }

  int demo(Demo.Plan plan, @Nullable Path data, @Nullable String server) {
    return atRunningOrStarted(data, server, api -> new Demo(api, output, surroundings, plan).run());
  }

  /** At a server that runs, or else at the whole system, started in this process. */
  private int atRunningOrStarted(
      @Nullable Path data, @Nullable String server, ToIntFunction<Api> command) {
    Optional<URI> running = runningServer(data, server);
    if (running.isPresent()) {
      try (Api api = new Api(running.get(), surroundings)) {
        output.remark("using the server at " + running.get());
        return command.applyAsInt(api);
      }
    }
    Path directory = surroundings.dataDirectory(data);
    output.remark("starting Spoor in " + directory + " ...");
    long begin = System.nanoTime();
    try (LocalSystem.Running system = local.start(directory, 0, LocalSystem.Logs.FILE);
        Api api = new Api(system.url(), surroundings)) {
      output.remark(
          "started in "
              + Figures.duration((System.nanoTime() - begin) / 1_000_000)
              + " at "
              + system.url());
      int exitCode = command.applyAsInt(api);
      output.remark("stopping ...");
      return exitCode;
    }
  }

  private Optional<URI> runningServer(@Nullable Path data, @Nullable String server) {
    Optional<URI> named = Servers.named(server, surroundings);
    if (named.isPresent()) {
      if (!Api.isSpoor(named.get())) {
        throw unreachable(named.get());
      }
      return named;
    }
    return RunningRecord.read(surroundings.dataDirectory(data))
        .map(RunningRecord::url)
        .filter(Api::isSpoor)
        // A directory of its own means a system of its own.
        .or(() ->
            data == null && Api.isSpoor(Servers.DEFAULT)
                ? Optional.of(Servers.DEFAULT)
                : Optional.empty());
  }

  /** Submits, shows what happens, the result, the trail and how to search for more of it. */
  private int trail(Api api, ObjectNode body) {
    JobPrinter printer = new JobPrinter(output, surroundings.clock());
    JsonNode accepted = submitBody(api, body, Wishes.NONE);
    String jobId = text(accepted, "job_id", "");
    output.line("job " + jobId);
    JsonNode job = new JobFollower(api).follow(jobId, printer::change);
    printer.error(job);
    printer.result(job);
    JsonNode timeline = settledTimeline(api, job);
    if (timeline.path("spans").isEmpty()) {
      printer.steps(job);
    } else {
      printer.timeline(timeline);
    }
    printer.summary(job);
    output.line("");
    output.line("its logs:  " + surroundings.launcher() + " logs 'job_id:" + jobId + "'");
    return ended(job);
  }

  /** The timeline once the end of the job has been stored, or what there is after a while. */
  private JsonNode settledTimeline(Api api, JsonNode job) {
    String jobId = text(job, "job_id", "");
    long end = System.nanoTime() + MAX_TRAIL_WAIT.toNanos();
    JsonNode timeline = JobFollower.nothing();
    while (true) {
      try {
        timeline = api.getTelemetry("/v1/timeline/" + jobId).body();
        // The ledger's records and the worker's come by different ways.
        if (timeline.path("complete").asBoolean(false)
            && completedSteps(timeline.path("spans")) >= job.path("steps").size()) {
          return timeline;
        }
      } catch (Api.Refused refused) {
        if (refused.status() == 401 || refused.status() == 403) {
          // It will not be allowed later either.
          return timeline;
        }
      } catch (Api.Unreachable notYet) {
        // No record of the job has been stored yet, or the telemetry API is away: the job's own
        // state is shown then.
      }
      if (System.nanoTime() > end) {
        return timeline;
      }
      JobFollower.sleep(150);
    }
  }

  private static long completedSteps(JsonNode spans) {
    long steps = 0;
    for (JsonNode span : spans) {
      if ("step".equals(text(span, "kind", "")) && span.path("duration_ms").isNumber()) {
        steps++;
      }
      steps += completedSteps(span.path("children"));
    }
    return steps;
  }

  int up(int port, @Nullable Path data) {
    Path directory = surroundings.dataDirectory(data);
    // On a terminal the log lines would drown what is said here; elsewhere somebody collects them.
    LocalSystem.Logs logs = output.terminal() ? LocalSystem.Logs.FILE : LocalSystem.Logs.CONSOLE;
    long begin = System.nanoTime();
    try (LocalSystem.Running system = local.start(directory, port, logs)) {
      output.remark(
          "Spoor is up after " + Figures.duration((System.nanoTime() - begin) / 1_000_000) + ".");
      Table places = new Table("", "");
      system.places().forEach(places::row);
      places.lines().forEach(line -> output.remark("  " + line));
      output.remark("Ctrl-C stops it.");
      system.awaitEnd();
      return ExitCode.DONE;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return ExitCode.DONE;
    }
  }

  int submit(
      String flow,
      @Nullable String input,
      boolean watch,
      Wishes wishes,
      @Nullable String server,
      boolean json) {
    ObjectNode body = JobInput.body(flow, input, surroundings);
    return at(
        server,
        api -> {
          JsonNode accepted = submitBody(api, body, wishes);
          String jobId = text(accepted, "job_id", "");
          if (!watch) {
            if (json) {
              output.json(accepted);
            } else {
              output.line(
                  "job " + jobId + " " + output.state(text(accepted, "status", "accepted")));
            }
            return ExitCode.DONE;
          }
          JobPrinter printer = new JobPrinter(output, surroundings.clock());
          if (!json) {
            output.line("job " + jobId);
          }
          JsonNode job =
              new JobFollower(api)
                  .follow(
                      jobId,
                      change -> {
                        if (!json) {
                          printer.change(change);
                        }
                      });
          if (json) {
            output.json(job);
          } else {
            printer.steps(job);
            printer.error(job);
            printer.result(job);
            printer.summary(job);
          }
          return ended(job);
        });
  }

  private static JsonNode submitBody(Api api, ObjectNode body, Wishes wishes) {
    if (wishes.priority() != null) {
      body.put("priority", wishes.priority());
    }
    if (wishes.session() != null) {
      body.put("session_id", wishes.session());
    }
    if (wishes.timeout() != null) {
      body.put("timeout", wishes.timeout());
    }
    if (wishes.maxAttempts() != null) {
      body.put("max_attempts", wishes.maxAttempts());
    }
    JobInput.labels(body, wishes.labels());
    List<String> headers = new ArrayList<>();
    if (wishes.key() != null) {
      headers.add("Idempotency-Key");
      headers.add(wishes.key());
    }
    return api.post("/v1/jobs", body, headers.toArray(String[]::new)).body();
  }

  private static int ended(JsonNode job) {
    return "succeeded".equals(text(job, "status", "")) ? ExitCode.DONE : ExitCode.FOUND;
  }

  int jobs(Map<String, String> filters, @Nullable String server, boolean json) {
    return at(
        server,
        api -> {
          JsonNode page = api.get("/v1/jobs" + queryOf(filters)).body();
          if (json) {
            output.json(page);
          } else {
            new JobPrinter(output, surroundings.clock()).list(page);
          }
          return ExitCode.DONE;
        });
  }

  int job(String jobId, @Nullable String server, boolean json) {
    return at(
        server,
        api -> {
          JsonNode job = api.get("/v1/jobs/" + segment(jobId)).body();
          if (json) {
            output.json(job);
          } else {
            new JobPrinter(output, surroundings.clock()).job(job);
          }
          return ExitCode.DONE;
        });
  }

  int cancel(String jobId, @Nullable String server, boolean json) {
    return at(
        server,
        api -> {
          JsonNode answer =
              api.post("/v1/jobs/" + segment(jobId) + "/cancel", JobFollower.nothing()).body();
          if (json) {
            output.json(answer);
          } else {
            output.line("job " + jobId + " " + output.state(text(answer, "status", "cancelled")));
          }
          return ExitCode.DONE;
        });
  }

  int queue(@Nullable String server, boolean json) {
    return at(
        server,
        api -> {
          JsonNode queue = api.get("/v1/queue").body();
          if (json) {
            output.json(queue);
          } else {
            new ReportPrinter(output).queue(queue);
          }
          return ExitCode.DONE;
        });
  }

  int audit(boolean explain, @Nullable String server, boolean json) {
    return at(
        server,
        api -> {
          JsonNode audit = api.getTelemetry("/v1/audit").body();
          boolean complete;
          if (json) {
            output.json(audit);
            complete = audit.path("complete").asBoolean(false);
          } else {
            complete = new ReportPrinter(output).audit(audit);
            if (explain) {
              new AuditExplanation(api, output).explain(audit);
            }
          }
          return complete ? ExitCode.DONE : ExitCode.FOUND;
        });
  }

  int stats(Map<String, String> query, @Nullable String server, boolean json) {
    return at(
        server,
        api -> {
          JsonNode stats = api.getTelemetry("/v1/stats" + queryOf(query)).body();
          if (json) {
            output.json(stats);
          } else {
            new StatsPrinter(output).print(stats);
          }
          return ExitCode.DONE;
        });
  }

  int alerts(boolean rules, @Nullable String server, boolean json) {
    return at(
        server,
        api -> {
          JsonNode alerts = api.getTelemetry(rules ? "/v1/alerts/rules" : "/v1/alerts").body();
          if (json) {
            output.json(alerts);
          } else if (rules) {
            new AlertPrinter(output).rules(alerts);
          } else {
            new AlertPrinter(output).alerts(alerts);
          }
          return AlertPrinter.isAnyFiring(alerts) ? ExitCode.FOUND : ExitCode.DONE;
        });
  }

  int logs(
      String query,
      Map<String, String> filters,
      boolean follow,
      @Nullable String server,
      boolean json) {
    return at(
        server,
        api -> {
          ReportPrinter printer = new ReportPrinter(output);
          if (follow) {
            tail(api, query, json, printer);
            return ExitCode.DONE;
          }
          String path = "/v1/logs" + queryOf(filters) + "&" + Api.query("q", query);
          JsonNode page = api.getTelemetry(path).body();
          if (json) {
            output.json(page);
          } else {
            // The newest are what is asked for; a person reads them in the order of time.
            List<JsonNode> records = new ArrayList<>();
            page.path("records").forEach(records::add);
            records.sort(Comparator.comparing(record -> text(record, "timestamp", "")));
            records.forEach(printer::record);
            if (records.isEmpty()) {
              output.remark("no records");
            }
            String cursor = text(page, "next_cursor", "");
            if (!cursor.isEmpty()) {
              output.remark("more: --cursor " + cursor);
            }
          }
          return ExitCode.DONE;
        });
  }

  /** Live records by server-sent events, or by asking again and again where there are none. */
  private void tail(Api api, String query, boolean json, ReportPrinter printer) {
    try (Stream<String> lines = api.telemetryStream("/v1/logs/tail?" + Api.query("q", query))) {
      lines
          .filter(line -> line.startsWith("data:"))
          .map(line -> line.substring("data:".length()).strip())
          .forEach(data -> record(data, json, printer));
    } catch (Api.Refused notOffered) {
      if (notOffered.status() != 404) {
        throw notOffered;
      }
      poll(api, query, json, printer);
    } catch (UncheckedIOException ended) {
      throw new Api.Unreachable("the server has closed the stream", ended);
    }
  }

  private void record(String data, boolean json, ReportPrinter printer) {
    try {
      record(Json.mapper().readTree(data), json, printer);
    } catch (JacksonException notARecord) {
      output.remark(data);
    }
  }

  private void record(JsonNode record, boolean json, ReportPrinter printer) {
    if (json) {
      output.line(Json.mapper().writeValueAsString(record));
    } else {
      printer.record(record);
    }
  }

  private void poll(Api api, String query, boolean json, ReportPrinter printer) {
    // Records become searchable late and out of order: look back a minute and skip what was shown.
    Set<String> shown = new HashSet<>();
    Deque<String> order = new ArrayDeque<>();
    boolean first = true;
    while (!Thread.currentThread().isInterrupted()) {
      String path = "/v1/logs?from=now-1m&limit=1000&" + Api.query("q", query);
      List<JsonNode> records = new ArrayList<>();
      api.getTelemetry(path).body().path("records").forEach(records::add);
      records.sort(Comparator.comparing(record -> text(record, "timestamp", "")));
      for (JsonNode record : records) {
        String id = text(record, "source", "") + "-" + text(record, "seq", "");
        if (shown.add(id)) {
          order.addLast(id);
          if (!first) {
            record(record, json, printer);
          }
        }
      }
      while (order.size() > 20_000) {
        shown.remove(order.removeFirst());
      }
      first = false;
      JobFollower.sleep(TAIL_PAUSE_MS);
    }
  }

  private int at(@Nullable String server, ToIntFunction<Api> command) {
    try (Api api = new Api(Servers.choose(server, surroundings), surroundings)) {
      return command.applyAsInt(api);
    }
  }

  private CliException unreachable(URI server) {
    return new CliException(
        ExitCode.UNREACHABLE,
        "no server at "
            + server
            + ": start one with '"
            + surroundings.launcher()
            + " up' or name another with --server.",
        List.of());
  }

  /** What a fault says to a person. */
  CliException explained(RuntimeException fault) {
    return switch (fault) {
      case CliException said -> said;
      case Api.Refused refused -> refused.explained();
      case Api.Unreachable away ->
          new CliException(
              ExitCode.UNREACHABLE,
              away.getMessage()
                  + ": start one with '"
                  + surroundings.launcher()
                  + " up' or name another with --server.",
              List.of());
      default -> throw fault;
    };
  }

  static String queryOf(Map<String, String> filters) {
    StringBuilder query = new StringBuilder("?");
    filters.forEach((name, value) ->
        query.append(query.length() > 1 ? "&" : "").append(Api.query(name, value)));
    return query.toString();
  }

  /** A job's id as a part of a path: what cannot be an id is refused before the server sees it. */
  private static String segment(String jobId) {
    if (!jobId.matches("[0-9A-Za-z-]{1,64}")) {
      throw CliException.wrongUse("not a job's id: " + jobId);
    }
    return jobId;
  }
}
