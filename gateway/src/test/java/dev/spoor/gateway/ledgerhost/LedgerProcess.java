package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;

/** A ledger in a process of its own, to be killed. Arguments: servers, prefix, instance, dir. */
final class LedgerProcess {
  static final String SERVING = "LEDGER SERVES ALL";

  private LedgerProcess() {}

  public static void main(String[] args) throws InterruptedException {
    Ledger ledger =
        LedgerKit.ledger(
            KafkaConnection.of(args[0]),
            new Topics(args[1]),
            new SimpleMeterRegistry(),
            args[2],
            Path.of(args[3]),
            Duration.ofSeconds(10));
    ledger.start();
    while (ledger.served() < LedgerKit.PARTITIONS) {
      Thread.sleep(20);
    }
    System.out.println(SERVING);
    Thread.currentThread().join();
  }
}
