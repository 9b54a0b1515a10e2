package dev.spoor.telemetry.redaction;

import org.jspecify.annotations.Nullable;

/**
 * The redactor of this process. It is handed out before the settings are known, so that the first
 * line is redacted too, and gets the users' own rules when they are.
 */
final class ProcessRedactor implements Redactor {
  static final ProcessRedactor INSTANCE = new ProcessRedactor();

  private volatile RuleRedactor rules = RuleRedactor.STANDARD;

  private ProcessRedactor() {}

  void use(RuleRedactor redactor) {
    rules = redactor;
  }

  @Override
  public String redact(String text) {
    return rules.redact(text);
  }

  @Override
  public @Nullable String kindOfField(String name) {
    return rules.kindOfField(name);
  }
}
