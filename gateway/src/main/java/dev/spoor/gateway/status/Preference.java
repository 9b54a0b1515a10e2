package dev.spoor.gateway.status;

import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The preference {@code wait} of RFC 7240; what is not understood is ignored, as it says. */
final class Preference {
  static final Duration MAX_WAIT = Duration.ofSeconds(60);
  private static final Pattern WAIT =
      Pattern.compile("(?:^|[,;])\\s*wait\\s*=\\s*\"?(\\d{1,9})\"?\\s*(?=$|[,;])");

  private Preference() {}

  /** How long the caller would wait; never more than {@link #MAX_WAIT}. */
  static Optional<Duration> waiting(Enumeration<String> headers) {
    for (String header : Collections.list(headers)) {
      Matcher matcher = WAIT.matcher(header);
      if (matcher.find()) {
        Duration asked = Duration.ofSeconds(Long.parseLong(matcher.group(1)));
        return Optional.of(asked.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : asked);
      }
    }
    return Optional.empty();
  }
}
