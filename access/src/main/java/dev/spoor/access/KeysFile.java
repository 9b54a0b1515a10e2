package dev.spoor.access;

import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The file of keys: JSON lines, an entry each; empty lines and those that begin with {@code #} are
 * skipped. Lines and not YAML, so that a key is added by {@code >>} and taken away by its line.
 *
 * <p>{@code id}, {@code sha256} (of the whole key, hexadecimal), {@code tenant} and {@code scopes}
 * must be there; {@code submits_per_second}, {@code burst} and {@code max_waiting} may. Limits are
 * the tenant's: the entries of one that name a limit have to agree.
 */
public final class KeysFile {
  /** The setting that names the file. */
  public static final String SETTING = "SPOOR_API_KEYS_FILE";

  private static final int MAX_FILE = 4 << 20;
  private static final int MAX_SHOWN = 60;
  private static final double MAX_RATE = 1_000_000;
  private static final int DEFAULT_BURST_SECONDS = 2;
  private static final Set<String> MEMBERS =
      new TreeSet<>(
          List.of(
              "id", "sha256", "tenant", "scopes", "submits_per_second", "burst", "max_waiting"));

  private final String where;
  private final List<String> problems;
  private final Map<String, Line> byId = new LinkedHashMap<>();
  private final Map<TenantId, Line> limited = new HashMap<>();

  private KeysFile(String where, List<String> problems) {
    this.where = where;
    this.problems = problems;
  }

  /** An entry that is right in itself; limits are null where it names none. */
  private record Line(
      int number,
      String id,
      String sha256,
      TenantId tenant,
      Set<Scope> scopes,
      @Nullable Limits limits) {}

  /**
   * Reads a file of at most 4 MB.
   *
   * @param problems gets one sentence for each fault, with file, line, value and expectation; never
   *     a hash. If there is one, the result is of no use
   */
  static Keys read(Path file, List<String> problems) {
    String is = SETTING + " is '" + file + "', expected ";
    String text;
    try {
      if (Files.size(file) > MAX_FILE) {
        problems.add(is + "a file of at most 4 MB");
        return new Keys(List.of());
      }
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      problems.add(is + "a file; there is none of that name");
      return new Keys(List.of());
    } catch (CharacterCodingException e) {
      problems.add(is + "a file in UTF-8");
      return new Keys(List.of());
    } catch (IOException e) {
      problems.add(is + "a file that can be read");
      return new Keys(List.of());
    }
    return new KeysFile(SETTING + " " + file, problems).keys(text);
  }

  /**
   * The line of a key, without a line end.
   *
   * @param limits of the tenant; {@link Limits#NONE} names none
   */
  public static String line(ApiKey key, TenantId tenant, Set<Scope> scopes, Limits limits) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("id", key.id());
    entry.put("sha256", key.sha256());
    entry.put("tenant", tenant.value());
    entry.put("scopes", scopes.stream().sorted().map(Scope::wireName).toList());
    if (limits.submitsPerSecond() != null) {
      entry.put("submits_per_second", limits.submitsPerSecond());
      entry.put("burst", limits.burst());
    }
    if (limits.maxWaiting() != null) {
      entry.put("max_waiting", limits.maxWaiting());
    }
    return new String(Json.write(entry), StandardCharsets.UTF_8);
  }

  private Keys keys(String text) {
    int before = problems.size();
    int number = 0;
    for (String line : text.split("\\R", -1)) {
      number++;
      String entry = line.strip();
      if (!entry.isEmpty() && !entry.startsWith("#")) {
        line(entry, number);
      }
    }
    if (byId.isEmpty() && problems.size() == before) {
      problems.add(where + " has no key, expected one a line; ./spoor keys new makes them");
    }
    return new Keys(
        byId.values().stream()
            .map(line -> {
              Line limiting = limited.get(line.tenant());
              Limits limits = limiting == null ? null : limiting.limits();
              return new Keys.Entry(
                  line.id(),
                  line.sha256(),
                  line.tenant(),
                  line.scopes(),
                  limits == null ? Limits.NONE : limits);
            })
            .toList());
  }

  private void line(String text, int number) {
    JsonNode entry;
    try {
      entry = Json.tree(text.getBytes(StandardCharsets.UTF_8));
    } catch (JacksonException notJson) {
      // Its message would quote the line.
      wrong(number, "is no JSON, expected an object with id, sha256, tenant and scopes");
      return;
    }
    if (!entry.isObject()) {
      wrong(number, "is no JSON object, expected one with id, sha256, tenant and scopes");
      return;
    }
    int before = problems.size();
    for (String name : new TreeSet<>(entry.propertyNames())) {
      if (!MEMBERS.contains(name)) {
        wrong(number, "has '" + shown(name) + "', expected " + String.join(", ", MEMBERS));
      }
    }
    String id = text(entry, "id", number);
    if (id != null && !id.matches(ApiKey.ID)) {
      wrong(number, "id is '" + shown(id) + "', expected 4 to 32 lower-case letters and digits");
    }
    String hash = hash(text(entry, "sha256", number), number);
    TenantId tenant = tenant(text(entry, "tenant", number), number);
    Set<Scope> scopes = scopes(entry.get("scopes"), number);
    Limits limits = limits(entry, number);
    if (problems.size() > before || id == null || hash == null || tenant == null) {
      return;
    }
    Line line = new Line(number, id, hash, tenant, scopes, limits);
    Line other = byId.putIfAbsent(id, line);
    if (other != null) {
      wrong(number, "id is '" + id + "', which line " + other.number() + " has");
    }
    if (limits != null) {
      Line first = limited.putIfAbsent(tenant, line);
      if (first != null && !limits.equals(first.limits())) {
        wrong(
            number,
            "has other limits than line "
                + first.number()
                + ", expected the same for all keys of tenant "
                + tenant);
      }
    }
  }

  private @Nullable String hash(@Nullable String text, int number) {
    if (text == null) {
      return null;
    }
    if (!text.matches("[0-9a-f]{64}")) {
      wrong(number, "sha256 is not shown, expected 64 lower-case hexadecimal digits");
      return null;
    }
    return text;
  }

  private @Nullable TenantId tenant(@Nullable String text, int number) {
    if (text == null) {
      return null;
    }
    try {
      return new TenantId(text);
    } catch (IllegalArgumentException e) {
      wrong(
          number,
          "tenant is '"
              + shown(text)
              + "', expected 1 to 128 characters of letters, digits and ._:-");
      return null;
    }
  }

  private Set<Scope> scopes(@Nullable JsonNode node, int number) {
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    if (node == null || !node.isArray() || node.isEmpty()) {
      wrong(number, "has no scopes, expected a list of " + Scope.all());
      return scopes;
    }
    for (JsonNode each : node) {
      Optional<Scope> scope = each.isString() ? Scope.parse(each.stringValue()) : Optional.empty();
      if (scope.isPresent()) {
        scopes.add(scope.get());
      } else {
        wrong(
            number,
            "scopes has '" + shown(each.asString("")) + "', expected some of " + Scope.all());
      }
    }
    return scopes;
  }

  /** Null if the entry names none. */
  private @Nullable Limits limits(JsonNode entry, int number) {
    JsonNode rate = entry.get("submits_per_second");
    JsonNode burst = entry.get("burst");
    JsonNode waiting = entry.get("max_waiting");
    int before = problems.size();
    if (rate != null
        && !(rate.isNumber() && rate.asDouble() >= 0.001 && rate.asDouble() <= MAX_RATE)) {
      wrong(
          number,
          "submits_per_second is " + shown(rate.toString()) + ", expected 0.001 to 1000000");
    }
    if (burst != null && !isWhole(burst, 1_000_000)) {
      wrong(number, "burst is " + shown(burst.toString()) + ", expected 1 to 1000000");
    } else if (burst != null && rate == null) {
      wrong(number, "has burst without submits_per_second, expected both");
    }
    if (waiting != null && !isWhole(waiting, 1_000_000_000)) {
      wrong(number, "max_waiting is " + shown(waiting.toString()) + ", expected 1 to 1000000000");
    }
    if (problems.size() > before || (rate == null && waiting == null)) {
      return null;
    }
    Double perSecond = rate == null ? null : rate.asDouble();
    int atOnce = burst != null ? burst.asInt() : perSecond == null ? 1 : defaultBurst(perSecond);
    return new Limits(perSecond, atOnce, waiting == null ? null : waiting.asLong());
  }

  /** What two seconds allow, 1 at least: where no burst is named. */
  public static int defaultBurst(double submitsPerSecond) {
    return (int)
        Math.max(1, Math.min(1_000_000, Math.ceil(submitsPerSecond * DEFAULT_BURST_SECONDS)));
  }

  private static boolean isWhole(JsonNode node, long max) {
    return node.isIntegralNumber()
        && node.canConvertToLong()
        && node.asLong() >= 1
        && node.asLong() <= max;
  }

  private @Nullable String text(JsonNode entry, String name, int number) {
    JsonNode node = entry.get(name);
    if (node == null || !node.isString()) {
      wrong(number, node == null ? "has no " + name : name + " is no text, expected one");
      return null;
    }
    return node.stringValue();
  }

  private void wrong(int number, String sentence) {
    problems.add(where + " line " + number + ": " + sentence);
  }

  private static String shown(String value) {
    String cut = value.length() > MAX_SHOWN ? value.substring(0, MAX_SHOWN) + "…" : value;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
