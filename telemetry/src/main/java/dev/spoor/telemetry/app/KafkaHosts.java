package dev.spoor.telemetry.app;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.telemetry.logging.LogSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until a host of Kafka has an address. A client cannot be made before that, while one whose
 * brokers do not answer yet can; and a container's name is not known before the container runs.
 */
public final class KafkaHosts {
  private static final Logger log = LoggerFactory.getLogger(KafkaHosts.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** As Kafka's clients read it. */
  private static final Pattern HOST_PORT =
      Pattern.compile("(?:.*://)?\\[?([0-9A-Za-z\\-%._:]*)]?:([0-9]{1,5})");

  private KafkaHosts() {}

  /**
   * Returns when one of the hosts can be resolved.
   *
   * @throws RefusedSettings if an entry is not host:port
   * @throws StartFailure if none can be resolved in time
   */
  public static void await(KafkaConnection kafka, Duration limit) {
    await(kafka, limit, KafkaHosts::isKnown, PAUSE);
  }

  static void await(
      KafkaConnection kafka, Duration limit, Predicate<String> known, Duration pause) {
    String servers = String.valueOf(kafka.with(Map.of()).get("bootstrap.servers"));
    List<String> hosts = hosts(servers);
    long end = System.nanoTime() + limit.toNanos();
    boolean told = false;
    while (hosts.stream().noneMatch(known)) {
      if (System.nanoTime() - end >= 0) {
        throw new StartFailure(
            "No host of KAFKA_BOOTSTRAP_SERVERS, which is '"
                + LogSettings.shown(servers)
                + "', can be resolved after "
                + limit.toSeconds()
                + " s: correct it, or see to it that the name is known here.");
      }
      if (!told) {
        told = true;
        log.info("Waiting up to {} s for the name of {} to be known", limit.toSeconds(), servers);
      }
      pause(pause);
    }
  }

  private static List<String> hosts(String servers) {
    List<String> hosts = new ArrayList<>();
    for (String server : servers.split(",", -1)) {
      Matcher parts = HOST_PORT.matcher(server.strip());
      if (parts.matches() && !parts.group(1).isEmpty()) {
        hosts.add(parts.group(1));
      } else if (!server.isBlank()) {
        throw new RefusedSettings(
            List.of(
                "KAFKA_BOOTSTRAP_SERVERS is '"
                    + LogSettings.shown(servers)
                    + "', expected host:port, or several with commas between them"));
      }
    }
    return hosts;
  }

  private static boolean isKnown(String host) {
    try {
      return InetAddress.getByName(host) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static void pause(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for Kafka's name", e);
    }
  }
}
