package dev.spoor.store.lucene;

import dev.spoor.store.query.Field;
import dev.spoor.store.query.FieldType;
import dev.spoor.store.query.Query;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.DoubleField;
import org.apache.lucene.document.LongField;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.WildcardQuery;

/** Translates queries to Lucene's. Fields are mapped as {@link IndexFields} writes them. */
final class LuceneQueries {
  /** Words that one {@code word~} may stand for; a clause is made for each. */
  private static final int MAX_SIMILAR = 1000;

  private final Analyzer analyzer;

  LuceneQueries(Analyzer analyzer) {
    this.analyzer = analyzer;
  }

  org.apache.lucene.search.Query translate(Query query) {
    return switch (query) {
      case Query.Everything everything -> MatchAllDocsQuery.INSTANCE;
      case Query.Exists exists -> new TermQuery(new Term(IndexFields.NAMES, exists.field().name()));
      case Query.Exact exact -> new TermQuery(term(exact.field(), exact.value()));
      case Query.Words words -> words(words);
      case Query.Like like -> like(like);
      case Query.Similar similar -> {
        Term term = term(similar.field(), similar.value());
        // The path of a flat field is part of its term and must match exactly.
        int exactly = term.text().length() - similar.value().length();
        yield new FuzzyQuery(term, similar.edits(), exactly, MAX_SIMILAR, true);
      }
      case Query.LongRange range ->
          range.min() > range.max()
              ? new MatchNoDocsQuery("an empty range")
              : LongField.newRangeQuery(range.field().name(), range.min(), range.max());
      case Query.DoubleRange range ->
          range.min() > range.max()
              ? new MatchNoDocsQuery("an empty range")
              : DoubleField.newRangeQuery(range.field().name(), range.min(), range.max());
      case Query.Bool bool -> bool(bool);
    };
  }

  private org.apache.lucene.search.Query bool(Query.Bool bool) {
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    boolean positive = false;
    for (Query.Clause clause : bool.clauses()) {
      org.apache.lucene.search.Query translated = translate(clause.query());
      switch (clause.occur()) {
        case MUST -> {
          all.add(translated, BooleanClause.Occur.FILTER);
          positive = true;
        }
        case SHOULD -> {
          all.add(translated, BooleanClause.Occur.SHOULD);
          positive = true;
        }
        case MUST_NOT -> all.add(translated, BooleanClause.Occur.MUST_NOT);
      }
    }
    if (!positive) {
      all.add(MatchAllDocsQuery.INSTANCE, BooleanClause.Occur.FILTER);
    }
    boolean required =
        bool.clauses().stream().anyMatch(clause -> clause.occur() == Query.Occur.MUST);
    if (positive && !required) {
      // FILTER clauses, which we use for MUST, would not imply this; here there are none.
      all.setMinimumNumberShouldMatch(1);
    }
    return all.build();
  }

  private org.apache.lucene.search.Query words(Query.Words words) {
    List<String> tokens = tokens(words.field().name(), words.text());
    if (tokens.isEmpty()) {
      return new MatchNoDocsQuery("no word in it");
    }
    String field = words.field().name();
    if (tokens.size() == 1) {
      return new TermQuery(new Term(field, tokens.getFirst()));
    }
    return new PhraseQuery(words.slop(), field, tokens.toArray(String[]::new));
  }

  private static org.apache.lucene.search.Query like(Query.Like like) {
    String pattern = like.pattern();
    String prefix = pattern.substring(0, pattern.length() - 1);
    if (pattern.endsWith("*") && prefix.chars().noneMatch(c -> c == '*' || c == '?' || c == '\\')) {
      return new ConstantScoreQuery(new PrefixQuery(term(like.field(), prefix)));
    }
    if (like.field().type() == FieldType.FLAT) {
      String path = like.field().name() + IndexFields.SEPARATOR;
      return new WildcardQuery(new Term(IndexFields.FLAT, escape(path) + pattern));
    }
    return new WildcardQuery(new Term(like.field().name(), pattern));
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

  private static Term term(Field field, String value) {
    return field.type() == FieldType.FLAT
        ? new Term(IndexFields.FLAT, field.name() + IndexFields.SEPARATOR + value)
        : new Term(field.name(), value);
  }

  private List<String> tokens(String field, String text) {
    List<String> tokens = new ArrayList<>();
    try (TokenStream stream = analyzer.tokenStream(field, text)) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      while (stream.incrementToken()) {
        tokens.add(term.toString());
      }
      stream.end();
    } catch (IOException impossible) {
      throw new UncheckedIOException("Reading from a string failed", impossible);
    }
    return tokens;
  }
}
