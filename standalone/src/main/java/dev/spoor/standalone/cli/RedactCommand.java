package dev.spoor.standalone.cli;

import dev.spoor.telemetry.redaction.RedactionReport;
import dev.spoor.telemetry.redaction.RedactionStream;
import dev.spoor.telemetry.redaction.RuleRedactor;
import dev.spoor.telemetry.redaction.UserRules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Standard input without its secrets. Needs no server and starts none. */
final class RedactCommand {
  private final Output output;
  private final Surroundings surroundings;

  RedactCommand(Output output, Surroundings surroundings) {
    this.output = output;
    this.surroundings = surroundings;
  }

  int run(@Nullable Path rules, boolean withReport) {
    RuleRedactor redactor = new RuleRedactor(own(rules));
    RedactionReport report = new RedactionReport();
    try {
      new RedactionStream(redactor, report).copy(surroundings.input(), output.bytes());
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FOUND, "the copy is not complete: " + e.getMessage() + ".", List.of());
    }
    if (withReport) {
      report(report);
    }
    return ExitCode.DONE;
  }

  private UserRules own(@Nullable Path given) {
    String configured = surroundings.environment().getOrDefault(UserRules.SETTING, "").strip();
    if (given == null && configured.isEmpty()) {
      return UserRules.NONE;
    }
    List<String> problems = new ArrayList<>();
    Path file = surroundings.directory().resolve(given == null ? Path.of(configured) : given);
    UserRules rules = UserRules.read(file, given == null ? UserRules.SETTING : "--rules", problems);
    if (!problems.isEmpty()) {
      throw new CliException(
          ExitCode.WRONG_USE, "the rules are wrong, nothing was copied.", problems);
    }
    return rules;
  }

  private void report(RedactionReport report) {
    for (RedactionReport.Line line : report.lines()) {
      String rule =
          line.rule().equals(line.kind()) ? line.rule() : line.rule() + " (" + line.kind() + ")";
      output.remark("%8d  %s".formatted(line.count(), rule));
    }
    output.remark("%8d  in all".formatted(report.total()));
  }
}
