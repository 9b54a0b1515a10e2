package dev.spoor.system.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.LoggerContext;
import com.sun.net.httpserver.HttpServer;
import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GenAi;
import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.app.AppDefaults;
import dev.spoor.telemetry.app.KafkaConfiguration;
import dev.spoor.telemetry.journal.JournalCounts;
import dev.spoor.telemetry.journal.Journals;
import dev.spoor.telemetry.logging.Pipeline;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The process of {@link TelemetrySoak} that logs: an app with the telemetry module as gateway and
 * worker have it, and threads that log on time, whether or not the calls before were quick.
 * Arguments: port for the parent's questions, records a second. Its log lines go to the null
 * device; all else is as in an app.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(KafkaConfiguration.class)
class SoakEmitter {
  private static final int THREADS = 4;
  private static final Logger log = LoggerFactory.getLogger("dev.spoor.soak.Step");

  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicLong calls = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile Phase phase = new Phase();

  /** Nanoseconds. */
  private static final class Phase {
    final Histogram call = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(20), 3);
    final Histogram late = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(20), 3);
    final Histogram idle = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(20), 3);
  }

  public static void main(String[] args) throws IOException {
    PrintStream terminal = System.out;
    System.setOut(new PrintStream(new FileOutputStream("/dev/null"), false, UTF_8));
    SpringApplication application = new SpringApplication(SoakEmitter.class);
    Map<String, Object> defaults = new HashMap<>(AppDefaults.of("emitter", 0));
    defaults.put("spring.main.web-application-type", "none");
    application.setDefaultProperties(defaults);
    ConfigurableApplicationContext context = application.run();
    new SoakEmitter().serve(Integer.parseInt(args[0]), Integer.parseInt(args[1]), context);
    terminal.println("READY");
  }

  private void serve(int port, int rate, ConfigurableApplicationContext context)
      throws IOException {
    Journals journals = Pipeline.of((LoggerContext) LoggerFactory.getILoggerFactory()).journals();
    if (journals == null) {
      throw new IllegalStateException("no journal");
    }
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    answer(server, "/state", () -> state(journals));
    answer(server, "/phase", this::nextPhase);
    answer(server, "/collect", this::collect);
    answer(server, "/start", () -> begin(rate));
    answer(server, "/finish", this::finish);
    answer(
        server,
        "/close",
        () -> {
          // Ships the rest and says the sources' last word.
          context.close();
          return state(journals);
        });
    server.start();
  }

  private interface Question {
    Map<String, Object> answer() throws InterruptedException, IOException;
  }

  private static void answer(HttpServer server, String path, Question question) {
    server.createContext(
        path,
        exchange -> {
          byte[] body;
          try {
            body = Json.write(question.answer());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            body = new byte[0];
          }
          exchange.sendResponseHeaders(200, body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
  }

  private Map<String, Object> begin(int rate) {
    for (int thread = 0; thread < THREADS; thread++) {
      int own = thread;
      threads.add(
          Thread.ofPlatform().name("step-" + own).start(() -> emit(own, (double) rate / THREADS)));
    }
    Thread.ofPlatform().name("idle").daemon().start(this::idle);
    return Map.of();
  }

  /** What the machine itself costs a thread that wants to run: how late a sleep of 1 ms ends. */
  private void idle() {
    long before = System.nanoTime();
    while (running.get()) {
      LockSupport.parkNanos(1_000_000);
      long now = System.nanoTime();
      phase.idle.recordValue(Math.max(0, now - before - 1_000_000));
      before = now;
    }
  }

  private void emit(int thread, double rate) {
    long start = System.nanoTime();
    IllegalStateException failure = new IllegalStateException("no answer from the provider");
    for (long n = 0; running.get(); n++) {
      long due = start + Math.round(n * 1e9 / rate);
      for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      if (n % 20 == 0) {
        context(thread, n);
      }
      // The phase before the call, so that a call in which it changes counts where it began.
      Phase own = phase;
      long began = System.nanoTime();
      logOne(thread, n, failure);
      long ended = System.nanoTime();
      own.call.recordValue(ended - began);
      own.late.recordValue(Math.max(0, ended - due));
      calls.incrementAndGet();
    }
  }

  private static void context(int thread, long n) {
    String id = Long.toHexString(0x8000_0000_0000_0000L | (long) thread << 48 | n / 20);
    MDC.put(Fields.REQUEST_ID, id + id);
    MDC.put(Fields.TRACE_ID, id + id);
    MDC.put(Fields.SPAN_ID, id);
    MDC.put(Fields.TENANT, "default");
    MDC.put(Fields.JOB_ID, "01890a5d-ac96-774b-bcce-" + id.substring(4));
    MDC.put(Fields.FLOW_ID, "review-story");
    MDC.put(Fields.STEP_ID, "analyst");
    MDC.put(Fields.AGENT_ID, "analyst");
  }

  /**
   * Six of ten are lines below WARNING and go through {@code bulk}; the rest through {@code keep}.
   */
  private static void logOne(int thread, long n, IllegalStateException failure) {
    switch ((int) (n % 10)) {
      case 0, 2, 4, 5, 7, 9 ->
          log.atInfo()
              .addKeyValue("tokens", n % 4000)
              .log("Step {} of story {} looked at {} criteria", n, thread, n % 17);
      case 1, 6 ->
          log.atInfo()
              .addKeyValue(Fields.EVENT, Events.LLM_CALL_COMPLETED)
              .addKeyValue(Fields.STATUS, "success")
              .addKeyValue(Fields.DURATION_MS, n % 9000 / 10.0)
              .addKeyValue(GenAi.REQUEST_MODEL, "scripted-1")
              .addKeyValue(GenAi.USAGE_INPUT_TOKENS, n % 4000)
              .addKeyValue(GenAi.USAGE_OUTPUT_TOKENS, n % 1000)
              .log("Model call completed");
      case 3 ->
          log.atInfo()
              .addKeyValue(Fields.EVENT, Events.MEMORY_READ)
              .addKeyValue(Fields.CACHE, "hit")
              .addKeyValue(Fields.SIZE_BYTES, n % 5000)
              .log("Memory read");
      default -> {
        if (n % 50 == 8) {
          log.error("Step failed and is tried again", failure);
        } else {
          log.atWarn().addKeyValue(Fields.ATTEMPT, 1).log("Provider is slow: {} ms", n % 5000);
        }
      }
    }
  }

  /** Begins a new phase and tells of the one before. */
  private Map<String, Object> nextPhase() {
    Phase ended = phase;
    phase = new Phase();
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("calls", ended.call.getTotalCount());
    told.put("call_p50", ended.call.getValueAtPercentile(50));
    told.put("call_p99", ended.call.getValueAtPercentile(99));
    told.put("call_p999", ended.call.getValueAtPercentile(99.9));
    told.put("call_max", ended.call.getMaxValue());
    told.put("late_p999", ended.late.getValueAtPercentile(99.9));
    told.put("late_max", ended.late.getMaxValue());
    told.put("idle_p999", ended.idle.getValueAtPercentile(99.9));
    told.put("idle_max", ended.idle.getMaxValue());
    return told;
  }

  private Map<String, Object> collect() {
    System.gc();
    return Map.of("heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
  }

  private Map<String, Object> finish() throws InterruptedException {
    running.set(false);
    for (Thread thread : threads) {
      thread.join();
    }
    return Map.of("calls", calls.get());
  }

  private Map<String, Object> state(Journals journals) throws IOException {
    JournalCounts counts = journals.counts();
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("calls", calls.get());
    told.put("logged", counts.logged());
    told.put("shipped", counts.shipped());
    told.put("in_journal", counts.inJournal());
    told.put("journal_bytes", counts.bytes());
    told.put("bulk_bytes", journals.bulk().counts().bytes());
    told.put("bulk_records", journals.bulk().counts().inJournal());
    told.put("keep_bytes", journals.keep().counts().bytes());
    told.put("keep_records", journals.keep().counts().inJournal());
    counts.dropped().forEach((reason, records) -> told.put("dropped_" + reason, records));
    told.put("dropped", counts.droppedInAll());
    told.put("heap_after_collection", heapAfterCollection());
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS") || line.startsWith("RssAnon") || line.startsWith("RssFile")) {
        told.put(
            line.substring(0, line.indexOf(':')),
            Long.parseLong(line.replaceAll("\\D", "")) * 1024);
      }
    }
    return told;
  }

  private static long heapAfterCollection() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage usage = pool.getCollectionUsage();
      if (pool.getType() == MemoryType.HEAP && usage != null) {
        bytes += usage.getUsed();
      }
    }
    return bytes;
  }
}
