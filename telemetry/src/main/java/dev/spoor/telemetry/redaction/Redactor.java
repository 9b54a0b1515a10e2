package dev.spoor.telemetry.redaction;

import org.jspecify.annotations.Nullable;

/**
 * Takes secrets out of text. Linear in the length of the text; thread-safe; never throws: if it
 * fails by itself, the text is replaced whole.
 */
public interface Redactor {
  /** The redactor of this process: all built-in rules, and the user's own once they are given. */
  static Redactor standard() {
    return ProcessRedactor.INSTANCE;
  }

  /** Gives the redactor of this process rules of the user's own, in place of those it had. */
  static void extend(UserRules own) {
    ProcessRedactor.INSTANCE.use(
        own.rules().isEmpty() ? RuleRedactor.STANDARD : new RuleRedactor(own));
  }

  /**
   * The text with each secret replaced by {@code [REDACTED:<kind>]}; the same instance if there was
   * none.
   */
  String redact(String text);

  /**
   * The kind of secret that a field of this name holds, for example {@code password}; null if the
   * name says nothing. The value of such a field is replaced whole, whatever it looks like.
   */
  @Nullable String kindOfField(String name);

  /** What stands in the place of a secret. */
  static String mask(String kind) {
    return "[REDACTED:" + kind + "]";
  }
}
