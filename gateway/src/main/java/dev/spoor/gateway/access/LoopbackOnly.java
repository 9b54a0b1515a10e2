package dev.spoor.gateway.access;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** The rule for a server that asks nobody for a key. */
public final class LoopbackOnly {
  private LoopbackOnly() {}

  /**
   * @param address where the server is to listen
   * @param allowAnonymous whether the user has said that anyone may call
   * @throws IllegalStateException naming the setting, its value and what was expected
   */
  public static void check(String address, boolean allowAnonymous) {
    if (allowAnonymous) {
      return;
    }
    boolean loopback;
    try {
      loopback = InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException(
          "server.address is \"" + address + "\", which is not an address of this host", e);
    }
    if (!loopback) {
      throw new IllegalStateException(
          "server.address is \""
              + address
              + "\": without API keys the server listens on loopback only;"
              + " use 127.0.0.1, or set SPOOR_ALLOW_ANONYMOUS=true if anyone who reaches it may"
              + " use it");
    }
  }
}
