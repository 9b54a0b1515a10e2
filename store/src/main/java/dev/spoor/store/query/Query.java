package dev.spoor.store.query;

import java.util.Arrays;
import java.util.List;

/**
 * A query, read and checked: fields have types, numbers and times are numbers, and what is left for
 * a store is to match. {@link QueryParser} makes it from text; code that knows what it wants makes
 * it by hand, so that nothing is ever pasted into a user's text.
 */
public sealed interface Query {
  /** Every record. */
  record Everything() implements Query {}

  /** Records that have the field. */
  record Exists(Field field) implements Query {}

  /** A keyword or flat field with exactly this value. */
  record Exact(Field field, String value) implements Query {}

  /**
   * A text field with these words side by side. A single word of a query can be several here:
   * {@code java.io.IOException} has three.
   *
   * @param slop how many places the words may be moved
   */
  record Words(Field field, String text, int slop) implements Query {}

  /**
   * A value, or a word of a text, like the pattern.
   *
   * @param pattern {@code *} any text, {@code ?} one character, backslash takes the next character
   *     as it is; for text fields in lower case; begins with an ordinary character
   */
  record Like(Field field, String pattern) implements Query {}

  /** A value, or a word of a text, with at most {@code edits} (0 to 2) characters changed. */
  record Similar(Field field, String value, int edits) implements Query {}

  /** A whole number or a time in epoch nanoseconds, both ends included. */
  record LongRange(Field field, long min, long max) implements Query {}

  /** A number with decimals, both ends included. */
  record DoubleRange(Field field, double min, double max) implements Query {}

  /**
   * All {@code MUST}, no {@code MUST_NOT}, and, if there is no {@code MUST}, at least one {@code
   * SHOULD}. With {@code MUST_NOT} only: everything else.
   */
  record Bool(List<Clause> clauses) implements Query {
    public Bool {
      clauses = List.copyOf(clauses);
    }
  }

  /** One part of a {@link Bool}. */
  record Clause(Occur occur, Query query) {}

  /** What a clause demands. */
  enum Occur {
    MUST,
    SHOULD,
    MUST_NOT
  }

  /** Records that match all of these. */
  static Query all(Query... queries) {
    return new Bool(Arrays.stream(queries).map(query -> new Clause(Occur.MUST, query)).toList());
  }

  /** Records whose keyword or flat field has this value. */
  static Query exact(String field, String value) {
    return new Exact(Vocabulary.field(field), value);
  }
}
