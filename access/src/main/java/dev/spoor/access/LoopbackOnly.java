package dev.spoor.access;

import dev.spoor.telemetry.app.RefusedSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.springframework.core.env.Environment;

/** The rule for a server that asks nobody for a key. */
public final class LoopbackOnly {
  private LoopbackOnly() {}

  /**
   * Checks what the environment says of address, keys and anonymous callers.
   *
   * @throws RefusedSettings naming the setting, its value and what was expected
   */
  public static void check(Environment environment) {
    check(
        environment.getProperty("server.address", "0.0.0.0"),
        AccessConfiguration.hasKeys(environment)
            || environment.getProperty("spoor.allow-anonymous", Boolean.class, Boolean.FALSE));
  }

  /**
   * @param address where the server is to listen
   * @param open whether that is in order anywhere: callers are asked for keys, or the user has said
   *     that anyone may call
   * @throws RefusedSettings naming the setting, its value and what was expected
   */
  static void check(String address, boolean open) {
    if (open) {
      return;
    }
    boolean loopback;
    try {
      loopback = InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException _) {
      throw new RefusedSettings(
          List.of("server.address is \"" + address + "\": expected an address of this host"));
    }
    if (!loopback) {
      throw new RefusedSettings(
          List.of(
              "server.address is \""
                  + address
                  + "\": without API keys the server listens on loopback only;"
                  + " use 127.0.0.1, or name the keys with SPOOR_API_KEYS_FILE,"
                  + " or set SPOOR_ALLOW_ANONYMOUS=true if anyone who reaches it may use it"));
    }
  }
}
