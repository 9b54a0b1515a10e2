package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import dev.spoor.contract.wire.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Jobs that have ended badly. */
@Command(
    name = "dead-jobs",
    mixinStandardHelpOptions = true,
    versionProvider = SpoorCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Lists jobs that are dead, and runs them again.")
final class DeadJobsCommand implements Runnable {
  private static final String PATH = "/v1/dead-letters";

  private final Output output;
  private final Surroundings surroundings;

  @Spec private @Nullable CommandSpec spec;

  DeadJobsCommand(Output output, Surroundings surroundings) {
    this.output = output;
    this.surroundings = surroundings;
  }

  /** Which of them. */
  static final class Filter {
    @Option(
        names = "--status",
        paramLabel = "NAME",
        description = "dead, failed, expired or cancelled; default: dead.")
    private @Nullable String status;

    @Option(names = "--flow", paramLabel = "FLOW", description = "Only jobs of this flow.")
    private @Nullable String flow;

    @Option(
        names = "--label",
        paramLabel = "NAME:VALUE",
        description = "Only jobs with this label.")
    private @Nullable String label;

    @Option(
        names = "--from",
        paramLabel = "TIME",
        description = "Only those that ended since: RFC 3339 or like now-1h.")
    private @Nullable String from;

    @Option(
        names = "--to",
        paramLabel = "TIME",
        description = "Only those that ended before: RFC 3339 or like now-1m.")
    private @Nullable String to;

    @Option(names = "--cursor", paramLabel = "CURSOR", description = "Where the last one ended.")
    private @Nullable String cursor;

    @Option(names = "--server", paramLabel = "URL", description = SpoorCommand.SERVER)
    private @Nullable String server;

    @Option(names = "--json", description = SpoorCommand.JSON)
    private boolean json;

    private Map<String, String> query() {
      Map<String, String> query = new LinkedHashMap<>();
      SpoorCommand.put(query, "status", status);
      SpoorCommand.put(query, "flow", flow);
      SpoorCommand.put(query, "label", label);
      SpoorCommand.put(query, "from", from);
      SpoorCommand.put(query, "to", to);
      SpoorCommand.put(query, "cursor", cursor);
      return query;
    }
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "list or replay is missing");
  }

  @Command(name = "list", description = "Lists them, the latest end first.")
  int list(
      @Mixin Filter filter,
      @Option(
              names = "--limit",
              defaultValue = "100",
              paramLabel = "N",
              description = "At most so many; default: ${DEFAULT-VALUE}.")
          int limit) {
    try (Api api = new Api(Servers.choose(filter.server, surroundings), surroundings)) {
      Map<String, String> query = filter.query();
      query.put("limit", Integer.toString(limit));
      JsonNode page = api.get(PATH + Commands.queryOf(query)).body();
      if (filter.json) {
        output.json(page);
        return ExitCode.DONE;
      }
      Table table = new Table("job", "ended", "status", "flow", "attempt", "run", "error");
      for (JsonNode job : page.path("jobs")) {
        table.row(
            text(job, "job_id", ""),
            text(job, "ended_at", ""),
            text(job, "status", ""),
            text(job, "flow", ""),
            text(job, "attempt", ""),
            text(job, "run_no", ""),
            text(job.path("error"), "message", ""));
      }
      if (page.path("jobs").isEmpty()) {
        output.remark("no such jobs");
      } else {
        table.lines().forEach(output::line);
      }
      more(page);
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "replay",
      description = {
        "Runs them again, at most 10,000 a call. The same --key again replays no job twice.",
        "Exit code 1 if some could not be replayed."
      })
  int replay(
      @Mixin Filter filter,
      @Option(names = "--dry-run", description = "Say how many there are.") boolean dryRun,
      @Option(
              names = "--from-start",
              description = "All of each job; without it the completed steps are kept.")
          boolean fromStart,
      @Option(
              names = "--key",
              paramLabel = "KEY",
              description =
                  "Idempotency key of the call, to repeat it or to go on; default: a new one.")
          @Nullable String key,
      @Option(
              names = "--limit",
              defaultValue = "10000",
              paramLabel = "N",
              description = "Jobs at most; default and most: ${DEFAULT-VALUE}.")
          int limit) {
    String own = key == null ? UUID.randomUUID().toString() : key;
    try (Api api = new Api(Servers.choose(filter.server, surroundings), surroundings)) {
      Map<String, String> query = filter.query();
      query.put("limit", Integer.toString(limit));
      query.put("dry_run", Boolean.toString(dryRun));
      JsonNode answer =
          api.post(
                  PATH + "/replay" + Commands.queryOf(query),
                  fromStart
                      ? Json.mapper().createObjectNode().put("from", "start")
                      : Json.mapper().createObjectNode(),
                  "Idempotency-Key",
                  own)
              .body();
      if (filter.json) {
        output.json(answer);
      } else {
        Table table = new Table("", "");
        table.row("found", text(answer, "matched", "0"));
        table.row(dryRun ? "would be replayed" : "replayed", text(answer, "replayed", "0"));
        table.row("by this call already", text(answer, "already", "0"));
        answer
            .path("refused")
            .properties()
            .forEach(why -> table.row("refused, " + why.getKey(), why.getValue().asString()));
        table.row("undecided", text(answer, "undecided", "0"));
        table.lines().forEach(output::line);
        more(answer);
      }
      boolean left = !answer.path("refused").isEmpty() || answer.path("undecided").asInt(0) > 0;
      return left ? ExitCode.FOUND : ExitCode.DONE;
    } catch (Api.Unreachable | Api.Refused failed) {
      if (!dryRun && (!(failed instanceof Api.Refused refused) || refused.status() >= 500)) {
        output.remark("To repeat this call, so that no job is replayed twice: --key " + own);
      }
      throw failed;
    }
  }

  private void more(JsonNode page) {
    String next = text(page, "next_cursor", "");
    if (!next.isEmpty()) {
      output.remark("more: --cursor " + next);
    }
  }
}
