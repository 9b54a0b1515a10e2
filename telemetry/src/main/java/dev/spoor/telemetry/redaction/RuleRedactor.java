package dev.spoor.telemetry.redaction;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules, applied in one pass. Three layers: a separator ({@code =}, {@code :}, {@code >},
 * {@code --flag}) behind a secret's name, the shape of a token at the start of a word, user-info in
 * a URL.
 */
public final class RuleRedactor implements Redactor {
  static final RuleRedactor STANDARD = new RuleRedactor();

  private static final String FAILED = "[REDACTED:redaction_failed]";

  private final SecretNames names = new SecretNames();

  @Override
  public String redact(String text) {
    try {
      Scan scan = new Scan(text, names);
      scan.run();
      return scan.result();
    } catch (RuntimeException | StackOverflowError e) {
      // Fails closed: a text that cannot be judged is not shown.
      return FAILED;
    }
  }

  @Override
  public @Nullable String kindOfField(String name) {
    return names.kindOf(name, 0, name.length());
  }

  /** Which rule hit where, in order; without overlap. */
  public List<Hit> hits(String text) {
    Scan scan = new Scan(text, names);
    scan.run();
    return scan.hits();
  }
}
