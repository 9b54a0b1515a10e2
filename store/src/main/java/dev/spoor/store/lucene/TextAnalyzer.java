package dev.spoor.store.lucene;

import java.io.IOException;
import java.io.Reader;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharFilter;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.standard.StandardTokenizer;

/**
 * Words of log text: Unicode's word boundaries (UAX #29), and dots, which UAX #29 keeps inside a
 * word. So {@code IllegalStateException} is found where {@code java.lang.IllegalStateException}
 * stands. In Elasticsearch: the standard tokenizer behind a {@code mapping} character filter.
 */
final class TextAnalyzer extends Analyzer {
  @Override
  protected Reader initReader(String fieldName, Reader reader) {
    return new DotsToSpaces(reader);
  }

  @Override
  protected Reader initReaderForNormalization(String fieldName, Reader reader) {
    return new DotsToSpaces(reader);
  }

  @Override
  protected TokenStreamComponents createComponents(String fieldName) {
    StandardTokenizer words = new StandardTokenizer();
    return new TokenStreamComponents(words, new LowerCaseFilter(words));
  }

  @Override
  protected TokenStream normalize(String fieldName, TokenStream in) {
    return new LowerCaseFilter(in);
  }

  private static final class DotsToSpaces extends CharFilter {
    DotsToSpaces(Reader input) {
      super(input);
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
      int count = input.read(buffer, offset, length);
      for (int i = offset; i < offset + count; i++) {
        if (buffer[i] == '.') {
          buffer[i] = ' ';
        }
      }
      return count;
    }

    @Override
    protected int correct(int currentOffset) {
      return currentOffset;
    }
  }
}
