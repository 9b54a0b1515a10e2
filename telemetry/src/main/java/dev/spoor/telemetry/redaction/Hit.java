package dev.spoor.telemetry.redaction;

/**
 * Where a rule found a secret.
 *
 * @param rule name of the rule, for example {@code field} or {@code github_token}
 * @param kind as it appears in the mask
 * @param start of the secret in the text, UTF-16 units, inclusive
 * @param end exclusive
 */
public record Hit(String rule, String kind, int start, int end) {}
