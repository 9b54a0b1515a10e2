package dev.spoor.access;

import dev.spoor.telemetry.problem.Problem;

/** The answers to those who may not. */
final class Refusals {
  static final String CHALLENGE_HEADER = "WWW-Authenticate";
  static final String CHALLENGE = "Bearer realm=\"spoor\"";

  private Refusals() {}

  static Problem noKey() {
    return Problem.of(
        401,
        "no-key",
        "An API key is needed",
        "send Authorization: Bearer and a key of this server; there was none");
  }

  /** The same for an unknown id, a wrong secret and what is no key at all. */
  static Problem wrongKey() {
    return Problem.of(
        401,
        "wrong-key",
        "Wrong API key",
        "the key in Authorization is none of this server's, or is one no more");
  }

  static Problem noScope(Scope needed) {
    return Problem.of(
            403,
            "no-scope",
            "The key may not do this",
            "the key lacks the scope " + needed.wireName())
        .with("scope", needed.wireName());
  }

  static Problem anotherSite() {
    return Problem.of(
        403,
        "another-site",
        "Asked by a page of another site",
        "without API keys, pages of other sites may not change anything here; set SPOOR_API_KEYS_FILE");
  }

  static String challengeFor(Scope needed) {
    return CHALLENGE + ", error=\"insufficient_scope\", scope=\"" + needed.wireName() + "\"";
  }
}
