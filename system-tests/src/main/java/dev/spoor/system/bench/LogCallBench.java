package dev.spoor.system.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import dev.spoor.telemetry.correlation.LogContext;
import dev.spoor.telemetry.journal.JournalLimits;
import dev.spoor.telemetry.journal.Journals;
import dev.spoor.telemetry.logging.Pipeline;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.logstash.logback.encoder.LogstashEncoder;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.util.Statistics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * What a log call costs its caller: logback with logstash-logback-encoder to a file beside this
 * pipeline with redaction, journal and stdout to a file. JMH samples single calls; every way runs
 * in forks of its own, one after the other.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx512m"})
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 3)
public class LogCallBench {
  private Path dir = Path.of("");
  private PrintStream stdout = System.out;
  private @Nullable Journals journals;
  private Logger theirs = LoggerFactory.getLogger(LogCallBench.class);
  private Logger ours = theirs;
  private Logger bound = theirs;
  private Exception failure = new IllegalStateException();
  private int n;

  public static void main(String[] args) throws RunnerException {
    Map<String, RunResult> results = new LinkedHashMap<>();
    for (RunResult each :
        new Runner(
                new OptionsBuilder()
                    .include(LogCallBench.class.getName() + ".")
                    .addProfiler(GCProfiler.class)
                    .build())
            .run()) {
      String name = each.getParams().getBenchmark();
      results.put(name.substring(name.lastIndexOf('.') + 1), each);
    }
    System.out.println(Machine.describe());
    System.out.println(
        "| call | way | p50 µs | p99 µs | p99.9 µs | longest ms | bytes allocated |");
    System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
    row(results, "line", "logback and encoder to a file", "theirLine", "theirLine");
    row(results, "line", "Spoor", "ourLine", "theirLine");
    row(results, "line", "Spoor, logger bound to a context", "ourBoundLine", "theirLine");
    row(results, "exception", "logback and encoder to a file", "theirFailure", "theirFailure");
    row(results, "exception", "Spoor", "ourFailure", "theirFailure");
  }

  private static void row(
      Map<String, RunResult> results, String call, String way, String name, String compared) {
    RunResult own = results.get(name);
    RunResult other = results.get(compared);
    if (own == null || other == null) {
      return;
    }
    Statistics times = own.getPrimaryResult().getStatistics();
    Statistics against = other.getPrimaryResult().getStatistics();
    Result<?> bytes = own.getSecondaryResults().get("gc.alloc.rate.norm");
    System.out.printf(
        "| %s | %s | %s | %s | %.0f | %.1f | %,.0f |%n",
        call,
        way,
        times(times, against, 50),
        times(times, against, 99),
        times.getPercentile(99.9) / 1e3,
        times.getMax() / 1e6,
        bytes == null ? Double.NaN : bytes.getScore());
  }

  private static String times(Statistics own, Statistics other, double percentile) {
    double value = own.getPercentile(percentile);
    return "%.1f (%.2f times)".formatted(value / 1e3, value / other.getPercentile(percentile));
  }

  @Setup(org.openjdk.jmh.annotations.Level.Trial)
  public void open() throws IOException {
    dir = Files.createTempDirectory("log-call-bench");
    stdout = System.out;
    System.setOut(
        new PrintStream(new FileOutputStream(dir.resolve("stdout").toFile()), false, UTF_8));
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    journals =
        Pipeline.of(context)
            .openJournal(dir.resolve("journal"), JournalLimits.DEFAULT, null)
            .orElseThrow();
    ch.qos.logback.classic.Logger toFile = context.getLogger("dev.spoor.bench.Theirs");
    toFile.setAdditive(false);
    toFile.addAppender(appender(context, dir.resolve("theirs")));
    toFile.setLevel(Level.INFO);
    theirs = toFile;
    ours = context.getLogger("dev.spoor.bench.Ours");
    MDC.put("request_id", "01890a5d-ac96-774b-bcce-b302099a8057");
    MDC.put("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736");
    MDC.put("job_id", "01890a5d-ac96-774b-bcce-b302099a8058");
    bound = LogContext.here().logger("dev.spoor.bench.Bound");
    failure = deep(25);
  }

  private static Exception deep(int frames) {
    return frames > 0
        ? deep(frames - 1)
        : new IllegalStateException("no answer from the provider", new IOException("reset"));
  }

  private static FileAppender<ILoggingEvent> appender(LoggerContext context, Path file) {
    LogstashEncoder encoder = new LogstashEncoder();
    encoder.setContext(context);
    encoder.start();
    FileAppender<ILoggingEvent> appender = new FileAppender<>();
    appender.setContext(context);
    appender.setFile(file.toString());
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }

  /** As if Kafka had taken it all. */
  @TearDown(org.openjdk.jmh.annotations.Level.Iteration)
  public void ship() {
    Journals own = journals;
    if (own != null) {
      own.bulk().shipped(own.bulk().counts().lastSeq() + 1);
      own.keep().shipped(own.keep().counts().lastSeq() + 1);
    }
  }

  @TearDown(org.openjdk.jmh.annotations.Level.Trial)
  public void close() throws IOException {
    System.setOut(stdout);
    Journals own = journals;
    if (own != null) {
      own.close();
    }
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }

  @Benchmark
  public void theirLine() {
    line(theirs);
  }

  @Benchmark
  public void ourLine() {
    line(ours);
  }

  @Benchmark
  public void ourBoundLine() {
    line(bound);
  }

  @Benchmark
  public void theirFailure() {
    failed(theirs);
  }

  @Benchmark
  public void ourFailure() {
    failed(ours);
  }

  private void line(Logger log) {
    n++;
    log.atInfo()
        .addKeyValue("duration_ms", 12.5)
        .addKeyValue("attempt", n)
        .addKeyValue("provider", "scripted")
        .log("Step {} of flow {} finished after {} tokens", n, "review-story", 1234);
  }

  private void failed(Logger log) {
    n++;
    log.atError()
        .addKeyValue("duration_ms", 12.5)
        .addKeyValue("attempt", n)
        .setCause(failure)
        .log("Step {} of flow {} failed", n, "review-story");
  }
}
