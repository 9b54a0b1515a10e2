package dev.spoor.system.shipping;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.springframework.boot.convert.DurationStyle;

/**
 * What {@link OutageDrill} does.
 *
 * @param elasticsearch a real one, without security
 * @param container its container, which is stopped and started
 * @param away how long the store is gone
 * @param rate records a second, from the start until the store is back
 * @param warmUp records that are stored before anything is looked at
 * @param compared how many of the records that wait at the end the bare loader is given, at most
 */
record OutageOptions(
    URI elasticsearch, String container, Duration away, int rate, int warmUp, int compared) {
  private static final List<String> NAMES =
      List.of("--elasticsearch", "--container", "--away", "--rate", "--warm-up", "--compared");

  OutageOptions {
    if (away.compareTo(Duration.ofMinutes(3)) < 0) {
      // An alert of a window of a minute has to come and go meanwhile.
      throw new IllegalArgumentException("--away is " + away + ", expected 3m or more");
    }
  }

  /**
   * @throws IllegalArgumentException one sentence, if an option is not known, missing or has no
   *     value
   */
  static OutageOptions of(String... args) {
    for (int i = 0; i < args.length; i += 2) {
      if (!NAMES.contains(args[i]) || i + 1 == args.length) {
        throw new IllegalArgumentException(
            "'" + args[i] + "' is not an option with a value; expected one of " + NAMES);
      }
    }
    return new OutageOptions(
        URI.create(option(args, "--elasticsearch", "")),
        option(args, "--container", ""),
        DurationStyle.detectAndParse(option(args, "--away", "30m")),
        Integer.parseInt(option(args, "--rate", "1000")),
        Integer.parseInt(option(args, "--warm-up", "300000")),
        Integer.parseInt(option(args, "--compared", "500000")));
  }

  private static String option(String[] args, String name, String otherwise) {
    int at = Arrays.asList(args).indexOf(name);
    if (at < 0 && otherwise.isEmpty()) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return at < 0 ? otherwise : args[at + 1];
  }
}
