package dev.spoor.telemetry.app;

import java.util.List;
import org.springframework.boot.ExitCodeGenerator;

/**
 * The configuration is wrong and the process must not start. The message is one sentence a problem,
 * each with name, value (never a secret's) and what was expected.
 */
public final class RefusedSettings extends RuntimeException implements ExitCodeGenerator {
  /** Exit code for wrong use. */
  public static final int EXIT_CODE = 2;

  private final List<String> problems;

  public RefusedSettings(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  public List<String> problems() {
    return problems;
  }

  @Override
  public int getExitCode() {
    return EXIT_CODE;
  }
}
