package dev.spoor.telemetry.otel;

import dev.spoor.contract.telemetry.SemConv;
import dev.spoor.telemetry.correlation.TraceContext;
import dev.spoor.telemetry.logging.Strings;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.tracing.EndedSpan;
import dev.spoor.telemetry.tracing.SpanCounts;
import dev.spoor.telemetry.tracing.Tracing;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exports spans over OTLP. The SDK makes them when they have ended, with the ids that their records
 * have; its sampler, limits, batches and exporter are those that its {@code OTEL_*} variables ask
 * for. Names, attributes and messages are redacted before the SDK sees them.
 *
 * <p>Callers do no more than put a span into a bounded queue; one thread of the SDK's empties it.
 */
public final class OtelTracing implements Tracing {
  private static final Logger log = LoggerFactory.getLogger(OtelTracing.class);

  private static final String SCOPE = "dev.spoor";
  private static final String OTLP_ENDPOINT = "otel.exporter.otlp.endpoint";
  private static final String OTLP_TRACES_ENDPOINT = "otel.exporter.otlp.traces.endpoint";
  private static final String DEFAULT_ENDPOINT = "http://localhost:4317";

  /** The SDK's, and what it does if the variable is not set. */
  private static final String QUEUE_SIZE = "otel.bsp.max.queue.size";

  private static final int DEFAULT_QUEUE_SIZE = 2048;

  private static final int MAX_NAME = 256;
  private static final int MAX_VALUE = 1024;
  private static final Duration CLOCK_CHECK = Duration.ofSeconds(10);

  private final SdkTracerProvider provider;
  private final Tracer tracer;
  private final RecordIds ids;
  private final SpanCounts counts;
  private final Redactor redactor;
  private final Strings strings;
  private final AtomicBoolean broken = new AtomicBoolean();
  private volatile Clocks clocks = Clocks.read();

  private OtelTracing(
      SdkTracerProvider provider,
      String version,
      RecordIds ids,
      SpanCounts counts,
      Redactor redactor) {
    this.provider = provider;
    this.tracer = provider.tracerBuilder(SCOPE).setInstrumentationVersion(version).build();
    this.ids = ids;
    this.counts = counts;
    this.redactor = redactor;
    this.strings = new Strings(redactor);
  }

  /**
   * Reads the SDK's variables and begins to export. Whether anybody listens is not asked.
   *
   * @throws IllegalArgumentException if a variable of the SDK's is wrong; the message names it
   * @throws IllegalStateException if the SDK does not work here
   * @throws LinkageError if a part of it is missing
   */
  public static OtelTracing open(ExportSettings settings, SpanCounts counts, Redactor redactor) {
    SdkWords.HEARD.listen();
    RecordIds ids = new RecordIds();
    try {
      SdkTracerProvider provider =
          AutoConfiguredOpenTelemetrySdk.builder()
              // We stop it, after everything that makes spans.
              .disableShutdownHook()
              .addPropertiesSupplier(
                  () -> Map.of("otel.metrics.exporter", "none", "otel.logs.exporter", "none"))
              .addPropertiesCustomizer(_ -> ours(settings))
              .addResourceCustomizer((resource, _) -> named(resource, settings))
              .addTracerProviderCustomizer((builder, _) -> builder.setIdGenerator(ids))
              .addSpanExporterCustomizer((exporter, config) ->
                  new ReportingExporter(
                      exporter,
                      redactor.redact(collector(config)),
                      counts,
                      redactor,
                      SdkWords.HEARD::last,
                      System::nanoTime))
              .addSpanProcessorCustomizer((processor, config) ->
                  new BoundedProcessor(
                      processor, config.getInt(QUEUE_SIZE, DEFAULT_QUEUE_SIZE), counts))
              .build()
              .getOpenTelemetrySdk()
              .getSdkTracerProvider();
      return new OtelTracing(provider, settings.version(), ids, counts, redactor);
    } catch (ConfigurationException e) {
      Throwable cause = e.getCause();
      if (cause == null || cause instanceof IllegalArgumentException) {
        Throwable told = cause == null || cause instanceof NumberFormatException ? e : cause;
        throw new IllegalArgumentException(redactor.redact(String.valueOf(told.getMessage())), e);
      }
      throw new IllegalStateException(redactor.redact(cause.toString()), e);
    }
  }

  private static Map<String, String> ours(ExportSettings settings) {
    Map<String, String> ours = new HashMap<>();
    if (settings.endpoint() != null) {
      ours.put(OTLP_ENDPOINT, settings.endpoint());
    }
    if (settings.serviceName() != null) {
      ours.put("otel.service.name", settings.serviceName());
    }
    return ours;
  }

  private static String collector(ConfigProperties config) {
    String traces = config.getString(OTLP_TRACES_ENDPOINT);
    return traces == null
        ? Objects.requireNonNullElse(config.getString(OTLP_ENDPOINT), DEFAULT_ENDPOINT)
        : traces;
  }

  /** Who the process is in its records, below what the user says. */
  private static Resource named(Resource resource, ExportSettings settings) {
    AttributesBuilder own = Attributes.builder();
    String name = resource.getAttribute(AttributeKey.stringKey(SemConv.SERVICE_NAME));
    if (name == null || name.startsWith("unknown_service")) {
      own.put(SemConv.SERVICE_NAME, settings.service());
    }
    put(own, resource, SemConv.SERVICE_INSTANCE_ID, settings.instance());
    put(own, resource, SemConv.SERVICE_VERSION, settings.version());
    put(own, resource, SemConv.DEPLOYMENT_ENVIRONMENT, settings.environment());
    return resource.merge(Resource.create(own.build()));
  }

  private static void put(AttributesBuilder own, Resource resource, String name, String value) {
    if (resource.getAttribute(AttributeKey.stringKey(name)) == null) {
      own.put(name, value);
    }
  }

  @Override
  public boolean isOn() {
    return true;
  }

  @Override
  public TraceContext begin() {
    TraceContext fresh = TraceContext.start();
    try {
      SamplingDecision decision =
          provider
              .getSampler()
              .shouldSample(
                  Context.root(),
                  fresh.traceId(),
                  SCOPE,
                  SpanKind.SERVER,
                  Attributes.empty(),
                  List.of())
              .getDecision();
      return decision == SamplingDecision.RECORD_AND_SAMPLE ? fresh : fresh.withFlags(0);
    } catch (RuntimeException e) {
      broke(e);
      return fresh;
    }
  }

  @Override
  public void ended(EndedSpan ended) {
    try {
      long end = clock().at(ended.endNanos());
      Span span = ids.with(ended.trace(), () -> builder(ended, end).startSpan());
      EndedSpan.Failure failure = ended.failure();
      if (failure != null) {
        fail(span, failure, end);
      }
      span.end(end, TimeUnit.NANOSECONDS);
    } catch (RuntimeException | LinkageError e) {
      broke(e);
    }
  }

  private SpanBuilder builder(EndedSpan ended, long end) {
    SpanBuilder builder =
        tracer
            .spanBuilder(strings.clean(ended.name(), MAX_NAME))
            .setSpanKind(kind(ended.kind()))
            .setStartTimestamp(
                end - Math.max(0, ended.endNanos() - ended.startNanos()), TimeUnit.NANOSECONDS)
            .setAllAttributes(attributes(ended.attributes()));
    String parent = ended.parentSpanId();
    return parent == null
        ? builder.setNoParent()
        : builder.setParent(
            Context.root()
                .with(
                    Span.wrap(
                        SpanContext.createFromRemoteParent(
                            ended.trace().traceId(),
                            parent,
                            TraceFlags.fromByte((byte) ended.trace().flags()),
                            TraceState.getDefault()))));
  }

  private void fail(Span span, EndedSpan.Failure failure, long end) {
    String message = failure.message() == null ? "" : strings.clean(failure.message(), MAX_VALUE);
    String type = strings.clean(failure.type(), MAX_NAME);
    span.setStatus(StatusCode.ERROR, message);
    span.setAttribute(SemConv.ERROR_TYPE, type);
    if (failure.exception()) {
      // Without its stack trace: the record with the same ids has it.
      span.addEvent(
          SemConv.EXCEPTION,
          Attributes.builder()
              .put(SemConv.EXCEPTION_TYPE, type)
              .put(SemConv.EXCEPTION_MESSAGE, message)
              .build(),
          end,
          TimeUnit.NANOSECONDS);
    }
  }

  private Attributes attributes(Map<String, Object> values) {
    AttributesBuilder attributes = Attributes.builder();
    values.forEach((name, value) -> {
      switch (value) {
        case Boolean bool -> attributes.put(name, bool);
        case Integer number -> attributes.put(name, number);
        case Long number -> attributes.put(name, number);
        case Number number -> attributes.put(name, number.doubleValue());
        default -> attributes.put(name, text(name, value.toString()));
      }
    });
    return attributes.build();
  }

  private String text(String name, String value) {
    String kind = redactor.kindOfField(name.substring(name.lastIndexOf('.') + 1));
    return kind == null ? strings.clean(value, MAX_VALUE) : Redactor.mask(kind);
  }

  private static SpanKind kind(EndedSpan.Kind kind) {
    return switch (kind) {
      case SERVER -> SpanKind.SERVER;
      case CLIENT -> SpanKind.CLIENT;
      case CONSUMER -> SpanKind.CONSUMER;
      case INTERNAL -> SpanKind.INTERNAL;
    };
  }

  /** Tracing is worth one line and nothing more. */
  private void broke(Throwable why) {
    if (broken.compareAndSet(false, true)) {
      log.warn("a span could not be made; nothing else is affected", why);
    }
  }

  private Clocks clock() {
    Clocks now = clocks;
    if (System.nanoTime() - now.nanos > CLOCK_CHECK.toNanos()) {
      now = Clocks.read();
      clocks = now;
    }
    return now;
  }

  /** The same moment by both clocks: spans are timed by the one that is never set. */
  private record Clocks(long epochNanos, long nanos) {
    static Clocks read() {
      Instant now = Instant.now();
      return new Clocks(now.getEpochSecond() * 1_000_000_000 + now.getNano(), System.nanoTime());
    }

    long at(long time) {
      return epochNanos + (time - nanos);
    }
  }

  /**
   * Sends what waits.
   *
   * @param limit after it the rest is given up; threads that still wait for the collector do not
   *     keep the process
   */
  public void close(Duration limit) {
    provider.shutdown().join(limit.toMillis(), TimeUnit.MILLISECONDS);
    long left = counts.inQueue();
    if (left > 0) {
      log.info("{} spans were not sent before the end", left);
    }
  }
}
