package dev.spoor.gateway.access;

import dev.spoor.telemetry.app.RefusedSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** The rule for a server that asks nobody for a key. */
public final class LoopbackOnly {
  private LoopbackOnly() {}

  /**
   * @param address where the server is to listen
   * @param allowAnonymous whether the user has said that anyone may call
   * @throws RefusedSettings naming the setting, its value and what was expected
   */
  public static void check(String address, boolean allowAnonymous) {
    if (allowAnonymous) {
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
                  + " use 127.0.0.1, or set SPOOR_ALLOW_ANONYMOUS=true if anyone who reaches it may"
                  + " use it"));
    }
  }
}
