package dev.spoor.standalone.cli;

import static dev.spoor.standalone.cli.Api.text;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Telemetry records that were set aside. Needs a key with scope admin where keys are asked for. */
@Command(
    name = "dead-letters",
    mixinStandardHelpOptions = true,
    versionProvider = SpoorCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Lists records that could not be stored, and stores them after all.")
final class DeadLettersCommand implements Runnable {
  private static final String PATH = "/v1/telemetry/dead-letters";
  private static final String REASON = "Only those set aside for this reason.";
  private static final String FROM = "Only those set aside since: RFC 3339 or like now-1h.";
  private static final String[] COUNTS = {
    "looked_at", "replayed", "already", "refused", "unreadable", "elsewhere"
  };

  private final Output output;
  private final Surroundings surroundings;

  @Spec private @Nullable CommandSpec spec;

  DeadLettersCommand(Output output, Surroundings surroundings) {
    this.output = output;
    this.surroundings = surroundings;
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "list or replay is missing");
  }

  @Command(name = "list", description = "Lists them, oldest first.")
  int list(
      @Option(names = "--reason", paramLabel = "NAME", description = REASON)
          @Nullable String reason,
      @Option(names = "--from", paramLabel = "TIME", description = FROM) @Nullable String from,
      @Option(
              names = "--limit",
              defaultValue = "100",
              paramLabel = "N",
              description = "At most so many; default: ${DEFAULT-VALUE}.")
          int limit,
      @Option(names = "--cursor", paramLabel = "CURSOR", description = "Where the last page ended.")
          @Nullable String cursor,
      @Option(names = "--server", paramLabel = "URL", description = SpoorCommand.SERVER)
          @Nullable String server,
      @Option(names = "--json", description = SpoorCommand.JSON) boolean json) {
    try (Api api = new Api(Servers.choose(server, surroundings), surroundings)) {
      Map<String, String> filters = filters(reason, from, cursor);
      filters.put("limit", Integer.toString(limit));
      JsonNode page = api.getTelemetry(PATH + Commands.queryOf(filters)).body();
      if (json) {
        output.json(page);
        return ExitCode.DONE;
      }
      Table table = new Table("record", "set aside", "reason", "bytes", "detail");
      for (JsonNode letter : page.path("dead_letters")) {
        table.row(
            text(letter, "identity", ""),
            text(letter, "at", ""),
            text(letter, "reason", ""),
            text(letter, "bytes", ""),
            text(letter, "detail", ""));
      }
      if (page.path("dead_letters").isEmpty()) {
        output.remark("no dead letters");
      } else {
        table.lines().forEach(output::line);
      }
      String next = text(page, "next_cursor", "");
      if (!next.isEmpty()) {
        output.remark("more: --cursor " + next);
      }
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "replay",
      description = {
        "Stores them after all, each once, however often it is replayed. Exit code 1 if the store",
        "refuses some this time too, or another shipper has to be asked for some."
      })
  int replay(
      @Option(names = "--reason", paramLabel = "NAME", description = REASON)
          @Nullable String reason,
      @Option(names = "--from", paramLabel = "TIME", description = FROM) @Nullable String from,
      @Option(names = "--cursor", paramLabel = "CURSOR", description = "Where the last one ended.")
          @Nullable String cursor,
      @Option(names = "--dry-run", description = "Say what would be offered to the store.")
          boolean dryRun,
      @Option(
              names = "--limit",
              defaultValue = "10000",
              paramLabel = "N",
              description = "Letters of these at most; default and most: ${DEFAULT-VALUE}.")
          int limit,
      @Option(names = "--server", paramLabel = "URL", description = SpoorCommand.SERVER)
          @Nullable String server,
      @Option(names = "--json", description = SpoorCommand.JSON) boolean json) {
    try (Api api = new Api(Servers.choose(server, surroundings), surroundings)) {
      Map<String, String> filters = filters(reason, from, cursor);
      filters.put("limit", Integer.toString(limit));
      filters.put("dry_run", Boolean.toString(dryRun));
      JsonNode answer = api.postTelemetry(PATH + "/replay" + Commands.queryOf(filters)).body();
      if (json) {
        output.json(answer);
      } else {
        Table table = new Table("", "");
        for (String name : COUNTS) {
          String shown = dryRun && name.equals("replayed") ? "would be stored" : name;
          table.row(shown.replace('_', ' '), text(answer, name, "0"));
        }
        table.lines().forEach(output::line);
        String next = text(answer, "next_cursor", "");
        if (!next.isEmpty()) {
          output.remark("more: --cursor " + next);
        }
      }
      boolean left = answer.path("refused").asInt(0) > 0 || answer.path("elsewhere").asInt(0) > 0;
      return left ? ExitCode.FOUND : ExitCode.DONE;
    }
  }

  private static Map<String, String> filters(
      @Nullable String reason, @Nullable String from, @Nullable String cursor) {
    Map<String, String> filters = new LinkedHashMap<>();
    SpoorCommand.put(filters, "reason", reason);
    SpoorCommand.put(filters, "from", from);
    SpoorCommand.put(filters, "cursor", cursor);
    return filters;
  }
}
