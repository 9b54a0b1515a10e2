package dev.spoor.telemetry.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.spoor.contract.telemetry.Events;
import dev.spoor.telemetry.journal.Journal;
import dev.spoor.telemetry.journal.JournalLimits;
import dev.spoor.telemetry.journal.Journals;
import dev.spoor.telemetry.journal.RecordBuffer;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.redaction.UserRules;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The one appender of the process: encodes an event with its secrets taken out, puts it into the
 * journal and prints it to stdout. It is there before {@code main} logs its first line, keeps
 * records in memory until it is told where the journal is, and outlives Spring contexts.
 *
 * <p>It never throws into the caller, and never waits for anything but stdout.
 */
public final class Pipeline extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private static final String NAME = "spoor";
  private static final byte[] LOG = Events.LOG.getBytes(StandardCharsets.US_ASCII);

  /** Threads of the shipping producer carry this in their names. */
  public static final String SHIPPING_CLIENT = "spoor-telemetry";

  /** Libraries that talk too much below WARNING. */
  private static final List<String> NOISY =
      List.of(
          "org.apache.kafka",
          "kafka",
          "state.change.logger",
          "org.apache.catalina",
          "org.apache.coyote",
          "org.apache.tomcat",
          "org.apache.hc",
          "org.apache.lucene",
          "org.elasticsearch",
          "org.hibernate",
          "org.springframework",
          "org.eclipse.jetty",
          "org.jboss",
          "org.rocksdb",
          "org.yaml",
          "com.fasterxml",
          "com.networknt",
          "com.zaxxer.hikari",
          "io.grpc",
          "io.micrometer",
          "io.netty",
          "io.opentelemetry",
          "jakarta",
          "jdk",
          "javax",
          "sun",
          "tools.jackson");

  private final RecordJson json;
  private final RecordEncoder encoder;
  private final Map<String, byte[]> eventNames = new ConcurrentHashMap<>();
  private final Object journalChange = new Object();
  private volatile LogSettings settings;
  private volatile @Nullable TextLine text;
  private volatile @Nullable Journals journals;

  private Pipeline(LoggerContext context, LogSettings settings) {
    setContext(context);
    setName(NAME);
    this.settings = settings;
    this.json = new RecordJson(Redactor.standard(), settings);
    this.encoder = new RecordEncoder(json);
    encoder.setContext(context);
    encoder.start();
    start();
  }

  /** The pipeline of this process, installed if it was not. */
  public static Pipeline of(LoggerContext context) {
    synchronized (Pipeline.class) {
      Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
      if (root.getAppender(NAME) instanceof Pipeline installed) {
        return installed;
      }
      LogSettings settings = LogSettings.read(Pipeline::fromProcess, new ArrayList<>());
      useOwnRules();
      Pipeline pipeline = new Pipeline(context, settings);
      pipeline.journals = pipeline.newJournals(JournalLimits.DEFAULT);
      root.addAppender(pipeline);
      UncaughtExceptions.install();
      pipeline.apply(settings);
      return pipeline;
    }
  }

  /**
   * Names the service while Spring does not know it yet, so that its first lines carry its name.
   * Does nothing once a context has opened the journal.
   */
  public static void startAs(String service) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      Pipeline pipeline = of(context);
      Journals journals = pipeline.journals;
      if (journals == null || !journals.isOpen()) {
        LogSettings settings = LogSettings.read(Pipeline::fromProcess, new ArrayList<>());
        pipeline.apply(settings.named(service));
      }
    }
  }

  /** They hold for the first line too; what is wrong with them is told later. */
  private static void useOwnRules() {
    String file = fromProcess(UserRules.SETTING);
    if (file != null && !file.isBlank()) {
      Redactor.extend(UserRules.read(Path.of(file.strip()), UserRules.SETTING, new ArrayList<>()));
    }
    String categories = fromProcess(CategoryRules.SETTING);
    if (categories != null && !categories.isBlank()) {
      ErrorCategories.extend(CategoryRules.read(Path.of(categories.strip()), new ArrayList<>()));
    }
  }

  /** Before Spring there are only the process's own variables and properties. */
  private static @Nullable String fromProcess(String name) {
    String property = System.getProperty(name);
    return property != null ? property : System.getenv(name);
  }

  /** Applies levels, format and identity. */
  public void apply(LogSettings newSettings) {
    settings = newSettings;
    json.settings(newSettings);
    text = newSettings.format() == LogFormat.TEXT ? new TextLine(isTerminal()) : null;
    LoggerContext context = (LoggerContext) getContext();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(newSettings.level());
    Level noisy =
        newSettings.level().isGreaterOrEqual(Level.WARN) ? newSettings.level() : Level.WARN;
    for (String name : NOISY) {
      context.getLogger(name).setLevel(noisy);
    }
  }

  public LogSettings settings() {
    return settings;
  }

  @SuppressWarnings("SystemConsoleNull") // It is null where the JDK's console module is missing.
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal() && System.getenv("NO_COLOR") == null;
  }

  private Journals newJournals(JournalLimits limits) {
    return new Journals(sourceName(settings), limits, encoder::encode, Pipeline::complain);
  }

  /** Unique for this run: a seq begins at 1 again only under a new name. */
  private static String sourceName(LogSettings settings) {
    String name =
        settings.service()
            + "-"
            + settings.instance()
            + "-"
            + Long.toString(System.currentTimeMillis(), 36)
            + "-"
            + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36), 36);
    return name.replaceAll("[^A-Za-z0-9._-]", "_");
  }

  private static void complain(String sentence) {
    LoggerFactory.getLogger(Journals.class).warn(sentence);
  }

  /**
   * Gives records a directory, so that they survive the process. What was logged so far moves there
   * under a new source, since the service's name may not have been known when it began.
   *
   * @return empty if the journal is open already: one process, one journal, whoever opened it first
   */
  public Optional<Journals> openJournal(
      Path directory, JournalLimits limits, @Nullable Duration force) {
    synchronized (journalChange) {
      Journals before = journals;
      if (before != null && before.isOpen()) {
        return Optional.empty();
      }
      Journals now = newJournals(limits);
      journals = now;
      if (before != null) {
        before.moveTo(now);
        before.close();
      }
      now.open(directory, force);
      return Optional.of(now);
    }
  }

  /** The journal after one that is closed: in memory, until another context opens it. */
  private @Nullable Journals after(Journals closed) {
    synchronized (journalChange) {
      if (journals == closed) {
        journals = newJournals(JournalLimits.DEFAULT);
      }
      return journals;
    }
  }

  /** No journal: stdout only. What was kept in memory for it is let go. */
  public void closeJournal() {
    synchronized (journalChange) {
      Journals before = journals;
      if (before != null && !before.isOpen()) {
        journals = null;
        before.close();
      }
    }
  }

  /** Where records are kept; null if they only go to stdout. */
  public @Nullable Journals journals() {
    return journals;
  }

  @Override
  protected void append(ILoggingEvent event) {
    RecordEncoder.Slot slot = encoder.take();
    String name = RecordJson.eventOf(event);
    boolean good = true;
    try {
      encoder.encode(event, slot);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      // The generator is in an unknown state now; the record is made without the caller's part.
      good = false;
      slot = new RecordEncoder.Slot();
      encoder.encode(
          slot.buffer,
          name,
          RecordJson.levelName(event.getLevel()),
          "[record failed: " + e.getClass().getName() + "]",
          Map.of("logger", event.getLoggerName()));
    }
    if (!isOfShipping(event)) {
      boolean important = event.getLevel().isGreaterOrEqual(Level.WARN) || !name.equals(Events.LOG);
      Journals to = journals;
      // Closed under our hands, because it gets its directory or its context has ended: the next
      // one takes the record.
      while (to != null && to.append(important, slot.buffer, bytes(name)) == Journal.CLOSED) {
        to = after(to);
      }
    }
    print(slot.buffer);
    if (good) {
      encoder.release(slot);
    }
  }

  /** What shipping a record logs must not become the next record to ship. */
  private static boolean isOfShipping(ILoggingEvent event) {
    return !event.getLevel().isGreaterOrEqual(Level.WARN)
        && event.getLoggerName().startsWith("org.apache.kafka.")
        && event.getThreadName().contains(SHIPPING_CLIENT);
  }

  private byte[] bytes(String event) {
    if (event.equals(Events.LOG)) {
      return LOG;
    }
    byte[] known = eventNames.get(event);
    if (known != null) {
      return known;
    }
    byte[] bytes = event.getBytes(StandardCharsets.US_ASCII);
    if (eventNames.size() < 1000) {
      eventNames.put(event, bytes);
    }
    return bytes;
  }

  private void print(RecordBuffer record) {
    TextLine readable = text;
    // Looked up each time: tests and tools replace it.
    PrintStream out = System.out;
    if (readable != null) {
      byte[] line = readable.of(record.toByteArray()).getBytes(StandardCharsets.UTF_8);
      out.write(line, 0, line.length);
    } else {
      record.write('\n');
      out.write(record.array(), 0, record.length());
    }
    out.flush();
  }

  @Override
  public void stop() {
    // Logback's reset stops appenders; this one has records to keep until the process ends.
  }
}
