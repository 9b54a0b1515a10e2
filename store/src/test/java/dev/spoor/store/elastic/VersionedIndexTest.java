package dev.spoor.store.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A read of what was committed is asked again, and not for ever. */
class VersionedIndexTest {
  private static final String FOUND = "{\"found\":true,\"_version\":7,\"_source\":{\"a\":1}}";

  /** In their order, the last one again and again; 0 closes the connection. */
  private final Deque<Integer> statuses = new ArrayDeque<>();

  private final AtomicInteger asked = new AtomicInteger();
  private StubServer server;
  private VersionedIndex index;

  @BeforeEach
  void start() throws IOException {
    server =
        new StubServer(exchange -> {
          try (exchange) {
            asked.incrementAndGet();
            int status = statuses.size() > 1 ? statuses.removeFirst() : statuses.getFirst();
            if (status != 0) {
              byte[] body =
                  (status == 200 ? FOUND : "{\"error\":{\"type\":\"told_to\"}}")
                      .getBytes(StandardCharsets.UTF_8);
              exchange.sendResponseHeaders(status, body.length);
              exchange.getResponseBody().write(body);
            }
          }
        });
    index = server.index("t-progress");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aServerThatIsBusyOrAwayForAMomentCostsNothing() throws Exception {
    statuses.addAll(List.of(503, 0, 200));
    VersionedIndex.Found found = index.get("x");
    assertThat(found.version()).isEqualTo(7);
    assertThat(found.source().path("a").asInt()).isEqualTo(1);
    statuses.clear();
    statuses.addAll(List.of(429, 200));
    assertThat(index.get("x").version()).isEqualTo(7);
  }

  @Test
  void itIsNotAskedForEver() {
    statuses.add(503);
    assertThatThrownBy(() -> index.get("x"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("503");
    assertThat(asked).hasValue(3);
  }

  @Test
  void aRefusalIsAnAnswer() {
    statuses.add(403);
    assertThatThrownBy(() -> index.get("x")).hasMessageContaining("SPOOR_ELASTICSEARCH_API_KEY");
    assertThat(asked).hasValue(1);
  }
}
