package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serializer;

/**
 * A ledger in a process of its own, to be killed. Arguments: servers, prefix, instance, dir, and
 * perhaps the number of the dispatch that it dies at.
 */
final class LedgerProcess {
  static final String SERVING = "LEDGER SERVES ALL";

  private LedgerProcess() {}

  public static void main(String[] args) throws InterruptedException {
    Ledger ledger =
        LedgerKit.ledger(
            new KafkaConnection(
                args[0],
                args.length < 5
                    ? Map.of()
                    : Map.of(
                        ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                        DyingAtDispatch.class.getName(),
                        DyingAtDispatch.AT,
                        args[4])),
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

  /**
   * Ends the process as a kill does, when its so-many-eth dispatch is about to be sent: the
   * transaction that it follows from is committed.
   */
  public static final class DyingAtDispatch implements Serializer<byte[]> {
    static final String AT = "spoor.test.die.at";
    private static final AtomicInteger SENT = new AtomicInteger();
    private int at;

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
      at = Integer.parseInt(String.valueOf(configs.get(AT)));
    }

    @Override
    public byte[] serialize(String topic, byte[] data) {
      if (topic.contains(".jobs.") && SENT.incrementAndGet() == at) {
        Runtime.getRuntime().halt(137);
      }
      return data;
    }
  }
}
