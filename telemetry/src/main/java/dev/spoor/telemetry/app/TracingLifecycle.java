package dev.spoor.telemetry.app;

import dev.spoor.telemetry.correlation.TraceContext;
import dev.spoor.telemetry.logging.LogSettings;
import dev.spoor.telemetry.otel.ExportSettings;
import dev.spoor.telemetry.otel.OtelTracing;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.tracing.EndedSpan;
import dev.spoor.telemetry.tracing.SpanCounts;
import dev.spoor.telemetry.tracing.Tracing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Tracing for as long as the process may make spans, if it is wanted and the library is there.
 * Without either no class of the library is loaded: the package that knows it is named in method
 * bodies only, and the JVM looks them up when they run.
 */
final class TracingLifecycle implements SmartLifecycle, Tracing {
  /** How long the end of the process may wait for a collector. */
  static final Duration STOP_LIMIT = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(TracingLifecycle.class);

  /** A class of each part that is always needed, and whose it is. */
  private static final Map<String, String> PARTS =
      new TreeMap<>(
          Map.of(
              "io.opentelemetry.api.trace.Span",
              "io.opentelemetry:opentelemetry-api",
              "io.opentelemetry.sdk.OpenTelemetrySdk",
              "io.opentelemetry:opentelemetry-sdk",
              "io.opentelemetry.sdk.trace.SdkTracerProvider",
              "io.opentelemetry:opentelemetry-sdk-trace",
              "io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk",
              "io.opentelemetry:opentelemetry-sdk-extension-autoconfigure",
              "io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter",
              "io.opentelemetry:opentelemetry-exporter-otlp"));

  private final SpanCounts counts = new SpanCounts();
  private final Tracing tracing;
  private final @Nullable Closing closing;
  private volatile boolean running;

  /** Hides the type behind it, which must not be in this class's signature. */
  private interface Closing {
    void close(Duration limit);
  }

  private record Opened(Tracing tracing, @Nullable Closing closing) {}

  /**
   * @throws RefusedSettings if a variable of the SDK's is wrong
   */
  TracingLifecycle(TracingSettings settings, LogSettings origin, Redactor redactor) {
    Opened opened =
        settings.enabled()
            ? open(settings, origin, redactor, counts)
            : new Opened(Tracing.OFF, null);
    this.tracing = opened.tracing;
    this.closing = opened.closing;
  }

  private static Opened open(
      TracingSettings settings, LogSettings origin, Redactor redactor, SpanCounts counts) {
    List<String> missing = missing();
    if (!missing.isEmpty()) {
      log.warn(
          "{} is true, but the class path lacks {}; there will be no spans",
          TracingSettings.ENABLED,
          String.join(", ", missing));
      return new Opened(Tracing.OFF, null);
    }
    try {
      return Sdk.open(settings, origin, redactor, counts);
    } catch (IllegalArgumentException e) {
      throw new RefusedSettings(List.of(String.valueOf(e.getMessage())));
    } catch (IllegalStateException | LinkageError e) {
      log.warn(
          "{} is true, but OpenTelemetry does not work here: {}; there will be no spans",
          TracingSettings.ENABLED,
          e instanceof LinkageError ? e.toString() : e.getMessage());
      return new Opened(Tracing.OFF, null);
    }
  }

  private static List<String> missing() {
    List<String> missing = new ArrayList<>();
    PARTS.forEach((type, artifact) -> {
      try {
        var _ = Class.forName(type, false, TracingLifecycle.class.getClassLoader());
      } catch (ClassNotFoundException | LinkageError e) {
        missing.add(artifact);
      }
    });
    return missing;
  }

  /** Loaded when it is used, and with it what it names. */
  private static final class Sdk {
    private Sdk() {}

    static Opened open(
        TracingSettings settings, LogSettings origin, Redactor redactor, SpanCounts counts) {
      OtelTracing tracing =
          OtelTracing.open(
              new ExportSettings(
                  settings.endpoint(),
                  settings.serviceName(),
                  origin.service(),
                  origin.instance(),
                  origin.version(),
                  origin.environment()),
              counts,
              redactor);
      return new Opened(tracing, tracing::close);
    }
  }

  /** What became of spans. */
  SpanCounts counts() {
    return counts;
  }

  @Override
  public boolean isOn() {
    return tracing.isOn();
  }

  @Override
  public TraceContext begin() {
    return tracing.begin();
  }

  @Override
  public void ended(EndedSpan span) {
    tracing.ended(span);
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    if (closing != null) {
      closing.close(STOP_LIMIT);
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Stops after everything that makes spans, and before what it says then is shipped. */
  @Override
  public int getPhase() {
    return ShippingLifecycle.PHASE + 1;
  }
}
