package dev.spoor.telemetry.redaction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules, applied to a text and, where something in it is encoded, to what its reader will see.
 * Three layers: a separator ({@code =}, {@code :}, {@code >}, {@code --flag}) behind a secret's
 * name, the shape of a token at the start of a word, user-info in a URL.
 */
public final class RuleRedactor implements Redactor {
  static final RuleRedactor STANDARD = new RuleRedactor(UserRules.NONE);

  private static final String FAILED = "[REDACTED:redaction_failed]";

  /** Encodings inside encodings that are resolved. */
  private static final int MAX_VIEWS = 2;

  private final SecretNames names = new SecretNames();
  private final List<UserRule> own;
  private final Set<String> kinds;

  /** The built-in rules and these. */
  public RuleRedactor(UserRules own) {
    this.own = own.rules();
    if (this.own.isEmpty()) {
      this.kinds = Kinds.BUILT_IN;
    } else {
      Set<String> all = new HashSet<>(Kinds.BUILT_IN);
      all.addAll(own.names());
      this.kinds = Set.copyOf(all);
    }
  }

  @Override
  public String redact(String text) {
    try {
      List<Found> founds = find(text);
      return founds.isEmpty() ? text : masked(text, founds);
    } catch (RuntimeException | StackOverflowError e) {
      // Fails closed: a text that cannot be judged is not shown.
      return FAILED;
    }
  }

  /** As {@link #redact(String)}; says in the report which rules hit. */
  public String redact(String text, RedactionReport report) {
    try {
      List<Found> founds = find(text);
      report.add(founds.stream().map(Found::hit).toList());
      return founds.isEmpty() ? text : masked(text, founds);
    } catch (RuntimeException | StackOverflowError e) {
      report.add(List.of(new Hit("redaction_failed", "redaction_failed", 0, text.length())));
      return FAILED;
    }
  }

  @Override
  public @Nullable String kindOfField(String name) {
    return names.kindOf(name, 0, name.length());
  }

  /** Which rule hit where, in order; without overlap. */
  public List<Hit> hits(String text) {
    return find(text).stream().map(Found::hit).toList();
  }

  /**
   * Characters looked at for a text, those of its views included: the measure by which the redactor
   * is linear.
   */
  long work(String text) {
    Scan scan = new Scan(text, names, kinds, 0);
    scan.run();
    return scan.length + scan.work + addViews(scan, new ArrayList<>());
  }

  private List<Found> find(String text) {
    Scan scan = new Scan(text, names, kinds, 0);
    scan.run();
    List<Found> founds = scan.founds();
    if (scan.isCoded()) {
      founds = new ArrayList<>(founds);
      addViews(scan, founds);
    }
    if (!own.isEmpty()) {
      founds = new ArrayList<>(founds);
      for (UserRule rule : own) {
        rule.find(text, founds);
      }
    }
    return founds.size() < 2 ? founds : merged(founds);
  }

  /**
   * Scans what is behind the encodings of a text; what is found goes to the list, at its place in
   * the text.
   *
   * @return the work of it
   */
  private long addViews(Scan raw, List<Found> founds) {
    List<DecodedView> views = new ArrayList<>();
    Scan scan = raw;
    long work = 0;
    while (scan.isCoded() && views.size() < MAX_VIEWS) {
      DecodedView view = DecodedView.of(scan.text);
      if (view == null) {
        break;
      }
      views.add(view);
      scan = new Scan(view.text(), names, kinds, 0);
      scan.run();
      work += scan.length + scan.work;
      for (Found found : scan.founds()) {
        founds.add(original(found, views));
      }
    }
    return work;
  }

  private static Found original(Found found, List<DecodedView> views) {
    int start = found.start();
    int end = found.end();
    for (int i = views.size() - 1; i >= 0; i--) {
      start = views.get(i).origin(start);
      end = views.get(i).origin(end);
    }
    return new Found(found.rule(), found.kind(), start, end, found.quote());
  }

  private static List<Found> merged(List<Found> founds) {
    List<Found> sorted = new ArrayList<>(founds);
    sorted.sort(Comparator.comparingInt(Found::start).thenComparingInt(found -> -found.end()));
    List<Found> merged = new ArrayList<>(sorted.size());
    for (Found found : sorted) {
      Found last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && found.start() < last.end()) {
        merged.set(merged.size() - 1, last.with(found));
      } else {
        merged.add(found);
      }
    }
    return merged;
  }

  private static String masked(String text, List<Found> founds) {
    String json = JsonText.masked(text, founds);
    if (json != null) {
      return json;
    }
    StringBuilder out = new StringBuilder(text.length());
    int copied = 0;
    for (Found found : founds) {
      out.append(text, copied, found.start()).append(found.quote());
      out.append(Redactor.mask(found.kind())).append(found.quote());
      copied = found.end();
    }
    return out.append(text, copied, text.length()).toString();
  }
}
