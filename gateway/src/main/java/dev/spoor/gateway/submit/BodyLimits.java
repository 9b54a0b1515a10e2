package dev.spoor.gateway.submit;

import dev.spoor.telemetry.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Reads request bodies within bounds: each one, and all of them together. Thread-safe.
 *
 * <p>Together: when {@code maxTogether} bytes are being worked on, a further request is refused at
 * once as certainly not accepted; nobody queues for memory.
 */
final class BodyLimits {
  /** The input and what else a body can say. */
  static final int MAX_BODY_BYTES = SubmitRules.MAX_INPUT_BYTES + (64 << 10);

  private static final int UNIT = 1 << 10;

  private final Semaphore units;

  BodyLimits(long maxTogetherBytes) {
    this.units = new Semaphore((int) (maxTogetherBytes / UNIT));
  }

  /** A body, and the memory that is its own until {@link #close}. */
  final class Taken implements AutoCloseable {
    private final byte[] bytes;
    private final int held;

    private Taken(byte[] bytes, int held) {
      this.bytes = bytes;
      this.held = held;
    }

    byte[] bytes() {
      return bytes;
    }

    @Override
    public void close() {
      units.release(held);
    }
  }

  /**
   * Reads the body, but never more than is allowed.
   *
   * @throws dev.spoor.telemetry.problem.ProblemException 413, 503
   * @throws IOException if the caller goes away
   */
  Taken read(HttpServletRequest request) throws IOException {
    long announced = request.getContentLengthLong();
    if (announced > MAX_BODY_BYTES) {
      throw tooLarge("the body").asException();
    }
    int wanted = (int) (announced < 0 ? MAX_BODY_BYTES : announced) / UNIT + 1;
    if (!units.tryAcquire(wanted)) {
      throw Problem.of(
              503,
              "busy",
              "The gateway is busy",
              "too many request bodies are being worked on; nothing was written")
          .with("outcome", "not_accepted")
          .withRetryAfter(Duration.ofSeconds(1))
          .asException();
    }
    boolean taken = false;
    try {
      byte[] bytes = request.getInputStream().readNBytes(MAX_BODY_BYTES + 1);
      if (bytes.length > MAX_BODY_BYTES) {
        throw tooLarge("the body").asException();
      }
      taken = true;
      return new Taken(bytes, wanted);
    } finally {
      if (!taken) {
        units.release(wanted);
      }
    }
  }

  static Problem tooLarge(String what) {
    return Problem.of(
        413,
        "too-large",
        "Content too large",
        what
            + " is too large: the input may have "
            + SubmitRules.MAX_INPUT_BYTES
            + " bytes, the whole body "
            + MAX_BODY_BYTES);
  }
}
