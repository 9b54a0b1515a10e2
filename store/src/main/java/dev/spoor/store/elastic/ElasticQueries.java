package dev.spoor.store.elastic;

import dev.spoor.store.query.Field;
import dev.spoor.store.query.FieldType;
import dev.spoor.store.query.Query;
import dev.spoor.store.query.TimeSpan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Translates queries to Elasticsearch's query DSL. Fields are as {@link Documents} writes them. */
final class ElasticQueries {
  /** As many as the Lucene store lets one {@code word~} stand for. */
  private static final int MAX_SIMILAR = 1000;

  private static final Map<String, Object> NOTHING = Map.of("match_none", Map.of());

  private final boolean ownWords;

  /**
   * @param ownWords whether texts are searched in {@link Documents#WORDS}
   */
  ElasticQueries(boolean ownWords) {
    this.ownWords = ownWords;
  }

  Map<String, Object> translate(Query query) {
    return switch (query) {
      case Query.Everything everything -> Map.of("match_all", Map.of());
      case Query.Exists exists -> exists(exists.field());
      case Query.Exact exact ->
          Map.of("term", Map.of(name(exact.field()), term(exact.field(), exact.value())));
      case Query.Words words -> words(words);
      case Query.Like like -> like(like);
      case Query.Similar similar -> similar(similar);
      case Query.LongRange range -> longs(range);
      case Query.DoubleRange range -> doubles(range);
      case Query.Bool bool -> bool(bool);
    };
  }

  /** Times in nanoseconds since 1970, both included. */
  static Map<String, Object> times(String field, long min, long max) {
    // The type begins in 1970 and ends where 64 bits do.
    if (min > max || max < 0) {
      return NOTHING;
    }
    Map<String, Object> bounds = new LinkedHashMap<>();
    if (min > 0) {
      bounds.put("gte", TimeSpan.ofNanos(min).toString());
    }
    if (max < Long.MAX_VALUE) {
      bounds.put("lte", TimeSpan.ofNanos(max).toString());
    }
    return Map.of("range", Map.of(field, bounds));
  }

  private Map<String, Object> exists(Field field) {
    Map<String, Object> path = Map.of("term", Map.of(Documents.PATHS, field.name()));
    if (field.type() == FieldType.FLAT) {
      return path;
    }
    // An object in place of the value is below its path.
    return Map.of(
        "bool",
        Map.of(
            "should",
            List.of(Map.of("exists", Map.of("field", name(field))), path),
            "minimum_should_match",
            1));
  }

  private Map<String, Object> words(Query.Words words) {
    String text = ownWords ? Documents.words(words.text()) : words.text();
    // No word in it: nothing is found, as match_phrase has it by default.
    return Map.of(
        "match_phrase", Map.of(name(words.field()), Map.of("query", text, "slop", words.slop())));
  }

  private Map<String, Object> like(Query.Like like) {
    String pattern =
        like.field().type() == FieldType.FLAT
            ? escape(like.field().name() + Documents.SEPARATOR) + like.pattern()
            : like.pattern();
    return Map.of("wildcard", Map.of(name(like.field()), Map.of("value", pattern)));
  }

  private Map<String, Object> similar(Query.Similar similar) {
    String value = term(similar.field(), similar.value());
    // The path of a flat field is part of its term and must match exactly.
    int exactly = value.length() - similar.value().length();
    return Map.of(
        "fuzzy",
        Map.of(
            name(similar.field()),
            Map.of(
                "value",
                value,
                "fuzziness",
                similar.edits(),
                "prefix_length",
                exactly,
                "max_expansions",
                MAX_SIMILAR,
                "transpositions",
                true)));
  }

  private static Map<String, Object> longs(Query.LongRange range) {
    if (range.field().type() == FieldType.DATE) {
      return times(range.field().name(), range.min(), range.max());
    }
    if (range.min() > range.max()) {
      return NOTHING;
    }
    return Map.of(
        "range", Map.of(range.field().name(), Map.of("gte", range.min(), "lte", range.max())));
  }

  private static Map<String, Object> doubles(Query.DoubleRange range) {
    if (range.min() > range.max()) {
      return NOTHING;
    }
    Map<String, Object> bounds = new LinkedHashMap<>();
    if (range.min() > Double.NEGATIVE_INFINITY) {
      bounds.put("gte", range.min());
    }
    if (range.max() < Double.POSITIVE_INFINITY) {
      bounds.put("lte", range.max());
    }
    return Map.of("range", Map.of(range.field().name(), bounds));
  }

  private Map<String, Object> bool(Query.Bool bool) {
    List<Object> must = new ArrayList<>();
    List<Object> should = new ArrayList<>();
    List<Object> mustNot = new ArrayList<>();
    for (Query.Clause clause : bool.clauses()) {
      Map<String, Object> translated = translate(clause.query());
      switch (clause.occur()) {
        case MUST -> must.add(translated);
        case SHOULD -> should.add(translated);
        case MUST_NOT -> mustNot.add(translated);
      }
    }
    Map<String, Object> all = new LinkedHashMap<>();
    if (!must.isEmpty()) {
      all.put("filter", must);
    } else if (!should.isEmpty()) {
      // Hits are ordered by time: what need not match has no part in it.
      all.put("should", should);
      all.put("minimum_should_match", 1);
    }
    if (!mustNot.isEmpty()) {
      all.put("must_not", mustNot);
    }
    return Map.of("bool", all);
  }

  private String name(Field field) {
    return switch (field.type()) {
      case FLAT -> Documents.FLAT;
      case TEXT -> ownWords ? Documents.WORDS + field.name() : field.name();
      case KEYWORD, LONG, DOUBLE, DATE -> field.name();
    };
  }

  private static String term(Field field, String value) {
    return field.type() == FieldType.FLAT ? field.name() + Documents.SEPARATOR + value : value;
  }

  private static String escape(String literal) {
    StringBuilder escaped = new StringBuilder(literal.length() + 8);
    literal
        .chars()
        .forEach(c -> {
          if (c == '*' || c == '?' || c == '\\') {
            escaped.append('\\');
          }
          escaped.append((char) c);
        });
    return escaped.toString();
  }
}
