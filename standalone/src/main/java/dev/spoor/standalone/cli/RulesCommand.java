package dev.spoor.standalone.cli;

import dev.spoor.alert.rule.PrometheusRules;
import dev.spoor.alert.rule.Rule;
import dev.spoor.alert.rule.RuleFault;
import dev.spoor.alert.rule.RuleFile;
import dev.spoor.alert.rule.Rules;
import dev.spoor.alert.trial.Trial;
import dev.spoor.alert.trial.TrialFile;
import dev.spoor.store.query.TimeSpan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Alert rules as files. Only {@code replay} needs a server; none is started. */
@Command(
    name = "rules",
    mixinStandardHelpOptions = true,
    versionProvider = SpoorCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Checks, tries, replays and exports alert rules.")
final class RulesCommand implements Runnable {
  private static final String SETTING = "SPOOR_ALERTS_RULES_FILE";

  private final Output output;
  private final Surroundings surroundings;

  @Spec private @Nullable CommandSpec spec;

  RulesCommand(Output output, Surroundings surroundings) {
    this.output = output;
    this.surroundings = surroundings;
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "check, test, replay or export is missing");
  }

  @Command(
      name = "check",
      description = "Says all that is wrong with a file of rules. Exit code 1 if something is.")
  int check(@Parameters(paramLabel = "FILE", description = "The file.") Path file) {
    RuleFile.Reading reading = RuleFile.read(text(file));
    if (!reading.faults().isEmpty()) {
      say(file, reading.faults());
      return ExitCode.FOUND;
    }
    Rules all = reading.over(RuleFile.shipped());
    output.line(
        "%s is right: %d rules of its own, %d taken out, %d in all"
            .formatted(file, reading.rules().size(), reading.disabled().size(), all.all().size()));
    return ExitCode.DONE;
  }

  @Command(
      name = "test",
      description = {
        "Runs the tests of a file: records at times, and what each rule is to be at other times.",
        "Exit code 1 if something is otherwise than expected."
      })
  int test(@Parameters(paramLabel = "FILE", description = "The file of tests.") Path file) {
    TrialFile.Reading reading = TrialFile.read(text(file));
    if (!reading.faults().isEmpty()) {
      say(file, reading.faults());
      return ExitCode.WRONG_USE;
    }
    String named = reading.rules();
    // A file of tests lies beside its rules.
    Rules rules =
        named == null ? RuleFile.shipped() : rules(file.resolveSibling(named), "rules of " + file);
    List<RuleFault> faults = reading.faultsWith(rules);
    if (!faults.isEmpty()) {
      say(file, faults);
      return ExitCode.WRONG_USE;
    }
    int failed = 0;
    for (Trial trial : reading.trials()) {
      List<String> failures = trial.run(rules);
      output.line((failures.isEmpty() ? "ok      " : "failed  ") + trial.name());
      failures.forEach(failure -> output.line("  " + failure));
      failed += failures.isEmpty() ? 0 : 1;
    }
    output.line("%d tests, %d failed".formatted(reading.trials().size(), failed));
    return failed == 0 ? ExitCode.DONE : ExitCode.FOUND;
  }

  @Command(
      name = "export",
      description = "Prints the shipped rules, as a file to begin with, or for Prometheus.")
  int export(
      @Option(
              names = "--prometheus",
              description = "The rules in force, as a rule file of Prometheus.")
          boolean prometheus,
      @Option(
              names = "--rules",
              paramLabel = "FILE",
              description = "Rules of your own; default: SPOOR_ALERTS_RULES_FILE.")
          @Nullable Path file) {
    if (!prometheus) {
      if (file != null) {
        throw CliException.wrongUse("--rules is for --prometheus.");
      }
      output.line(RuleFile.shippedText().stripTrailing());
      return ExitCode.DONE;
    }
    output.line(
        PrometheusRules.of(file != null ? rules(file, "--rules") : rulesInForce()).stripTrailing());
    return ExitCode.DONE;
  }

  @Command(
      name = "replay",
      description = {
        "Says when the rules would have fired on what a server has stored.",
        "Exit code 1 if one would have."
      })
  int replay(
      @Parameters(
              paramLabel = "FILE",
              arity = "0..1",
              description = "Rules of your own; default: SPOOR_ALERTS_RULES_FILE.")
          @Nullable Path file,
      @Option(
              names = "--from",
              paramLabel = "TIME",
              defaultValue = "now-1h",
              description = "RFC 3339 or like now-1d; default: ${DEFAULT-VALUE}.")
          String from,
      @Option(
              names = "--to",
              paramLabel = "TIME",
              defaultValue = "now",
              description = "RFC 3339 or like now-1m; default: ${DEFAULT-VALUE}.")
          String to,
      @Option(names = "--rule", paramLabel = "NAME", description = "This rule only.")
          @Nullable String only,
      @Option(names = "--server", paramLabel = "URL", description = SpoorCommand.SERVER)
          @Nullable String server,
      @Option(names = "--json", description = "Print JSON.") boolean json) {
    Instant now = surroundings.clock().instant();
    Instant begin = time("--from", from, now);
    Instant end = time("--to", to, now);
    if (!begin.isBefore(end)) {
      throw CliException.wrongUse("--from is not before --to.");
    }
    Rules all = file != null ? rules(file, "FILE") : rulesInForce();
    Rules rules = only == null ? all : new Rules(List.of(rule(all, only)));
    try (Api api = new Api(Servers.choose(server, surroundings), surroundings)) {
      return new RulesReplay(api, output).run(rules, begin, end, json)
          ? ExitCode.FOUND
          : ExitCode.DONE;
    }
  }

  private static Rule rule(Rules all, String name) {
    return all.all().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            CliException.wrongUse(
                "--rule is '"
                    + name
                    + "', expected one of "
                    + all.all().stream().map(Rule::name).collect(Collectors.joining(", "))
                    + "."));
  }

  private static Instant time(String option, String text, Instant now) {
    return TimeSpan.parse(text, now)
        .map(TimeSpan::from)
        .orElseThrow(() ->
            CliException.wrongUse(
                option + " is '" + text + "', expected " + TimeSpan.EXPECTED + "."));
  }

  private Rules rulesInForce() {
    String configured = surroundings.environment().getOrDefault(SETTING, "").strip();
    return configured.isEmpty() ? RuleFile.shipped() : rules(Path.of(configured), SETTING);
  }

  private Rules rules(Path file, String called) {
    RuleFile.Reading reading = RuleFile.read(text(file));
    if (!reading.faults().isEmpty()) {
      List<String> details = new ArrayList<>();
      reading.faults().forEach(fault -> details.add("  " + fault));
      throw new CliException(ExitCode.WRONG_USE, called + ": " + file + " has faults.", details);
    }
    return reading.over(RuleFile.shipped());
  }

  private String text(Path file) {
    Path path = surroundings.directory().resolve(file);
    try {
      return Files.readString(path);
    } catch (IOException unreadable) {
      throw CliException.wrongUse(file + " is no file in UTF-8 that can be read.");
    }
  }

  private void say(Path file, List<RuleFault> faults) {
    for (RuleFault fault : faults) {
      output.line(file + ":" + fault.line() + ": " + fault.pointer() + ": " + fault.detail());
    }
  }
}
