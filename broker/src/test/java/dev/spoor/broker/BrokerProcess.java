package dev.spoor.broker;

import java.nio.file.Path;

/** A process with a broker and nothing else: prints its address, then waits to be killed. */
final class BrokerProcess {
  private BrokerProcess() {}

  @SuppressWarnings("SystemOut") // the parent reads it
  public static void main(String[] args) throws InterruptedException {
    EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(Path.of(args[0])));
    System.out.println("READY " + broker.bootstrapServers());
    Thread.currentThread().join();
  }
}
