package dev.spoor.telemetry.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import com.sun.management.ThreadMXBean;
import dev.spoor.telemetry.journal.JournalLimits;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import net.logstash.logback.encoder.LogstashEncoder;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * What a log call costs its caller: logback with logstash-logback-encoder to a file against this
 * pipeline with redaction, journal and stdout to a file, in turns. A quick look, not JMH.
 */
final class LogCallSpeed {
  private static final int CALLS = 200_000;
  private static final int ROUNDS = 6;

  private LogCallSpeed() {}

  public static void main(String[] arguments) throws IOException {
    PrintStream terminal = System.out;
    Path dir = Files.createTempDirectory("log-call-speed");
    LoggerContext own = (LoggerContext) LoggerFactory.getILoggerFactory();
    System.setOut(new PrintStream(new FileOutputStream(dir.resolve("stdout").toFile())));
    Pipeline.of(own).openJournal(dir.resolve("journal"), JournalLimits.DEFAULT, null);
    Logger ours = own.getLogger("dev.spoor.bench.Ours");
    Logger theirs = own.getLogger("dev.spoor.bench.Theirs");
    theirs.setAdditive(false);
    theirs.addAppender(toFile(own, dir.resolve("theirs")));
    theirs.setLevel(Level.INFO);
    MDC.put("request_id", "01890a5d-ac96-774b-bcce-b302099a8057");
    MDC.put("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736");
    MDC.put("job_id", "01890a5d-ac96-774b-bcce-b302099a8058");
    for (int round = 0; round < ROUNDS; round++) {
      report(terminal, "logback + encoder to a file", theirs);
      report(terminal, "spoor: redaction, journal, stdout to a file", ours);
    }
    System.exit(0);
  }

  private static FileAppender<ILoggingEvent> toFile(LoggerContext context, Path file) {
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

  private static void report(PrintStream terminal, String name, Logger log) {
    long[] nanos = new long[CALLS];
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < CALLS; i++) {
      long start = System.nanoTime();
      log.atInfo()
          .addKeyValue("duration_ms", 12.5)
          .addKeyValue("attempt", i)
          .addKeyValue("provider", "scripted")
          .log("Step {} of flow {} finished after {} tokens", i, "review-story", 1234);
      nanos[i] = System.nanoTime() - start;
    }
    bytes = threads.getCurrentThreadAllocatedBytes() - bytes;
    Arrays.sort(nanos);
    terminal.printf(
        "%-45s p50 %6d  p99 %6d  p99.9 %7d  longest %9d ns, %d bytes a call%n",
        name,
        nanos[CALLS / 2],
        nanos[CALLS / 100 * 99],
        nanos[CALLS / 1000 * 999],
        nanos[CALLS - 1],
        bytes / CALLS);
  }
}
