package dev.spoor.store.query;

import dev.spoor.store.query.Query.Clause;
import dev.spoor.store.query.Query.Occur;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads Lucene's classic query syntax: {@code level:ERROR AND duration_ms:>1000}, {@code "a
 * phrase"}, {@code agent_id:(analyst OR qa)}, {@code [a TO b]}, {@code {a TO b}}, {@code >= > <=
 * <}, {@code +must -not}, {@code prefix*}, {@code w?ldcard}, {@code roam~}, {@code field:*}.
 *
 * <ul>
 *   <li>Words without an operator between them are OR, and AND binds to its two neighbours and
 *       nothing else, as in Lucene, Elasticsearch and Kibana's Lucene mode; use parentheses.
 *   <li>Case: {@code AND OR NOT TO} are upper case. Keyword fields ({@code level}, ids, names) and
 *       labels are exact and case-sensitive; text fields ({@code message}, {@code error}, {@code
 *       exception}) are not, in wildcards neither. Field names are case-sensitive.
 *   <li>Without a field: {@code message}.
 *   <li>What is one word to the query and several to the text ({@code foo-bar}, {@code a.b.C}) is
 *       searched as a phrase; Kibana would search any of them.
 *   <li>Refused, because they would read the whole index: wildcards at the beginning, regular
 *       expressions; and more than {@value #MAX_CLAUSES} clauses, {@value #MAX_DEPTH} levels or
 *       {@value #MAX_LENGTH} characters.
 *   <li>More lenient than Lucene in one place: after {@code field:} a value may contain colons, so
 *       that {@code timestamp:>2026-11-24T10:30:00Z} needs no quotes.
 *   <li>Boosts ({@code ^2}) are read and have no effect: hits are ordered by time.
 * </ul>
 *
 * <p>One instance reads one query.
 */
public final class QueryParser {
  public static final int MAX_LENGTH = 4096;
  public static final int MAX_CLAUSES = 256;
  public static final int MAX_DEPTH = 24;

  private static final String NEVER_IN_A_WORD = " \t\n\r\f\u3000!():^[]\"{}~/";

  private final String text;
  private final Instant now;
  private int at;
  private int clauses;
  private int depth;

  private QueryParser(String text, Instant now) {
    this.text = text;
    this.now = now;
  }

  /**
   * @param now what {@code now} means in it
   * @throws QuerySyntaxException with the position, if it cannot be read
   */
  public static Query parse(String text, Instant now) throws QuerySyntaxException {
    if (text.length() > MAX_LENGTH) {
      throw new QuerySyntaxException(
          MAX_LENGTH + 1, "the query is longer than " + MAX_LENGTH + " characters");
    }
    QueryParser parser = new QueryParser(text, now);
    parser.skipSpace();
    if (parser.atEnd()) {
      return new Query.Everything();
    }
    Query query = parser.clauses(Vocabulary.DEFAULT, false);
    if (!parser.atEnd()) {
      throw parser.wrong("a closing parenthesis without an opening one");
    }
    return query;
  }

  /** Clauses up to the end of the text or a closing parenthesis, which stays. */
  private Query clauses(Field field, boolean fieldNamed) throws QuerySyntaxException {
    List<Clause> read = new ArrayList<>();
    while (true) {
      skipSpace();
      if (atEnd() || peek() == ')') {
        break;
      }
      Conjunction conjunction = conjunction();
      if (conjunction != Conjunction.NONE && read.isEmpty()) {
        throw wrongBefore(conjunction + " needs something on its left");
      }
      boolean must = false;
      boolean not = false;
      skipSpace();
      if (!atEnd() && peek() == '+') {
        must = true;
        at++;
      } else if (!atEnd() && (peek() == '-' || peek() == '!')) {
        not = true;
        at++;
      } else if (keyword("NOT")) {
        not = true;
      }
      skipSpace();
      if (atEnd() || peek() == ')') {
        throw wrong(
            conjunction != Conjunction.NONE || must || not
                ? "something to search for is expected here"
                : "nothing to search for");
      }
      if (++clauses > MAX_CLAUSES) {
        throw wrong("more than " + MAX_CLAUSES + " clauses");
      }
      Query query = clause(field, fieldNamed);
      // The rules of Lucene's classic parser with OR as its default: AND makes its left neighbour
      // and its right one required, and there is no precedence.
      if (conjunction == Conjunction.AND) {
        Clause left = read.getLast();
        if (left.occur() == Occur.SHOULD) {
          read.set(read.size() - 1, new Clause(Occur.MUST, left.query()));
        }
      }
      Occur occur =
          not ? Occur.MUST_NOT : must || conjunction == Conjunction.AND ? Occur.MUST : Occur.SHOULD;
      read.add(new Clause(occur, query));
    }
    if (read.isEmpty()) {
      throw wrong("nothing to search for");
    }
    if (read.size() == 1 && read.getFirst().occur() != Occur.MUST_NOT) {
      return read.getFirst().query();
    }
    return new Query.Bool(read);
  }

  private Query clause(Field outer, boolean outerNamed) throws QuerySyntaxException {
    Field field = outer;
    boolean named = outerNamed;
    int start = at;
    String name = fieldName();
    if (name != null) {
      skipSpace();
      if (atEnd() || peek() == ')') {
        throw wrong("a value for the field " + name + " is expected here");
      }
      if (name.equals("*")) {
        return everythingOnly(start);
      }
      if (name.equals("_exists_")) {
        Query exists = new Query.Exists(Vocabulary.field(word(true).plain()));
        boost();
        return exists;
      }
      field = Vocabulary.field(name);
      named = true;
    }
    Query query = value(field, named);
    boost();
    return query;
  }

  private Query everythingOnly(int start) throws QuerySyntaxException {
    if (peek() == '*') {
      at++;
      return new Query.Everything();
    }
    throw new QuerySyntaxException(start + 1, "only *:* can be searched in every field; name one");
  }

  private Query value(Field field, boolean named) throws QuerySyntaxException {
    return switch (peek()) {
      case '(' -> group(field, named);
      case '"' -> quoted(field);
      case '[', '{' -> range(field);
      case '<', '>' -> comparison(field);
      case '/' -> throw wrong("regular expressions are not allowed; put a text with / into quotes");
      default -> single(field, named);
    };
  }

  private Query group(Field field, boolean named) throws QuerySyntaxException {
    if (++depth > MAX_DEPTH) {
      throw wrong("more than " + MAX_DEPTH + " levels of parentheses");
    }
    int opened = at++;
    Query query = clauses(field, named);
    if (atEnd()) {
      throw new QuerySyntaxException(opened + 1, "a parenthesis that is never closed");
    }
    at++;
    depth--;
    return query;
  }

  private Query quoted(Field field) throws QuerySyntaxException {
    int start = at;
    String content = quotedText();
    int slop = 0;
    if (!atEnd() && peek() == '~') {
      at++;
      slop = (int) number(0, 100, 0, "a whole number from 0 to 100");
    }
    return switch (field.type()) {
      case TEXT -> new Query.Words(field, content, slop);
      case KEYWORD, FLAT -> new Query.Exact(field, content);
      case LONG, DOUBLE, DATE -> bounds(field, content, start, content, start, true, true);
    };
  }

  private Query single(Field field, boolean named) throws QuerySyntaxException {
    int start = at;
    Word word = word(named);
    if (word.isStar()) {
      return named ? new Query.Exists(field) : new Query.Everything();
    }
    if (word.wildcards) {
      if (word.pattern.charAt(0) == '*' || word.pattern.charAt(0) == '?') {
        throw new QuerySyntaxException(
            start + 1, "a wildcard at the beginning is not allowed; begin with a letter");
      }
      return switch (field.type()) {
        case TEXT -> new Query.Like(field, word.pattern.toLowerCase(Locale.ROOT));
        case KEYWORD, FLAT -> new Query.Like(field, word.pattern);
        case LONG, DOUBLE, DATE ->
            throw new QuerySyntaxException(
                start + 1,
                field.name() + " is no text; use a range, for example " + field.name() + ":>=1");
      };
    }
    if (!atEnd() && peek() == '~') {
      int tilde = at++;
      int edits = (int) number(0, 2, 2, "0, 1 or 2 changed characters");
      return switch (field.type()) {
        case TEXT -> new Query.Similar(field, word.plain().toLowerCase(Locale.ROOT), edits);
        case KEYWORD, FLAT -> new Query.Similar(field, word.plain(), edits);
        case LONG, DOUBLE, DATE ->
            throw new QuerySyntaxException(
                tilde + 1, field.name() + " is no text, so nothing is similar to it");
      };
    }
    return switch (field.type()) {
      case TEXT -> new Query.Words(field, word.plain(), 0);
      case KEYWORD, FLAT -> new Query.Exact(field, word.plain());
      case LONG, DOUBLE, DATE ->
          bounds(field, word.plain(), start, word.plain(), start, true, true);
    };
  }

  private Query comparison(Field field) throws QuerySyntaxException {
    boolean greater = peek() == '>';
    at++;
    boolean inclusive = !atEnd() && peek() == '=';
    if (inclusive) {
      at++;
    }
    skipSpace();
    int start = at;
    if (atEnd()) {
      throw wrong("a value to compare with is expected here");
    }
    String value = peek() == '"' ? quotedText() : word(true).plain();
    return greater
        ? bounds(field, value, start, null, start, inclusive, true)
        : bounds(field, null, start, value, start, true, inclusive);
  }

  private Query range(Field field) throws QuerySyntaxException {
    int opened = at;
    boolean includeLow = peek() == '[';
    at++;
    skipSpace();
    int lowAt = at;
    String low = bound(opened);
    skipSpace();
    if (!keyword("TO")) {
      throw wrong("TO is expected here, as in [1 TO 5]");
    }
    skipSpace();
    int highAt = at;
    String high = bound(opened);
    skipSpace();
    if (atEnd()) {
      throw new QuerySyntaxException(opened + 1, "a range that is never closed");
    }
    boolean includeHigh = peek() == ']';
    if (!includeHigh && peek() != '}') {
      throw wrong("] or } is expected here");
    }
    at++;
    return bounds(
        field,
        low.equals("*") ? null : low,
        lowAt,
        high.equals("*") ? null : high,
        highAt,
        includeLow,
        includeHigh);
  }

  private String bound(int opened) throws QuerySyntaxException {
    if (atEnd()) {
      throw new QuerySyntaxException(opened + 1, "a range that is never closed");
    }
    if (peek() == '"') {
      return quotedText();
    }
    int start = at;
    while (!atEnd() && !Character.isWhitespace(peek()) && peek() != ']' && peek() != '}') {
      at++;
    }
    if (at == start) {
      throw wrong("a value or * is expected here");
    }
    return text.substring(start, at);
  }

  private Query bounds(
      Field field,
      @Nullable String low,
      int lowAt,
      @Nullable String high,
      int highAt,
      boolean includeLow,
      boolean includeHigh)
      throws QuerySyntaxException {
    return switch (field.type()) {
      case LONG -> wholeNumbers(field, low, lowAt, high, highAt, includeLow, includeHigh);
      case DOUBLE -> {
        double min = low == null ? Double.NEGATIVE_INFINITY : decimal(field, low, lowAt);
        double max = high == null ? Double.POSITIVE_INFINITY : decimal(field, high, highAt);
        yield new Query.DoubleRange(
            field, includeLow ? min : Math.nextUp(min), includeHigh ? max : Math.nextDown(max));
      }
      case DATE -> {
        long min = Long.MIN_VALUE;
        long max = Long.MAX_VALUE;
        if (low != null) {
          TimeSpan span = time(low, lowAt);
          min = TimeSpan.nanos(includeLow ? span.from() : span.until());
        }
        if (high != null) {
          TimeSpan span = time(high, highAt);
          max = TimeSpan.nanos(includeHigh ? span.until() : span.from()) - 1;
        }
        yield new Query.LongRange(field, min, max);
      }
      case KEYWORD, TEXT, FLAT -> {
        if (low == null && high == null) {
          yield new Query.Exists(field);
        }
        throw new QuerySyntaxException(
            (low == null ? highAt : lowAt) + 1,
            field.name() + " has no order: ranges are for numbers and times of the vocabulary");
      }
    };
  }

  private static Query wholeNumbers(
      Field field,
      @Nullable String low,
      int lowAt,
      @Nullable String high,
      int highAt,
      boolean includeLow,
      boolean includeHigh)
      throws QuerySyntaxException {
    long min = Long.MIN_VALUE;
    long max = Long.MAX_VALUE;
    if (low != null) {
      double decimal = decimal(field, low, lowAt);
      min = (long) Math.ceil(decimal);
      if (decimal == min) {
        min = exactLong(low, min);
        if (!includeLow && min++ == Long.MAX_VALUE) {
          return nothing(field);
        }
      }
    }
    if (high != null) {
      double decimal = decimal(field, high, highAt);
      max = (long) Math.floor(decimal);
      if (decimal == max) {
        max = exactLong(high, max);
        if (!includeHigh && max-- == Long.MIN_VALUE) {
          return nothing(field);
        }
      }
    }
    return new Query.LongRange(field, min, max);
  }

  private static Query nothing(Field field) {
    return new Query.LongRange(field, 1, 0);
  }

  private static double decimal(Field field, String value, int start) throws QuerySyntaxException {
    try {
      double number = Double.parseDouble(value);
      // parseDouble reads more than numbers: NaN, Infinity, hexadecimal, 1d.
      if (Double.isFinite(number) && value.matches("[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?")) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // Said below.
    }
    throw new QuerySyntaxException(
        start + 1, field.name() + " is a number, and \"" + shown(value) + "\" is none");
  }

  /** Doubles do not hold every long: prefer the digits as they are written. */
  private static long exactLong(String value, long rounded) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException written) {
      return rounded;
    }
  }

  private TimeSpan time(String value, int start) throws QuerySyntaxException {
    Optional<TimeSpan> span = TimeSpan.parse(value, now);
    if (span.isEmpty()) {
      throw new QuerySyntaxException(
          start + 1, TimeSpan.EXPECTED + " is expected, not \"" + shown(value) + "\"");
    }
    return span.get();
  }

  private static String shown(String value) {
    return value.length() <= 60 ? value : value.substring(0, 60) + "…";
  }

  private void boost() throws QuerySyntaxException {
    if (!atEnd() && peek() == '^') {
      at++;
      number(0, 1_000_000, -1, "a number");
    }
  }

  /** A number right here, without a sign; {@code missing} if there is none, -1 to insist. */
  private double number(double min, double max, double missing, String expected)
      throws QuerySyntaxException {
    int start = at;
    while (!atEnd() && (Character.isDigit(peek()) || peek() == '.')) {
      at++;
    }
    if (at == start && missing >= 0) {
      return missing;
    }
    try {
      double number = Double.parseDouble(text.substring(start, at));
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // Said below.
    }
    throw new QuerySyntaxException(start + 1, expected + " is expected here");
  }

  /** A field name and its colon, if that is what comes next; else nothing is consumed. */
  private @Nullable String fieldName() throws QuerySyntaxException {
    int start = at;
    StringBuilder name = new StringBuilder();
    while (!atEnd()) {
      char c = peek();
      if (c == '\\' && at + 1 < text.length()) {
        name.append(text.charAt(at + 1));
        at += 2;
      } else if (c == ':') {
        if (at == start) {
          throw wrong("a field name is expected before the colon");
        }
        at++;
        return name.toString();
      } else if (NEVER_IN_A_WORD.indexOf(c) >= 0 || c == '?' || (c == '*' && at > start)) {
        break;
      } else {
        name.append(c);
        at++;
      }
    }
    at = start;
    return null;
  }

  /** A word, escapes resolved, wildcards noticed. */
  private Word word(boolean colons) throws QuerySyntaxException {
    StringBuilder plain = new StringBuilder();
    StringBuilder pattern = new StringBuilder();
    boolean wildcards = false;
    int start = at;
    while (!atEnd()) {
      char c = peek();
      if (c == '\\') {
        if (at + 1 == text.length()) {
          throw wrong("a backslash with nothing behind it");
        }
        char escaped = text.charAt(at + 1);
        plain.append(escaped);
        if (escaped == '*' || escaped == '?' || escaped == '\\') {
          pattern.append('\\');
        }
        pattern.append(escaped);
        at += 2;
        continue;
      }
      boolean ends = NEVER_IN_A_WORD.indexOf(c) >= 0;
      if (ends && colons && (c == ':' || (c == '/' && at > start))) {
        ends = false;
      } else if (c == '/' && at > start) {
        // As in Lucene a slash begins a regular expression only where a value begins.
        ends = false;
      }
      if (ends) {
        break;
      }
      wildcards |= c == '*' || c == '?';
      plain.append(c);
      pattern.append(c);
      at++;
    }
    if (at == start) {
      throw wrong(
          atEnd()
              ? "something to search for is expected here"
              : "\"" + peek() + "\" is not expected here; put it into quotes");
    }
    return new Word(plain.toString(), pattern.toString(), wildcards);
  }

  private String quotedText() throws QuerySyntaxException {
    int opened = at++;
    StringBuilder content = new StringBuilder();
    while (!atEnd()) {
      char c = peek();
      if (c == '\\' && at + 1 < text.length()) {
        content.append(text.charAt(at + 1));
        at += 2;
      } else if (c == '"') {
        at++;
        return content.toString();
      } else {
        content.append(c);
        at++;
      }
    }
    throw new QuerySyntaxException(opened + 1, "a quotation mark that is never closed");
  }

  private Conjunction conjunction() {
    if (keyword("AND") || symbol("&&")) {
      return Conjunction.AND;
    }
    if (keyword("OR") || symbol("||")) {
      return Conjunction.OR;
    }
    return Conjunction.NONE;
  }

  private boolean symbol(String symbol) {
    if (text.startsWith(symbol, at)) {
      at += symbol.length();
      return true;
    }
    return false;
  }

  /** Consumes the keyword if it stands here as a word of its own. */
  private boolean keyword(String keyword) {
    int end = at + keyword.length();
    if (text.startsWith(keyword, at)
        && (end == text.length()
            || Character.isWhitespace(text.charAt(end))
            || "()\"[{+-!".indexOf(text.charAt(end)) >= 0)) {
      at = end;
      return true;
    }
    return false;
  }

  private void skipSpace() {
    while (!atEnd() && (Character.isWhitespace(peek()) || peek() == '\u3000')) {
      at++;
    }
  }

  private boolean atEnd() {
    return at >= text.length();
  }

  private char peek() {
    return text.charAt(at);
  }

  private QuerySyntaxException wrong(String problem) {
    return new QuerySyntaxException(Math.min(at, text.length()) + 1, problem);
  }

  private QuerySyntaxException wrongBefore(String problem) {
    return new QuerySyntaxException(Math.max(1, at), problem);
  }

  private enum Conjunction {
    NONE,
    AND,
    OR
  }

  private record Word(String plain, String pattern, boolean wildcards) {
    boolean isStar() {
      return pattern.equals("*");
    }
  }
}
