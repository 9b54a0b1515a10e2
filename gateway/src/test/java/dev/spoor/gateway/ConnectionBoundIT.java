package dev.spoor.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.spoor.testkit.TestBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A crowd of clients takes no more memory than a thousand of them. */
@Timeout(120)
class ConnectionBoundIT {
  private static final int BOUND = 1_000;
  private static final int CROWD = 1_200;

  @Test
  void servesAThousandConnectionsAndTheRestWhenThoseAreGone() throws IOException {
    TestBroker broker = TestBroker.shared();
    List<Socket> crowd = new ArrayList<>();
    try (TestGateway gateway = new TestGateway(broker.connection(), broker.freshTopics())) {
      for (int i = 0; i < CROWD; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        crowd.add(socket);
        socket
            .getOutputStream()
            .write("GET /v1/flows HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
      }
      await().atMost(Duration.ofSeconds(15)).until(() -> answered(crowd).size() >= BOUND);
      await()
          .during(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(5))
          .until(() -> answered(crowd).size() == BOUND);

      List<Socket> waiting = new ArrayList<>(crowd);
      for (Socket served : answered(crowd)) {
        waiting.remove(served);
        served.close();
      }
      assertThat(waiting).hasSize(CROWD - BOUND);
      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> answered(waiting).size() == waiting.size());
      for (Socket served : waiting) {
        assertThat(new String(served.getInputStream().readNBytes(12), US_ASCII))
            .isEqualTo("HTTP/1.1 200");
      }
    } finally {
      for (Socket socket : crowd) {
        socket.close();
      }
    }
  }

  private static List<Socket> answered(List<Socket> sockets) {
    return sockets.stream()
        .filter(socket -> {
          try {
            return socket.getInputStream().available() > 0;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        })
        .toList();
  }
}
