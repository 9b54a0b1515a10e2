package dev.spoor.testkit;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A receiver of spans that speaks OTLP over gRPC on loopback, as a collector does. Thread-safe;
 * {@link #close} ends it.
 */
public final class OtlpReceiver implements AutoCloseable {
  private static final HexFormat HEX = HexFormat.of();
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  private final Server server;
  private final ConcurrentLinkedQueue<Received> received = new ConcurrentLinkedQueue<>();

  /**
   * A span as it came.
   *
   * @param parentSpanId empty for the first of a trace
   * @param attributes as text
   * @param events names of its events with their attributes
   * @param resource attributes of who sent it, as text
   */
  public record Received(
      String name,
      String kind,
      String traceId,
      String spanId,
      String parentSpanId,
      long startNanos,
      long endNanos,
      boolean isError,
      String statusMessage,
      Map<String, String> attributes,
      Map<String, Map<String, String>> events,
      Map<String, String> resource) {}

  private OtlpReceiver(int port) {
    try {
      server =
          NettyServerBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
              .addService(
                  new TraceServiceGrpc.TraceServiceImplBase() {
                    @Override
                    public void export(
                        ExportTraceServiceRequest request,
                        StreamObserver<ExportTraceServiceResponse> answer) {
                      request.getResourceSpansList().forEach(OtlpReceiver.this::take);
                      answer.onNext(ExportTraceServiceResponse.getDefaultInstance());
                      answer.onCompleted();
                    }
                  })
              .build()
              .start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** On a free port. */
  public static OtlpReceiver start() {
    return new OtlpReceiver(0);
  }

  /** On this port. */
  public static OtlpReceiver start(int port) {
    return new OtlpReceiver(port);
  }

  public int port() {
    return server.getPort();
  }

  /** For {@code OTEL_ENDPOINT}. */
  public String endpoint() {
    return "http://127.0.0.1:" + port();
  }

  /** What has come so far. */
  public List<Received> spans() {
    return List.copyOf(received);
  }

  private void take(ResourceSpans from) {
    Map<String, String> resource = attributes(from.getResource().getAttributesList());
    from.getScopeSpansList()
        .forEach(scope -> scope.getSpansList().forEach(span -> received.add(of(span, resource))));
  }

  private static Received of(Span span, Map<String, String> resource) {
    return new Received(
        span.getName(),
        span.getKind().name(),
        HEX.formatHex(span.getTraceId().toByteArray()),
        HEX.formatHex(span.getSpanId().toByteArray()),
        HEX.formatHex(span.getParentSpanId().toByteArray()),
        span.getStartTimeUnixNano(),
        span.getEndTimeUnixNano(),
        span.getStatus().getCodeValue() == 2,
        span.getStatus().getMessage(),
        attributes(span.getAttributesList()),
        span.getEventsList().stream()
            .collect(
                Collectors.toMap(
                    Span.Event::getName, event -> attributes(event.getAttributesList()))),
        resource);
  }

  private static Map<String, String> attributes(List<KeyValue> list) {
    Map<String, String> attributes = new HashMap<>();
    list.forEach(each -> attributes.put(each.getKey(), text(each.getValue())));
    return attributes;
  }

  private static String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case INT_VALUE -> Long.toString(value.getIntValue());
      case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      default -> value.toString();
    };
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
