package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.wire.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A mixed load on a system, shown while it runs, and what became of it: each job against the end
 * that it had to have, cost as jobs, records, figures and metrics have it, the audit, what was
 * found of planted secrets.
 */
final class Demo {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final long LOOK_EVERY_MS = 1_000;

  private final Api api;
  private final Output output;
  private final Surroundings surroundings;
  private final Plan plan;
  private final String id;
  private final List<Done> done = Collections.synchronizedList(new ArrayList<>());
  private final List<String> refused = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger submitted = new AtomicInteger();

  /**
   * What is asked for.
   *
   * @param rate jobs a second
   */
  record Plan(Duration length, int rate, long seed) {
    static Plan of(String length, int rate, @Nullable Long seed) {
      Duration parsed;
      try {
        parsed = DurationStyle.detectAndParse(length);
      } catch (IllegalArgumentException wrong) {
        parsed = Duration.ZERO;
      }
      if (parsed.compareTo(Duration.ofSeconds(1)) < 0 || parsed.compareTo(Duration.ofDays(1)) > 0) {
        throw CliException.wrongUse("--for must be from 1s to 24h, was " + length + ".");
      }
      if (rate < 1 || rate > 1_000) {
        throw CliException.wrongUse("--rate must be from 1 to 1000, was " + rate + ".");
      }
      return new Plan(parsed, rate, seed == null ? new Random().nextInt(1, 1_000_000) : seed);
    }

    int jobs() {
      return Math.toIntExact(Math.max(1, length.toMillis() * rate / 1_000));
    }
  }

  /**
   * What is kept of a job that was accepted: a demo may be long.
   *
   * @param status in which it ended; empty if nothing was heard of its end
   */
  record Done(
      String flow, JobStatus planned, String status, BigDecimal cost, List<String> secrets) {
    static Done of(DemoJobs.Job job, JsonNode ended) {
      JsonNode usd = ended.path("usage").path("cost_usd");
      return new Done(
          job.flow(),
          job.end(),
          text(ended, "status", ""),
          usd.isNumber() ? usd.decimalValue() : BigDecimal.ZERO,
          job.secrets());
    }

    boolean isAsPlanned() {
      return status.equals(planned.wireName());
    }
  }

  Demo(Api api, Output output, Surroundings surroundings, Plan plan) {
    this.api = api;
    this.output = output;
    this.surroundings = surroundings;
    this.plan = plan;
    // Of now, so that a seed may be used again.
    this.id = "d" + HexFormat.of().toHexDigits(surroundings.clock().millis()).substring(5);
  }

  int run() {
    DemoChecks checks = new DemoChecks(api, id, surroundings.clock().instant());
    DemoChecks.Before before = checks.before();
    output.remark(
        "%d jobs in %s, labelled demo=%s (seed %d)"
            .formatted(plan.jobs(), Figures.duration(plan.length().toMillis()), id, plan.seed()));
    DemoView view = new DemoView(api, output, plan);
    DemoJobs jobs = new DemoJobs(new Random(plan.seed()), marker());
    long begin = System.nanoTime();
    // One thread a job, that waits for its end; closing the executor waits for all.
    ExecutorService followers = Executors.newVirtualThreadPerTaskExecutor();
    try {
      for (int i = 0; i < plan.jobs(); i++) {
        DemoJobs.Job job = jobs.next();
        sleepUntil(begin, i * 1_000_000_000L / plan.rate(), view);
        int number = i;
        followers.execute(() -> follow(job, number));
      }
      followers.shutdown();
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!followers.awaitTermination(LOOK_EVERY_MS, TimeUnit.MILLISECONDS)
          && System.nanoTime() - end < 0) {
        view.show(elapsed(begin), submitted.get(), done.size());
      }
      view.last(elapsed(begin), submitted.get(), done.size());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new Api.Unreachable("interrupted", stopped);
    } finally {
      followers.shutdownNow();
    }
    return report(checks, before, view);
  }

  private String marker() {
    return "planted" + id;
  }

  private static Duration elapsed(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** Jobs are due by the clock, however long the others take. */
  private void sleepUntil(long begin, long offset, DemoView view) throws InterruptedException {
    while (true) {
      long left = begin + offset - System.nanoTime();
      if (view.isDue()) {
        view.show(elapsed(begin), submitted.get(), done.size());
      } else if (left <= 0) {
        return;
      } else {
        TimeUnit.NANOSECONDS.sleep(Math.min(left, 100_000_000L));
      }
    }
  }

  private void follow(DemoJobs.Job job, int number) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("flow", job.flow());
    body.set("input", job.input());
    body.putObject("labels").put("demo", id);
    // Which the records of every step have, too; one of its own, as each has a memory.
    body.put("session_id", id + "-" + number);
    if (job.maxAttempts() != null) {
      body.put("max_attempts", job.maxAttempts());
    }
    String jobId;
    try {
      jobId = text(api.post("/v1/jobs", body).body(), "job_id", "");
      submitted.incrementAndGet();
    } catch (Api.Refused | Api.Unreachable no) {
      refused.add(String.valueOf(no.getMessage()));
      return;
    }
    try {
      done.add(Done.of(job, new JobFollower(api).follow(jobId, _ -> {})));
    } catch (Api.Refused | Api.Unreachable lost) {
      done.add(Done.of(job, JobFollower.nothing()));
    }
  }

  private int report(DemoChecks checks, DemoChecks.Before before, DemoView view) {
    List<Done> all = List.copyOf(done);
    boolean fine = true;
    output.line("");
    fine &= jobs(all);
    BigDecimal cost = all.stream().map(Done::cost).reduce(BigDecimal.ZERO, BigDecimal::add);
    output.line("");
    Table table = new Table("", "", "");
    List<String> secrets = all.stream().flatMap(each -> each.secrets().stream()).toList();
    int messages = (int) all.stream().filter(each -> !each.secrets().isEmpty()).count();
    for (DemoChecks.Finding finding :
        checks.findings(before, all.size(), cost, marker(), messages, secrets)) {
      table.row(
          finding.name(),
          finding.isFine() ? output.state("complete").replace("complete", "ok") : wrong(),
          finding.what());
      fine &= finding.isFine();
    }
    table.print(output);
    Set<String> fired = view.fired();
    output.line("");
    output.line(
        fired.isEmpty() ? "no alert fired" : "alerts that fired: " + String.join(", ", fired));
    output.line("");
    output.line("look at it:");
    for (String command :
        List.of(
            "logs 'session_id:" + id + "-* AND level:ERROR'",
            "logs 'message:" + marker() + "'",
            "stats agents --by agent_id",
            "stats llm --by model,agent_id",
            "jobs --label demo:" + id + " --status dead",
            "alerts")) {
      output.line("  " + surroundings.launcher() + " " + command);
    }
    return fine ? ExitCode.DONE : ExitCode.FOUND;
  }

  private String wrong() {
    return output.state("missing").replace("missing", "WRONG");
  }

  /** Submitted, and how they ended. */
  private boolean jobs(List<Done> all) {
    Table table =
        new Table("flow", ">submitted", ">succeeded", ">failed", ">dead", ">not as planned");
    for (String flow : new TreeSet<>(all.stream().map(each -> each.flow()).toList())) {
      row(table, flow, all.stream().filter(each -> each.flow().equals(flow)).toList());
    }
    row(table, "all", all);
    table.print(output);
    if (!refused.isEmpty()) {
      output.line(
          "%d submits were refused, the first with: %s"
              .formatted(refused.size(), refused.getFirst()));
    }
    return refused.isEmpty()
        && all.size() == plan.jobs()
        && all.stream().allMatch(Done::isAsPlanned);
  }

  private static void row(Table table, String name, List<Done> jobs) {
    table.row(
        name,
        Integer.toString(jobs.size()),
        count(jobs, "succeeded"),
        count(jobs, "failed"),
        count(jobs, "dead"),
        Long.toString(jobs.stream().filter(each -> !each.isAsPlanned()).count()));
  }

  private static String count(List<Done> jobs, String status) {
    return Long.toString(jobs.stream().filter(each -> each.status().equals(status)).count());
  }
}
