package dev.spoor.system.shipping;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a drill does.
 *
 * @param records of the stream, poison among them
 * @param sources that write it
 * @param poison share of the stream
 * @param tenMegabytes how many of the poisoned ones have so many bytes
 * @param seed of the stream, the faults and the moments of kills
 * @param kills of the shipper
 * @param brokerKills of the broker
 * @param faults share of the bulk requests that meet one; without meaning with a real server
 * @param elasticsearch a real one; null for one of our own
 * @param container its container, to be killed and started; null for never
 * @param serverKills of that container
 * @param faketime the library that lets the shipper's clock jump; null for a clock that does not
 * @param limit for what is left to do after the last kill
 */
record DrillOptions(
    int records,
    int sources,
    double poison,
    int tenMegabytes,
    long seed,
    int kills,
    int brokerKills,
    double faults,
    @Nullable URI elasticsearch,
    @Nullable String container,
    int serverKills,
    @Nullable String faketime,
    Duration limit) {
  private static final List<String> NAMES =
      List.of(
          "--records",
          "--sources",
          "--poison",
          "--seed",
          "--kills",
          "--broker-kills",
          "--faults",
          "--elasticsearch",
          "--container",
          "--server-kills",
          "--faketime");

  /**
   * @throws IllegalArgumentException one sentence, if an option is not known or has no value
   */
  static DrillOptions of(String... args) {
    for (int i = 0; i < args.length; i += 2) {
      if (!NAMES.contains(args[i]) || i + 1 == args.length) {
        throw new IllegalArgumentException(
            "'" + args[i] + "' is not an option with a value; expected one of " + NAMES);
      }
    }
    int records = Integer.parseInt(option(args, "--records", "1000000"));
    String elasticsearch = option(args, "--elasticsearch", "");
    boolean real = !elasticsearch.isEmpty();
    String container = option(args, "--container", "");
    String faketime = option(args, "--faketime", "");
    return new DrillOptions(
        records,
        Integer.parseInt(option(args, "--sources", "300")),
        Double.parseDouble(option(args, "--poison", "0.01")),
        Math.max(2, records / 20_000),
        Long.parseLong(option(args, "--seed", "1")),
        Integer.parseInt(option(args, "--kills", real ? "10" : "100")),
        Integer.parseInt(option(args, "--broker-kills", "4")),
        Double.parseDouble(option(args, "--faults", "0.2")),
        real ? URI.create(elasticsearch) : null,
        container.isEmpty() ? null : container,
        container.isEmpty() ? 0 : Integer.parseInt(option(args, "--server-kills", "4")),
        faketime.isEmpty() ? null : faketime,
        Duration.ofMinutes(15));
  }

  private static String option(String[] args, String name, String otherwise) {
    int at = Arrays.asList(args).indexOf(name);
    return at < 0 ? otherwise : args[at + 1];
  }

  boolean isReal() {
    return elasticsearch != null;
  }
}
