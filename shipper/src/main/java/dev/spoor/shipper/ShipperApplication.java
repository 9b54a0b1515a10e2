package dev.spoor.shipper;

import dev.spoor.telemetry.app.AppDefaults;
import dev.spoor.telemetry.app.AppStart;
import java.util.Map;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The shipper as a process of its own. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(ShipperConfiguration.class)
public class ShipperApplication {
  static final int PORT = 8082;

  public static void main(String[] args) {
    AppStart.run(ShipperApplication.class, defaults(PORT), args);
  }

  /**
   * The properties that the shipper starts with unless configured.
   *
   * @param port 0 for any free one
   */
  public static Map<String, Object> defaults(int port) {
    Map<String, Object> defaults = AppDefaults.of("shipper", port);
    // Nobody is asked for a key, so nobody from elsewhere may ask.
    defaults.put("server.address", "127.0.0.1");
    // Its own records go to stdout only: it must never write to a topic that it reads.
    defaults.put("spoor.telemetry.shipping.enabled", "false");
    return defaults;
  }
}
