package dev.spoor.worker;

import dev.spoor.access.AccessConfiguration;
import dev.spoor.agent.model.ModelClient;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.app.KafkaConfiguration;
import dev.spoor.telemetry.health.DependencyProbe;
import dev.spoor.telemetry.health.JobsInFlight;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.tracing.Tracing;
import dev.spoor.worker.diagnostics.DiagnosticsFlows;
import dev.spoor.worker.flow.FlowCatalogue;
import dev.spoor.worker.memory.CachedMemory;
import dev.spoor.worker.memory.PostgresMemory;
import dev.spoor.worker.memory.PostgresSettings;
import dev.spoor.worker.memory.RocksMemory;
import dev.spoor.worker.model.OpenAiModel;
import dev.spoor.worker.model.Prices;
import dev.spoor.worker.model.ScriptedModel;
import dev.spoor.worker.review.ReviewFlow;
import dev.spoor.worker.review.ReviewScript;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/** The wiring of a worker. Standalone imports it beside that of the other apps. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({WorkerProperties.class, MemoryProperties.class})
@Import({KafkaConfiguration.class, AccessConfiguration.class})
public class WorkerConfiguration {
  private static final String DEFAULT_MODEL = "gpt-5-mini";
  private static final int RANDOM_LENGTH = 6;

  @Bean
  WorkerId workerIdentity(Environment environment) {
    String instance = environment.getProperty("spoor.instance", hostName());
    // A restarted worker is another one: what the earlier one held, it does not hold.
    String random = UUID.randomUUID().toString().substring(0, RANDOM_LENGTH);
    return new WorkerId(instance.replaceAll("[^A-Za-z0-9._:-]", "-") + "-" + random);
  }

  @Bean
  FlowCatalogue workerFlowCatalogue() {
    List<dev.spoor.agent.flow.Flow> flows = new ArrayList<>(DiagnosticsFlows.all());
    flows.add(ReviewFlow.flow());
    return new FlowCatalogue(flows);
  }

  @Bean
  ModelClient workerModel(Environment environment, WorkerProperties properties, Tracing tracing) {
    String baseUrl = environment.getProperty("OPENAI_BASE_URL");
    String apiKey = environment.getProperty("OPENAI_API_KEY");
    if (isBlank(baseUrl) && isBlank(apiKey)) {
      return new ScriptedModel(new ReviewScript(), properties.scriptedLatency());
    }
    String model = properties.model();
    return new OpenAiModel(
        baseUrl,
        apiKey,
        model == null ? environment.getProperty("OPENAI_MODEL", DEFAULT_MODEL) : model,
        properties.modelTimeout(),
        Clock.systemUTC(),
        tracing);
  }

  @Bean(destroyMethod = "close")
  CachedMemory workerMemory(
      Environment environment,
      WorkerProperties properties,
      MemoryProperties memory,
      MeterRegistry meters) {
    PostgresSettings postgres = MemorySettings.read(memory);
    if (postgres != null) {
      return new CachedMemory(PostgresMemory.open(postgres, meters, Clock.systemUTC()), 0);
    }
    Path dir = properties.memoryDir();
    if (dir == null) {
      dir = Path.of(environment.getProperty("spoor.data-dir", ".spoor")).resolve("memory");
    }
    return new CachedMemory(
        RocksMemory.open(dir, Clock.systemUTC()), properties.memoryCache().toBytes());
  }

  @Bean
  Worker worker(
      WorkerId workerId,
      KafkaConnection kafka,
      Topics topics,
      WorkerProperties properties,
      FlowCatalogue flows,
      ModelClient model,
      CachedMemory memory,
      MeterRegistry meters,
      Tracing tracing,
      ApplicationContext context) {
    return new Worker(
        new WorkerParts(
            workerId,
            kafka,
            topics,
            properties,
            flows,
            model,
            Prices.load(properties.pricesFile()),
            memory,
            meters,
            tracing,
            Redactor.standard(),
            Clock.systemUTC(),
            System::nanoTime),
        () -> AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC));
  }

  @Bean
  JobsInFlight workerJobsInFlight(Worker worker) {
    return worker::jobsInFlight;
  }

  @Bean
  DependencyProbe workerKafkaProbe(Worker worker) {
    return new Probe("kafka", true, worker::checkHeard);
  }

  @Bean
  DependencyProbe workerMemoryProbe(CachedMemory memory) {
    return new Probe("memory_backend", false, memory::check);
  }

  /** A check with a name. */
  private record Probe(String name, boolean essential, Runnable asking) implements DependencyProbe {
    @Override
    public void check() {
      asking.run();
    }
  }

  private static boolean isBlank(@org.jspecify.annotations.Nullable String text) {
    return text == null || text.isBlank();
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT)
          + "-"
          + ProcessHandle.current().pid();
    } catch (UnknownHostException e) {
      return "worker-" + ProcessHandle.current().pid();
    }
  }
}
