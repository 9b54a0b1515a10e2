package dev.spoor.standalone.cli;

import java.util.List;

/** Ends a command with a message for a person and an exit code; never with a stack trace. */
public final class CliException extends RuntimeException {
  private final int exitCode;
  private final List<String> details;

  /**
   * @param message one sentence that says what is wrong and what to do
   * @param details further lines, for example one for each fault of an input
   */
  public CliException(int exitCode, String message, List<String> details) {
    super(message);
    this.exitCode = exitCode;
    this.details = List.copyOf(details);
  }

  public static CliException wrongUse(String message) {
    return new CliException(ExitCode.WRONG_USE, message, List.of());
  }

  public int exitCode() {
    return exitCode;
  }

  public List<String> details() {
    return details;
  }
}
