package dev.spoor.gateway;

import dev.spoor.telemetry.app.AppDefaults;
import dev.spoor.telemetry.app.AppStart;
import java.util.Map;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The gateway as a process of its own. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(GatewayConfiguration.class)
public class GatewayApplication {
  static final int PORT = 8080;

  public static void main(String[] args) {
    AppStart.run(GatewayApplication.class, defaults(PORT), args);
  }

  /**
   * The properties that the gateway starts with unless configured.
   *
   * @param port 0 for any free one
   */
  public static Map<String, Object> defaults(int port) {
    Map<String, Object> defaults = AppDefaults.of("gateway", port);
    // Nobody is asked for a key, so nobody from elsewhere may ask.
    defaults.put("server.address", "127.0.0.1");
    return defaults;
  }
}
