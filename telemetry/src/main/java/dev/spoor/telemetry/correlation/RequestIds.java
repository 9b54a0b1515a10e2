package dev.spoor.telemetry.correlation;

import dev.spoor.contract.job.RequestId;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where request ids come from: the caller, if his is well-formed, else here. */
public final class RequestIds {
  /** The header's name unless {@code CORRELATION_ID_HEADER} says another. */
  public static final String DEFAULT_HEADER = "X-Request-ID";

  private RequestIds() {}

  /** A new one: a random UUID. */
  public static RequestId fresh() {
    return new RequestId(UUID.randomUUID().toString());
  }

  /** What a caller sent, if it is well-formed. A value that is not must never be echoed. */
  public static Optional<RequestId> parse(@Nullable String header) {
    if (header == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new RequestId(header));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
