package dev.spoor.telemetry.correlation;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * W3C trace context, version 00 (https://www.w3.org/TR/trace-context/).
 *
 * @param traceId 32 lower-case hexadecimal digits, not all zero
 * @param spanId 16 lower-case hexadecimal digits, not all zero
 * @param flags 0 to 255; bit 0 is {@code sampled}
 */
public record TraceContext(String traceId, String spanId, int flags) {
  private static final Pattern TRACEPARENT =
      Pattern.compile("00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})");

  /** Bit of {@code flags}. */
  public static final int SAMPLED = 1;

  private static final HexFormat HEX = HexFormat.of();

  /** A new trace. */
  public static TraceContext start() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new TraceContext(
        HEX.toHexDigits(nonZero(random)) + HEX.toHexDigits(random.nextLong()),
        HEX.toHexDigits(nonZero(random)),
        SAMPLED);
  }

  /** Reads a {@code traceparent}; empty if it is not well-formed. */
  public static Optional<TraceContext> parse(String traceparent) {
    var matcher = TRACEPARENT.matcher(traceparent);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new TraceContext(
            matcher.group(1), matcher.group(2), HexFormat.fromHexDigits(matcher.group(3))));
  }

  /** The same trace with a new span id. */
  public TraceContext child() {
    return new TraceContext(traceId, HEX.toHexDigits(nonZero(ThreadLocalRandom.current())), flags);
  }

  /** The same ids with other flags. */
  public TraceContext withFlags(int newFlags) {
    return new TraceContext(traceId, spanId, newFlags);
  }

  /** Whether somebody records this trace. */
  public boolean isSampled() {
    return (flags & SAMPLED) != 0;
  }

  /** As the header {@code traceparent}. */
  public String traceparent() {
    return "00-" + traceId + "-" + spanId + "-" + HEX.toHexDigits((byte) flags);
  }

  private static long nonZero(ThreadLocalRandom random) {
    long bits;
    do {
      bits = random.nextLong();
    } while (bits == 0);
    return bits;
  }
}
