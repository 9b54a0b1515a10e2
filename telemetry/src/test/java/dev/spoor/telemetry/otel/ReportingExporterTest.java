package dev.spoor.telemetry.otel;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.tracing.SpanCounts;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ReportingExporterTest {
  /** Counted, not looked at. */
  private static final SpanData SPAN =
      (SpanData)
          Proxy.newProxyInstance(
              SpanData.class.getClassLoader(),
              new Class<?>[] {SpanData.class},
              (_, method, _) -> {
                throw new AssertionError(method);
              });

  private final Logger logger = (Logger) LoggerFactory.getLogger(ReportingExporter.class);
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final AtomicLong nanos = new AtomicLong();
  private final Collector collector = new Collector();
  private final SpanCounts counts = new SpanCounts();
  private final ReportingExporter exporter =
      new ReportingExporter(
          collector,
          "http://c:4317",
          counts,
          Redactor.standard(),
          () -> "status 14, token=hunter2Zq9",
          nanos::get);

  @BeforeEach
  void listen() {
    said.start();
    logger.addAppender(said);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(said);
  }

  /** As a test wants it to be. */
  private static final class Collector implements SpanExporter {
    CompletableResultCode next = CompletableResultCode.ofSuccess();
    boolean breaks;

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      if (breaks) {
        throw new IllegalStateException("broken");
      }
      return next;
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private void export() {
    assertThat(counts.enter(100)).isTrue();
    assertThat(exporter.export(List.of(SPAN))).isNotNull();
  }

  private List<String> said() {
    return said.list.stream().map(it -> it.getLevel() + " " + it.getFormattedMessage()).toList();
  }

  @Test
  void warnsOnceWhileTheCollectorIsAway() {
    collector.next =
        CompletableResultCode.ofExceptionalFailure(new IOException("password=hunter2Zq9"));
    for (int i = 0; i < 100; i++) {
      export();
    }
    assertThat(said()).hasSize(1);
    assertThat(said().getFirst())
        .startsWith("WARN spans cannot be sent to http://c:4317: password=[REDACTED:")
        .doesNotContain("hunter2Zq9");
  }

  @Test
  void saysThatItIsBackAndIsQuietAboutOneThatComesAndGoes() {
    for (int i = 0; i < 5; i++) {
      collector.next = CompletableResultCode.ofFailure();
      export();
      collector.next = CompletableResultCode.ofSuccess();
      export();
    }
    assertThat(said()).hasSize(2);
    // What the exporter logged is the reason where its exception has none.
    assertThat(said().getFirst()).contains(": status 14, ").doesNotContain("hunter2Zq9");
    assertThat(said().get(1))
        .isEqualTo("INFO spans are sent to http://c:4317 again; lost so far: 1");
    nanos.addAndGet(ReportingExporter.QUIET.plus(Duration.ofSeconds(1)).toNanos());
    collector.next = CompletableResultCode.ofFailure();
    export();
    assertThat(said().stream().filter(line -> line.startsWith("WARN"))).hasSize(2);
  }

  @Test
  void anExporterThatBreaksIsOneThatDoesNotSend() {
    collector.breaks = true;
    export();
    assertThat(said()).hasSize(1);
  }
}
