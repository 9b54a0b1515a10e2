package dev.spoor.telemetry.redaction;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.List;

/**
 * A rule of a user's own.
 *
 * @param name of the rule and kind in the mask
 * @param pattern in RE2's syntax, which has no backtracking: one search is linear in the text
 * @param group of the pattern that is the secret; 0 is all of the match
 */
record UserRule(String name, Pattern pattern, int group) {
  /**
   * Characters that a search may read for each of the text. One search is linear, but many matches,
   * each with a far look ahead, are not; beyond this the text counts as one that cannot be judged.
   */
  private static final long MAX_READS = 64;

  private static final long FREE_READS = 4096;

  /**
   * Adds what the pattern finds.
   *
   * @throws IllegalStateException if the text makes the pattern look ahead too often
   */
  void find(String text, List<Found> founds) {
    Matcher matcher = pattern.matcher(new CountedText(text));
    int at = 0;
    while (at <= text.length() && matcher.find(at)) {
      int start = matcher.start(group);
      int end = matcher.end(group);
      if (start >= 0 && end > start) {
        founds.add(new Found(name, name, start, end, ""));
      }
      at = Math.max(matcher.end(), at + 1);
    }
  }

  /** Counts what is read of a text, and reads no further than is linear. */
  private static final class CountedText implements CharSequence {
    private final String text;
    private long left;

    CountedText(String text) {
      this.text = text;
      this.left = FREE_READS + MAX_READS * text.length();
    }

    @Override
    public char charAt(int index) {
      if (--left < 0) {
        throw new IllegalStateException("a rule looks ahead too often");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
