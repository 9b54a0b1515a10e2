package dev.spoor.contract.telemetry;

/**
 * Names that Google Cloud Logging takes out of a line of JSON on stdout and gives a meaning.
 *
 * @see <a href="https://cloud.google.com/logging/docs/structured-logging">Structured logging</a>
 */
public final class GoogleCloud {
  /** Our level names are severities of theirs. */
  public static final String SEVERITY = "severity";

  /** {@code projects/PROJECT/traces/TRACE_ID}. */
  public static final String TRACE = "logging.googleapis.com/trace";

  public static final String SPAN_ID = "logging.googleapis.com/spanId";

  private GoogleCloud() {}
}
