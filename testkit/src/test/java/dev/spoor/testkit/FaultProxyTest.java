package dev.spoor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FaultProxyTest {
  private ServerSocket echo;
  private FaultProxy proxy;

  @BeforeEach
  void start() throws IOException {
    echo = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket socket = echo.accept();
              Thread.ofVirtual()
                  .start(() -> {
                    try (socket) {
                      socket.getInputStream().transferTo(socket.getOutputStream());
                    } catch (IOException ended) {
                      // The test has closed its end.
                    }
                  });
            }
          } catch (IOException closed) {
            // The test is over.
          }
        });
    proxy = FaultProxy.before(echo.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    echo.close();
  }

  @Test
  void passesBytesOn() throws IOException {
    try (Socket socket = connect()) {
      assertThat(ask(socket, 7)).isEqualTo(7);
    }
  }

  @Test
  void delaysBothDirections() throws IOException {
    try (Socket socket = connect()) {
      ask(socket, 1);
      proxy.delay(Duration.ofMillis(60));
      long begin = System.nanoTime();
      ask(socket, 2);
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isGreaterThanOrEqualTo(Duration.ofMillis(120));
    }
  }

  @Test
  void cutsWhatIsOpenAndWhatComes() throws IOException {
    try (Socket socket = connect()) {
      ask(socket, 1);
      proxy.cut();
      assertThatThrownByOrEnds(socket);
      try (Socket second = connect()) {
        assertThatThrownByOrEnds(second);
      }
      proxy.heal();
      try (Socket third = connect()) {
        assertThat(ask(third, 3)).isEqualTo(3);
      }
    }
  }

  @Test
  void holdsEverythingInABlackHoleUntilItHeals() throws IOException {
    try (Socket socket = connect()) {
      proxy.blackHole();
      socket.setSoTimeout(200);
      assertThatThrownBy(() -> ask(socket, 9)).isInstanceOf(SocketTimeoutException.class);
      proxy.heal();
      socket.setSoTimeout(5_000);
      assertThat(socket.getInputStream().read()).isEqualTo(9);
    }
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
  }

  private static int ask(Socket socket, int value) throws IOException {
    socket.getOutputStream().write(value);
    return socket.getInputStream().read();
  }

  private static void assertThatThrownByOrEnds(Socket socket) {
    int answer;
    try {
      answer = ask(socket, 1);
    } catch (IOException reset) {
      return;
    }
    assertThat(answer).isEqualTo(-1);
  }
}
