package dev.spoor.telemetry.journal;

import ch.qos.logback.classic.LoggerContext;
import dev.spoor.telemetry.logging.Pipeline;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs as fast as it can until it is killed. After each call that returned it stores the record's
 * number into a mapped file, which survives the kill as well: {@code <writers> <journals> <file>}.
 */
public final class LoggingChild {
  private static final Logger log = LoggerFactory.getLogger(LoggingChild.class);

  private LoggingChild() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    int writers = Integer.parseInt(arguments[0]);
    PrintStream terminal = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    Pipeline.of((LoggerContext) LoggerFactory.getILoggerFactory())
        .openJournal(Path.of(arguments[1]), JournalLimits.of(256L << 20), null);
    MemorySegment returned;
    try (FileChannel channel =
        FileChannel.open(
            Path.of(arguments[2]),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      returned =
          channel.map(
              FileChannel.MapMode.READ_WRITE, 0, (long) writers * Long.BYTES, Arena.global());
    }
    for (int writer = 0; writer < writers; writer++) {
      int own = writer;
      Thread.Builder builder = own % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
      builder.start(() -> {
        for (long i = 1; ; i++) {
          log.atInfo().addKeyValue("writer", own).addKeyValue("n", i).log("Record");
          returned.setAtIndex(ValueLayout.JAVA_LONG, own, i);
        }
      });
    }
    terminal.println("logging");
    Thread.currentThread().join();
  }
}
