package dev.spoor.worker.review;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A user story as far as a machine can read it: a title and acceptance criteria.
 *
 * @param title the first line that says something, without its markup
 * @param criteria in their order; empty if the story has none
 */
record Story(String title, List<String> criteria) {
  private static final int MAX_TITLE_LENGTH = 120;
  private static final int MAX_CRITERIA = 100;
  private static final Pattern MARKUP =
      Pattern.compile("^(?:#{1,6}\\s+|title:\\s*|story:\\s*)", Pattern.CASE_INSENSITIVE);
  private static final Pattern HEADING = Pattern.compile("^(?:#{1,6}\\s+.*|[^-*\\d].{0,80}:)$");
  private static final Pattern ITEM = Pattern.compile("^(?:[-*•]|\\d{1,3}[.)])\\s+(.+)$");

  Story {
    criteria = List.copyOf(criteria);
  }

  static Story parse(String text) {
    String title = "";
    List<String> underHeading = new ArrayList<>();
    List<String> anywhere = new ArrayList<>();
    boolean inCriteria = false;
    for (String raw : text.lines().toList()) {
      String line = raw.strip();
      if (line.isEmpty()) {
        continue;
      }
      Matcher item = ITEM.matcher(line);
      if (item.matches()) {
        add(anywhere, item.group(1));
        if (inCriteria) {
          add(underHeading, item.group(1));
        }
        continue;
      }
      if (HEADING.matcher(line).matches()) {
        inCriteria = line.toLowerCase(Locale.ROOT).contains("acceptance criteria");
      }
      if (title.isEmpty()) {
        String bare = MARKUP.matcher(line).replaceFirst("");
        title = bare.length() <= MAX_TITLE_LENGTH ? bare : bare.substring(0, MAX_TITLE_LENGTH);
      }
    }
    return new Story(
        title.isEmpty() ? "Untitled story" : title,
        underHeading.isEmpty() ? anywhere : underHeading);
  }

  private static void add(List<String> criteria, String text) {
    if (criteria.size() < MAX_CRITERIA) {
      criteria.add(text.strip());
    }
  }
}
