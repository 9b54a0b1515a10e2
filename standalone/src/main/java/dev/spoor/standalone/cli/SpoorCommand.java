package dev.spoor.standalone.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The grammar of the command line; {@link Commands} does the work. */
@Command(
    name = "spoor",
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT,
    versionProvider = SpoorCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Runs AI-agent jobs on Kafka and keeps their trail.",
    subcommands = CommandLine.HelpCommand.class,
    footer = {
      "",
      "Exit codes: 0 done, 1 the job failed or something was found, 2 wrong use,",
      "3 the server cannot be reached.",
      "A server is found by --server, SPOOR_SERVER, the data directory (SPOOR_DATA_DIR,",
      "else .spoor here), else http://127.0.0.1:8080. Its API key is taken from SPOOR_API_KEY."
    })
public final class SpoorCommand implements Runnable {
  static final String SERVER = "Address of the server.";
  static final String JSON = "Print JSON, as the server gave it.";
  private static final String INPUT = "The job's input: JSON, @FILE, or @- for standard input.";

  private final Commands commands;
  private final Output output;
  private final Surroundings surroundings;

  @Spec private @Nullable CommandSpec spec;

  private SpoorCommand(Commands commands, Output output, Surroundings surroundings) {
    this.commands = commands;
    this.output = output;
    this.surroundings = surroundings;
  }

  /**
   * Runs a command and returns its exit code. Never throws for what a user or a server did wrong.
   */
  public static int execute(
      Output output, Surroundings surroundings, LocalSystem local, String... arguments) {
    Commands commands = new Commands(output, surroundings, local);
    CommandLine line = new CommandLine(new SpoorCommand(commands, output, surroundings));
    line.addSubcommand(new RulesCommand(output, surroundings));
    line.addSubcommand(new KeysCommand(output, surroundings));
    line.addSubcommand(new DeadJobsCommand(output, surroundings));
    line.addSubcommand(new DeadLettersCommand(output, surroundings));
    // @file means the input's file here, not a file of arguments.
    line.setExpandAtFiles(false);
    line.setOut(output.answers());
    line.setErr(output.remarks());
    line.setColorScheme(CommandLine.Help.defaultColorScheme(output.ansi()));
    line.setParameterExceptionHandler((wrong, _) -> {
      complain(output, wrong.getMessage(), suggestions(wrong, surroundings));
      return ExitCode.WRONG_USE;
    });
    line.setExecutionExceptionHandler((fault, _, _) -> {
      if (!(fault instanceof RuntimeException unchecked)) {
        throw fault;
      }
      CliException said = commands.explained(unchecked);
      complain(output, said.getMessage(), said.details());
      return said.exitCode();
    });
    return line.execute(arguments);
  }

  private static void complain(Output output, @Nullable String message, List<String> details) {
    output.remark("spoor: " + message);
    details.forEach(output::remark);
  }

  private static List<String> suggestions(ParameterException wrong, Surroundings surroundings) {
    List<String> lines = new ArrayList<>();
    if (wrong instanceof CommandLine.UnmatchedArgumentException unmatched) {
      List<String> similar = unmatched.getSuggestions();
      List<String> options =
          wrong.getCommandLine().getCommandSpec().options().stream()
              .map(option -> option.longestName())
              .toList();
      if (!similar.isEmpty()) {
        lines.add("Did you mean: " + String.join(", ", similar) + "?");
      } else if (unmatched.isUnknownOption()) {
        lines.add("The options are: " + String.join(", ", options));
      }
    }
    String name = wrong.getCommandLine().getCommandName();
    lines.add(
        "See: " + surroundings.launcher() + (name.equals("spoor") ? "" : " " + name) + " --help");
    return lines;
  }

  @Override
  public void run() {
    CommandSpec own = Objects.requireNonNull(spec);
    throw new ParameterException(own.commandLine(), "a command is missing");
  }

  @Command(
      name = "run",
      description =
          "Runs one job and shows its trail. Uses a running server; if there is none, starts the whole system in this process and stops it afterwards.")
  int run(
      @Parameters(paramLabel = "FLOW", description = "The flow to run.") String flow,
      @Option(names = "--input", paramLabel = "JSON|@FILE", description = INPUT)
          @Nullable String input,
      @Option(
              names = "--data",
              paramLabel = "DIR",
              description = "Data directory; default: SPOOR_DATA_DIR or .spoor here.")
          @Nullable Path data,
      @Option(names = "--server", paramLabel = "URL", description = SERVER)
          @Nullable String server) {
    return commands.run(flow, input, data, server);
  }

  @Command(
      name = "up",
      description = "Starts the whole system in this process and keeps it up until Ctrl-C.")
  int up(
      @Option(
              names = "--port",
              defaultValue = "8080",
              paramLabel = "PORT",
              description = "HTTP port on loopback, 0 for a free one; default: ${DEFAULT-VALUE}.")
          int port,
      @Option(
              names = "--data",
              paramLabel = "DIR",
              description = "Data directory; default: SPOOR_DATA_DIR or .spoor here.")
          @Nullable Path data) {
    if (port < 0 || port > 65_535) {
      throw CliException.wrongUse("--port must be from 0 to 65535, was " + port + ".");
    }
    return commands.up(port, data);
  }

  @Command(name = "submit", description = "Submits a job.")
  int submit(
      @Parameters(paramLabel = "FLOW", description = "The flow to run.") String flow,
      @Option(names = "--input", paramLabel = "JSON|@FILE", description = INPUT)
          @Nullable String input,
      @Option(names = "--watch", description = "Show what happens until the job has ended.")
          boolean watch,
      @Option(names = "--priority", paramLabel = "NAME", description = "high, normal or low.")
          @Nullable String priority,
      @Option(names = "--session", paramLabel = "ID", description = "Session of the job's memory.")
          @Nullable String session,
      @Option(
              names = "--timeout",
              paramLabel = "DURATION",
              description = "Limit for the whole job, for example PT5M.")
          @Nullable String timeout,
      @Option(names = "--max-attempts", paramLabel = "N", description = "From 1 to 20.")
          @Nullable Integer maxAttempts,
      @Option(
              names = "--key",
              paramLabel = "KEY",
              description = "Idempotency key: the same key is the same job.")
          @Nullable String key,
      @Option(
              names = "--label",
              paramLabel = "NAME=VALUE",
              description = "A label; may be repeated.")
          @Nullable Map<String, String> labels,
      @Option(names = "--server", paramLabel = "URL", description = SERVER) @Nullable String server,
      @Option(names = "--json", description = JSON) boolean json) {
    return commands.submit(
        flow,
        input,
        watch,
        new Commands.Wishes(
            priority, session, timeout, maxAttempts, key, labels == null ? Map.of() : labels),
        server,
        json);
  }

  @Command(name = "jobs", description = "Lists jobs, newest first.")
  int jobs(
      @Option(names = "--status", paramLabel = "NAME", description = "Only jobs in this state.")
          @Nullable String status,
      @Option(names = "--flow", paramLabel = "FLOW", description = "Only jobs of this flow.")
          @Nullable String flow,
      @Option(
              names = "--label",
              paramLabel = "NAME:VALUE",
              description = "Only jobs with this label.")
          @Nullable String label,
      @Option(
              names = "--limit",
              defaultValue = "20",
              paramLabel = "N",
              description = "At most so many; default: ${DEFAULT-VALUE}.")
          int limit,
      @Option(names = "--server", paramLabel = "URL", description = SERVER) @Nullable String server,
      @Option(names = "--json", description = JSON) boolean json) {
    Map<String, String> filters = new LinkedHashMap<>();
    put(filters, "status", status);
    put(filters, "flow", flow);
    put(filters, "label", label);
    put(filters, "limit", Integer.toString(limit));
    return commands.jobs(filters, server, json);
  }

  @Command(name = "job", description = "Shows a job.")
  int job(
      @Parameters(paramLabel = "ID", description = "The job's id.") String id,
      @Option(names = "--server", paramLabel = "URL", description = SERVER) @Nullable String server,
      @Option(names = "--json", description = JSON) boolean json) {
    return commands.job(id, server, json);
  }

  @Command(name = "cancel", description = "Cancels a job.")
  int cancel(
      @Parameters(paramLabel = "ID", description = "The job's id.") String id,
      @Option(names = "--server", paramLabel = "URL", description = SERVER) @Nullable String server,
      @Option(names = "--json", description = JSON) boolean json) {
    return commands.cancel(id, server, json);
  }

  @Command(
      name = "logs",
      description =
          "Searches the trail, for example: logs 'agent_id:analyst AND duration_ms:>1000'.")
  int logs(
      @Parameters(
              paramLabel = "QUERY",
              arity = "0..1",
              defaultValue = "*:*",
              description = "Lucene query syntax; default: everything.")
          String query,
      @Option(names = "--from", paramLabel = "TIME", description = "RFC 3339 or like now-15m.")
          @Nullable String from,
      @Option(names = "--to", paramLabel = "TIME", description = "RFC 3339 or like now-1m.")
          @Nullable String to,
      @Option(
              names = "--limit",
              defaultValue = "100",
              paramLabel = "N",
              description = "At most so many; default: ${DEFAULT-VALUE}.")
          int limit,
      @Option(names = "--cursor", paramLabel = "CURSOR", description = "Where the last page ended.")
          @Nullable String cursor,
      @Option(
              names = {"-f", "--follow"},
              description = "Show new records as they come.")
          boolean follow,
      @Option(names = "--server", paramLabel = "URL", description = SERVER) @Nullable String server,
      @Option(names = "--json", description = JSON) boolean json) {
    Map<String, String> filters = new LinkedHashMap<>();
    put(filters, "from", from);
    put(filters, "to", to);
    put(filters, "limit", Integer.toString(limit));
    put(filters, "cursor", cursor);
    return commands.logs(query, filters, follow, server, json);
  }

  @Command(name = "queue", description = "Shows how many jobs wait and run.")
  int queue(
      @Option(names = "--server", paramLabel = "URL", description = SERVER) @Nullable String server,
      @Option(names = "--json", description = JSON) boolean json) {
    return commands.queue(server, json);
  }

  @Command(
      name = "stats",
      description =
          "Shows figures of the last hour: how many, how fast, how long, how often in vain, at what"
              + " cost. For example: stats llm --by model,agent_id --from now-24h.")
  int stats(
      @Parameters(
              paramLabel = "METRIC",
              arity = "0..1",
              defaultValue = "jobs",
              description =
                  "requests, submits, starts, jobs, agents, llm, tools, memory, errors, records or"
                      + " queue; default: ${DEFAULT-VALUE}.")
          String metric,
      @Option(
              names = "--by",
              paramLabel = "LABEL,…",
              description = "Labels that tell the rows apart; default: all in one.")
          @Nullable String by,
      @Option(
              names = "--where",
              paramLabel = "LABEL=VALUE",
              description = "Only these; may be repeated.")
          @Nullable Map<String, String> where,
      @Option(names = "--from", paramLabel = "TIME", description = "RFC 3339 or like now-15m.")
          @Nullable String from,
      @Option(names = "--to", paramLabel = "TIME", description = "RFC 3339 or like now-1m.")
          @Nullable String to,
      @Option(
              names = "--limit",
              defaultValue = "20",
              paramLabel = "N",
              description = "At most so many rows; default: ${DEFAULT-VALUE}.")
          int limit,
      @Option(names = "--server", paramLabel = "URL", description = SERVER) @Nullable String server,
      @Option(names = "--json", description = JSON) boolean json) {
    Map<String, String> query = new LinkedHashMap<>();
    put(query, "metric", metric);
    put(query, "by", by);
    put(query, "from", from);
    put(query, "to", to);
    put(query, "limit", Integer.toString(limit));
    if (where != null) {
      where.forEach((label, value) -> put(query, label, value));
    }
    return commands.stats(query, server, json);
  }

  @Command(
      name = "alerts",
      description =
          "Shows what is pending, firing and lately resolved. Exit code 1 if something fires.")
  int alerts(
      @Option(names = "--rules", description = "Show all rules and how they stand.") boolean rules,
      @Option(names = "--server", paramLabel = "URL", description = SERVER) @Nullable String server,
      @Option(names = "--json", description = JSON) boolean json) {
    return commands.alerts(rules, server, json);
  }

  @Command(
      name = "audit",
      description =
          "Says for every source of records whether all of them are stored. Exit code 1 if not.")
  int audit(
      @Option(
              names = "--explain",
              description = "Say of what is missing which process wrote it, and when.")
          boolean explain,
      @Option(names = "--server", paramLabel = "URL", description = SERVER) @Nullable String server,
      @Option(names = "--json", description = JSON) boolean json) {
    return commands.audit(explain, server, json);
  }

  @Command(
      name = "demo",
      description =
          "Runs a mixed load (several flows, failures, slow steps, planted secrets, cost), shows it"
              + " live, and says at the end what became of it. Uses a running server; if there is"
              + " none, starts the whole system in this process and stops it afterwards. Exit code 1"
              + " if something is not as it should be.")
  int demo(
      @Option(
              names = "--for",
              defaultValue = "1m",
              paramLabel = "DURATION",
              description = "How long jobs are submitted, 1s to 24h; default: ${DEFAULT-VALUE}.")
          String length,
      @Option(
              names = "--rate",
              defaultValue = "10",
              paramLabel = "N",
              description = "Jobs a second, 1 to 1000; default: ${DEFAULT-VALUE}.")
          int rate,
      @Option(
              names = "--seed",
              paramLabel = "N",
              description = "The same seed submits the same jobs in the same order.")
          @Nullable Long seed,
      @Option(
              names = "--data",
              paramLabel = "DIR",
              description = "Data directory; default: SPOOR_DATA_DIR or .spoor here.")
          @Nullable Path data,
      @Option(names = "--server", paramLabel = "URL", description = SERVER)
          @Nullable String server) {
    return commands.demo(Demo.Plan.of(length, rate, seed), data, server);
  }

  @Command(
      name = "redact",
      description = {
        "Copies standard input to standard output without its secrets, as records are redacted.",
        "Works on a pipe that never ends, and on one of any size."
      })
  int redact(
      @Option(
              names = "--rules",
              paramLabel = "FILE",
              description = "Rules of your own; default: SPOOR_REDACTION_RULES.")
          @Nullable Path rules,
      @Option(names = "--report", description = "Say at the end how often which rule hit.")
          boolean report) {
    return new RedactCommand(output, surroundings).run(rules, report);
  }

  static void put(Map<String, String> filters, String name, @Nullable String value) {
    if (value != null) {
      filters.put(name, value);
    }
  }

  /** The version of the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = SpoorCommand.class.getPackage().getImplementationVersion();
      return new String[] {"spoor " + (version == null ? "(not from a jar)" : version)};
    }
  }
}
