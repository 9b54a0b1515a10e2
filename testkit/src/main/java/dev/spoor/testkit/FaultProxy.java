package dev.spoor.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on loopback that makes a network's faults: slow, cut, or silent. Bytes that it has
 * taken in a silent or slow time are held, not lost, and go on when it heals. Thread-safe; {@link
 * #close} ends all its threads.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final Duration JOIN_LIMIT = Duration.ofSeconds(5);

  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;
  private final Object change = new Object();
  private int target;
  private Duration delay = Duration.ZERO;
  private boolean silent;
  private boolean refusing;
  private boolean closed;

  private FaultProxy(ServerSocket server) {
    this.server = server;
    this.acceptor =
        Thread.ofPlatform()
            .name("fault-proxy-" + server.getLocalPort())
            .daemon()
            .start(this::acceptLoop);
  }

  /** On a free port, with nothing behind it until {@link #forwardTo}. */
  public static FaultProxy listen() {
    try {
      return new FaultProxy(new ServerSocket(0, 256, InetAddress.getLoopbackAddress()));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Before the given port of this machine. */
  public static FaultProxy before(int port) {
    FaultProxy proxy = listen();
    proxy.forwardTo(port);
    return proxy;
  }

  /** Where new connections lead from now on. */
  public void forwardTo(int port) {
    synchronized (change) {
      target = port;
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Every piece of data, in both directions, is this late from now on. */
  public void delay(Duration newDelay) {
    synchronized (change) {
      delay = newDelay;
      change.notifyAll();
    }
  }

  /** Closes every connection and every new one at once, until {@link #heal}. */
  public void cut() {
    synchronized (change) {
      refusing = true;
      change.notifyAll();
    }
    closeSockets();
  }

  /** Keeps connections open and takes new ones, and passes nothing on, until {@link #heal}. */
  public void blackHole() {
    synchronized (change) {
      silent = true;
    }
  }

  /** An ordinary network again. Connections that were cut stay cut. */
  public void heal() {
    synchronized (change) {
      silent = false;
      refusing = false;
      delay = Duration.ZERO;
      change.notifyAll();
    }
  }

  @Override
  public void close() {
    synchronized (change) {
      closed = true;
      change.notifyAll();
    }
    closeQuietly(server);
    closeSockets();
    try {
      acceptor.join(JOIN_LIMIT);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void acceptLoop() {
    while (true) {
      Socket client;
      try {
        client = server.accept();
      } catch (IOException closing) {
        return;
      }
      connect(client);
    }
  }

  private void connect(Socket client) {
    int port;
    synchronized (change) {
      port = target;
      if (refusing || closed || port == 0) {
        closeQuietly(client);
        return;
      }
    }
    Socket upstream;
    try {
      upstream = new Socket(InetAddress.getLoopbackAddress(), port);
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
    } catch (IOException nobodyThere) {
      closeQuietly(client);
      return;
    }
    sockets.add(client);
    sockets.add(upstream);
    pump(client, upstream);
    pump(upstream, client);
  }

  private void pump(Socket from, Socket to) {
    Thread.ofVirtual()
        .name("fault-proxy-" + port() + "-pump")
        .start(() -> {
          byte[] buffer = new byte[BUFFER_BYTES];
          try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
              awaitPassage();
              out.write(buffer, 0, n);
            }
          } catch (SocketException cut) {
            // One of the two ends has gone, which the finally block tells the other.
          } catch (IOException failed) {
            throw new UncheckedIOException(failed);
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
          } finally {
            closeQuietly(from);
            closeQuietly(to);
            sockets.remove(from);
            sockets.remove(to);
          }
        });
  }

  private void awaitPassage() throws InterruptedException {
    synchronized (change) {
      long end = System.nanoTime() + delay.toNanos();
      while (!closed && !refusing) {
        long left = end - System.nanoTime();
        if (silent) {
          change.wait();
        } else if (left > 0 && !delay.isZero()) {
          change.wait(left / 1_000_000, (int) (left % 1_000_000));
        } else {
          return;
        }
      }
    }
  }

  private void closeSockets() {
    sockets.forEach(FaultProxy::closeQuietly);
    sockets.clear();
  }

  private static void closeQuietly(@Nullable AutoCloseable closeable) {
    try {
      if (closeable != null) {
        closeable.close();
      }
    } catch (Exception alreadyGone) {
      // Nothing to do for an end that has gone.
    }
  }
}
