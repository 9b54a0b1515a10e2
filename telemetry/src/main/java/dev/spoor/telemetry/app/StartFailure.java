package dev.spoor.telemetry.app;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.ExitCodeGenerator;

/**
 * Something around the process keeps it from starting. The message is one sentence that says what
 * and what to do; it is all that a user gets to see.
 */
public final class StartFailure extends IllegalStateException implements ExitCodeGenerator {
  public StartFailure(String sentence) {
    this(sentence, null);
  }

  public StartFailure(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }

  @Override
  public int getExitCode() {
    return RefusedSettings.EXIT_CODE;
  }
}
