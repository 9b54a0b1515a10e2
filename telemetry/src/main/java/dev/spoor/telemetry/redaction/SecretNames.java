package dev.spoor.telemetry.redaction;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells from a name whether its value is a secret. A name is cut into words (at case changes,
 * digits and separators), so that {@code dbPassword}, {@code DB_PASSWORD} and {@code db.password}
 * are one, and {@code input_tokens}, {@code cache_key} or {@code passwordPolicy} are none.
 */
final class SecretNames {
  /** Longer names are judged by their end. */
  static final int MAX_LENGTH = 64;

  private static final int CACHE_SIZE = 4096;

  /** Words that are secret wherever they stand in a name. */
  private static final Map<String, String> ANYWHERE =
      Map.ofEntries(
          Map.entry("passwords", "password"),
          Map.entry("passcode", "password"),
          Map.entry("secret", "secret"),
          Map.entry("secrets", "secret"),
          Map.entry("credential", "credential"),
          Map.entry("credentials", "credential"),
          Map.entry("apikey", "api_key"),
          Map.entry("apikeys", "api_key"),
          Map.entry("accesskey", "api_key"),
          Map.entry("secretkey", "api_key"),
          Map.entry("accountkey", "api_key"),
          Map.entry("sharedaccesskey", "api_key"),
          Map.entry("privatekey", "private_key"),
          Map.entry("authorization", "authorization"),
          Map.entry("authtoken", "token"),
          Map.entry("accesstoken", "token"),
          Map.entry("refreshtoken", "token"),
          Map.entry("clientsecret", "secret"),
          Map.entry("samlresponse", "saml"),
          Map.entry("samlrequest", "saml"),
          Map.entry("requirepass", "password"),
          Map.entry("masterauth", "password"),
          Map.entry("storepass", "password"),
          Map.entry("keypass", "password"),
          Map.entry("passin", "password"),
          Map.entry("passout", "password"));

  /** Words that are secret when they end a name. */
  private static final Map<String, String> AT_END =
      Map.ofEntries(
          Map.entry("pass", "password"),
          Map.entry("token", "token"),
          Map.entry("jwt", "token"),
          Map.entry("bearer", "token"),
          Map.entry("auth", "authorization"),
          Map.entry("cookie", "cookie"),
          Map.entry("cookies", "cookie"),
          Map.entry("jsessionid", "cookie"),
          Map.entry("phpsessid", "cookie"),
          Map.entry("sig", "signature"),
          Map.entry("otp", "otp"),
          Map.entry("totp", "otp"),
          Map.entry("psk", "password"),
          Map.entry("sharedsecret", "secret"),
          Map.entry("cvv", "card"),
          Map.entry("cvc", "card"),
          Map.entry("ssn", "ssn"),
          Map.entry("webhookurl", "secret"));

  /** Pairs of words that are secret wherever they stand. */
  private static final Map<String, Map<String, String>> PAIRS =
      Map.ofEntries(
          Map.entry(
              "key",
              Map.ofEntries(
                  Map.entry("api", "api_key"),
                  Map.entry("access", "api_key"),
                  Map.entry("account", "api_key"),
                  Map.entry("secret", "api_key"),
                  Map.entry("service", "api_key"),
                  Map.entry("master", "api_key"),
                  Map.entry("auth", "api_key"),
                  Map.entry("app", "api_key"),
                  Map.entry("subscription", "api_key"),
                  Map.entry("private", "private_key"),
                  Map.entry("ssh", "private_key"),
                  Map.entry("signing", "private_key"),
                  Map.entry("encryption", "private_key"),
                  Map.entry("decryption", "private_key"),
                  Map.entry("storage", "api_key"))),
          Map.entry("string", Map.of("connection", "connection_string")),
          Map.entry("str", Map.of("conn", "connection_string")),
          Map.entry("number", Map.of("card", "card")),
          Map.entry("phrase", Map.of("pass", "password", "seed", "secret", "recovery", "secret")),
          Map.entry("word", Map.of("pass", "password")),
          Map.entry("code", Map.of("pin", "otp", "otp", "otp", "mfa", "otp", "totp", "otp")),
          Map.entry("answer", Map.of("security", "secret")),
          Map.entry("assertion", Map.of("client", "token")),
          Map.entry("verifier", Map.of("code", "token")),
          Map.entry("response", Map.of("saml", "saml")),
          Map.entry("request", Map.of("saml", "saml")),
          Map.entry("sid", Map.of("connect", "cookie")),
          Map.entry(
              "signature", Map.of("amz", "signature", "goog", "signature", "oauth", "signature")));

  /** What follows a secret word and makes the name talk about it instead of holding it. */
  private static final Set<String> ABOUT =
      Set.of(
          "policy",
          "policies",
          "length",
          "len",
          "count",
          "counts",
          "field",
          "fields",
          "required",
          "expired",
          "expiry",
          "expires",
          "expiration",
          "changed",
          "updated",
          "created",
          "at",
          "min",
          "max",
          "size",
          "url",
          "uri",
          "path",
          "endpoint",
          "enabled",
          "disabled",
          "strength",
          "valid",
          "invalid",
          "prompt",
          "attempts",
          "type",
          "types",
          "kind",
          "limit",
          "limits",
          "budget",
          "usage",
          "used",
          "name",
          "names",
          "id",
          "ids",
          "file",
          "present",
          "set",
          "missing",
          "manager",
          "provider",
          "store",
          "rotation",
          "ttl",
          "age",
          "version",
          "format",
          "header",
          "label",
          "hint",
          "reset",
          "status",
          "error",
          "source",
          "ms",
          "seconds",
          "per",
          "rate",
          "total",
          "index",
          "scope",
          "scopes",
          "java",
          "kt",
          "scala",
          "py",
          "js",
          "ts",
          "rs",
          "rb",
          "cpp",
          "cs",
          "php",
          "stdin",
          "issuer",
          "algorithm");

  /** Tokens that are positions, not keys. */
  private static final Set<String> HARMLESS_TOKENS =
      Set.of(
          "page",
          "next",
          "continuation",
          "continue",
          "cancellation",
          "stop",
          "pad",
          "eos",
          "bos",
          "sync",
          "last",
          "first",
          "unk",
          "per",
          "input",
          "output",
          "prompt",
          "completion",
          "fencing",
          "lease");

  /** What else a name may do, where it is no secret's. */
  enum Role {
    NONE,
    /** Its value is another name: {@code name=password value=…}. */
    NAMES,
    /** The value of a name that was said before. */
    VALUE,
    /** Secret in a query, or in prose: {@code API key: …}. */
    KEY,
    CODE,
    /** Of a manifest. */
    DATA,
    /** PuTTY's private lines. */
    LINES
  }

  /**
   * @param kind null if the name says nothing
   */
  record Verdict(String name, @Nullable String kind, Role role) {}

  private static final Verdict TOO_SHORT = new Verdict("", null, Role.NONE);

  /** Racy on purpose: an entry is immutable, a lost one is computed again. */
  private final @Nullable Verdict[] cache = new @Nullable Verdict[CACHE_SIZE];

  @Nullable String kindOf(String text, int start, int end) {
    return of(text, start, end).kind();
  }

  Verdict of(String text, int start, int end) {
    int from = Math.max(start, end - MAX_LENGTH);
    int length = end - from;
    if (length < 3) {
      return TOO_SHORT;
    }
    int hash = length;
    for (int i = from; i < end; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    int slot = (hash ^ (hash >>> 13)) & (CACHE_SIZE - 1);
    Verdict known = cache[slot];
    if (known != null
        && known.name().length() == length
        && text.regionMatches(from, known.name(), 0, length)) {
      return known;
    }
    String name = text.substring(from, end);
    Verdict verdict = new Verdict(name, judge(name), role(name));
    cache[slot] = verdict;
    return verdict;
  }

  private static Role role(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "name", "field", "header" -> Role.NAMES;
      case "key" -> Role.KEY;
      case "code" -> Role.CODE;
      case "value", "val", "default" -> Role.VALUE;
      case "data", "stringdata" -> Role.DATA;
      case "private-lines" -> Role.LINES;
      default -> Role.NONE;
    };
  }

  private static @Nullable String judge(String name) {
    List<String> words = words(name);
    if (words.isEmpty()) {
      return null;
    }
    String last = words.getLast();
    if (last.equals("url") && words.size() > 1 && words.get(words.size() - 2).equals("webhook")) {
      return "secret";
    }
    if (ABOUT.contains(last)) {
      return null;
    }
    for (int i = words.size() - 1; i >= 0; i--) {
      String word = words.get(i);
      String kind = ANYWHERE.get(word);
      if (kind != null) {
        return kind;
      }
      if (word.endsWith("password")
          || word.endsWith("passwd")
          || word.endsWith("passphrase")
          || word.endsWith("pwd")) {
        return "password";
      }
      if (word.length() > 8 && (word.endsWith("secret") || word.endsWith("apikey"))) {
        return "secret";
      }
      if (i > 0) {
        Map<String, String> firsts = PAIRS.get(word);
        kind = firsts == null ? null : firsts.get(words.get(i - 1));
        if (kind != null) {
          return kind;
        }
      }
    }
    String kind = AT_END.get(last);
    if (kind == null && last.length() > 5 && last.endsWith("token")) {
      kind = "token";
    }
    if (kind != null
        && last.equals("token")
        && words.size() > 1
        && HARMLESS_TOKENS.contains(words.get(words.size() - 2))) {
      return null;
    }
    return kind;
  }

  private static List<String> words(String name) {
    List<String> words = new ArrayList<>(4);
    int start = -1;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter) {
        if (start >= 0) {
          words.add(name.substring(start, i).toLowerCase(Locale.ROOT));
          start = -1;
        }
        continue;
      }
      if (start < 0) {
        start = i;
        continue;
      }
      boolean upper = c <= 'Z';
      boolean afterUpper = name.charAt(i - 1) <= 'Z';
      boolean beforeLower = i + 1 < name.length() && name.charAt(i + 1) >= 'a';
      // aB cuts before B; ABc cuts before B, so that APIKey is API, Key.
      if (upper && (!afterUpper || beforeLower)) {
        words.add(name.substring(start, i).toLowerCase(Locale.ROOT));
        start = i;
      }
    }
    if (start >= 0) {
      words.add(name.substring(start).toLowerCase(Locale.ROOT));
    }
    return words;
  }
}
