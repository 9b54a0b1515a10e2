package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody answers at the address, and nobody is asked: Kafka's clients check their properties. */
class LedgerClientsTest {
  private static final LedgerSettings SETTINGS =
      new LedgerSettings(
          Duration.ofSeconds(30),
          250_000,
          Duration.ofSeconds(1),
          Duration.ofMinutes(5),
          Duration.ofMillis(15),
          2_000,
          Duration.ofSeconds(6),
          Duration.ofSeconds(10));

  @ParameterizedTest
  @ValueSource(strings = {"500", "10000", "600000"})
  void theyAreMadeHoweverLongTheUserGivesARequest(String timeout) throws Exception {
    LedgerClients clients =
        new LedgerClients(
            new KafkaConnection("127.0.0.1:1", Map.of("request.timeout.ms", timeout)),
            new Topics("t."),
            SETTINGS,
            "gateway-1");
    for (AutoCloseable client :
        List.of(
            clients.owner(),
            clients.reader("reader", false),
            clients.transactional(),
            clients.dispatching(),
            clients.plain(),
            clients.admin())) {
      client.close();
    }
  }
}
