package dev.spoor.telemetry.otel;

import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.tracing.SpanCounts;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what arrives and what does not, and says so: one warning when spans cannot be sent, one
 * line when they can again. A collector that comes and goes is told of once in {@link #QUIET}.
 */
final class ReportingExporter implements SpanExporter {
  /** Between two warnings. */
  static final Duration QUIET = Duration.ofMinutes(10);

  private static final int MAX_REASON = 300;
  private static final Logger log = LoggerFactory.getLogger(ReportingExporter.class);

  private final SpanExporter exporter;
  private final String collector;
  private final SpanCounts counts;
  private final Redactor redactor;
  private final Supplier<@Nullable String> words;
  private final LongSupplier nanos;
  // Only of what was warned of.
  private boolean failing;
  private boolean warned;
  private long warnedAt;

  /**
   * @param collector where the spans go, for the warning
   * @param words what the exporter has said last, null for nothing: its exceptions are mute
   * @param nanos a clock as {@link System#nanoTime}
   */
  ReportingExporter(
      SpanExporter exporter,
      String collector,
      SpanCounts counts,
      Redactor redactor,
      Supplier<@Nullable String> words,
      LongSupplier nanos) {
    this.exporter = exporter;
    this.collector = collector;
    this.counts = counts;
    this.redactor = redactor;
    this.words = words;
    this.nanos = nanos;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    int size = spans.size();
    CompletableResultCode result;
    try {
      result = exporter.export(spans);
    } catch (RuntimeException | LinkageError e) {
      result = CompletableResultCode.ofExceptionalFailure(e);
    }
    CompletableResultCode done = result;
    // The batch processor may have given up waiting by then: what is counted here is what happened.
    return done.whenComplete(() -> {
      if (done.isSuccess()) {
        counts.exported(size);
        sent();
      } else {
        counts.notSent(size);
        failed(done.getFailureThrowable());
      }
    });
  }

  private synchronized void sent() {
    if (failing) {
      failing = false;
      log.info("spans are sent to {} again; lost so far: {}", collector, counts.lost());
    }
  }

  private synchronized void failed(@Nullable Throwable why) {
    long now = nanos.getAsLong();
    if (warned && now - warnedAt < QUIET.toNanos()) {
      return;
    }
    warned = true;
    failing = true;
    warnedAt = now;
    log.warn(
        "spans cannot be sent to {}: {}; they are dropped and counted (spoor.tracing.dropped),"
            + " and nothing else is affected",
        collector,
        reason(why));
  }

  private String reason(@Nullable Throwable why) {
    String said = words.get();
    for (Throwable each = why; each != null; each = each.getCause()) {
      if (each.getMessage() != null) {
        said = each.getMessage();
      }
    }
    String reason = said == null ? "no reason was given" : said;
    // Redacted before it is cut: half a secret is not recognised.
    String clean = redactor.redact(reason);
    return clean.length() > MAX_REASON ? clean.substring(0, MAX_REASON) + "…" : clean;
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
