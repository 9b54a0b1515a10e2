package dev.spoor.contract.wire;

/** Names of Kafka record headers. */
public final class Headers {
  /** W3C trace context, so that tracing tools follow a job through Kafka. */
  public static final String TRACEPARENT = "traceparent";

  /** The request that caused the record. */
  public static final String REQUEST_ID = "request_id";

  /**
   * The {@code event} of a telemetry record, so that a reader can skip what it does not need
   * without parsing.
   */
  public static final String EVENT = "event";

  /** A telemetry record's {@code seq}, decimal text. */
  public static final String SEQ = "seq";

  /** Why a record is on a dead-letter topic. */
  public static final String REASON = "reason";

  private Headers() {}
}
