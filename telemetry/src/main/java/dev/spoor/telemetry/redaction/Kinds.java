package dev.spoor.telemetry.redaction;

import java.util.Set;
import java.util.TreeSet;

/**
 * The kinds of secrets, as masks name them. A mask is only what has a known kind: {@code
 * [REDACTED:hunter2]} is a secret that hides.
 */
final class Kinds {
  static final String MASK_START = "[REDACTED:";

  private static final int MAX_LENGTH = 40;

  /** Kinds of the rules that are no token shapes. */
  private static final Set<String> OF_PLACES =
      Set.of(
          "api_key",
          "argon2_hash",
          "authorization",
          "azure_secret",
          "basic_auth",
          "bcrypt_hash",
          "bearer_token",
          "card",
          "connection_string",
          "cookie",
          "credential",
          "crypt_hash",
          "discord_token",
          "jwt",
          "ldap_hash",
          "mailchimp_key",
          "oauth_code",
          "otp",
          "password",
          "private_key",
          "redaction_failed",
          "saml",
          "secret",
          "signature",
          "ssn",
          "telegram_token",
          "terraform_token",
          "token",
          "url_password",
          "url_token");

  static final Set<String> BUILT_IN = builtIn();

  private Kinds() {}

  private static Set<String> builtIn() {
    Set<String> kinds = new TreeSet<>(OF_PLACES);
    kinds.addAll(TokenShapes.kinds());
    return Set.copyOf(kinds);
  }

  /** Behind the mask that stands here, or -1. */
  static int maskEnd(String text, int start, Set<String> kinds) {
    if (!text.startsWith(MASK_START, start)) {
      return -1;
    }
    int from = start + MASK_START.length();
    int close = text.indexOf(']', from, Math.min(text.length(), from + MAX_LENGTH + 1));
    return close > from && kinds.contains(text.substring(from, close)) ? close + 1 : -1;
  }
}
