package dev.spoor.system.bench;

import dev.spoor.broker.BrokerSettings;
import dev.spoor.broker.EmbeddedBroker;
import java.nio.file.Path;

/** A broker in a process of its own, so that it can be killed: {@code <directory> <port>}. */
final class SoakBroker {
  private SoakBroker() {}

  public static void main(String[] args) throws InterruptedException {
    EmbeddedBroker broker =
        EmbeddedBroker.start(
            BrokerSettings.in(Path.of(args[0])).withPort(Integer.parseInt(args[1])));
    System.out.println("READY " + broker.bootstrapServers());
    Thread.currentThread().join();
  }
}
