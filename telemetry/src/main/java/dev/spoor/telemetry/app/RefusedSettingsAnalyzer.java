package dev.spoor.telemetry.app;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Lets Spring Boot say what is wrong instead of printing a stack trace. */
final class RefusedSettingsAnalyzer extends AbstractFailureAnalyzer<RefusedSettings> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, RefusedSettings cause) {
    return new FailureAnalysis(
        String.join(System.lineSeparator(), cause.problems()), "Correct and start again.", cause);
  }
}
