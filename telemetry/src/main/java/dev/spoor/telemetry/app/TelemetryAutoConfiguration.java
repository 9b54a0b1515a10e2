package dev.spoor.telemetry.app;

import ch.qos.logback.classic.LoggerContext;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.correlation.RequestIds;
import dev.spoor.telemetry.health.DependencyProbe;
import dev.spoor.telemetry.health.DiskProbe;
import dev.spoor.telemetry.health.Health;
import dev.spoor.telemetry.health.HealthController;
import dev.spoor.telemetry.health.HealthSettings;
import dev.spoor.telemetry.health.JobsInFlight;
import dev.spoor.telemetry.health.QueueDepth;
import dev.spoor.telemetry.journal.JournalLimits;
import dev.spoor.telemetry.journal.Journals;
import dev.spoor.telemetry.logging.Pipeline;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.request.RequestLog;
import dev.spoor.telemetry.shipping.ShippingMeters;
import dev.spoor.telemetry.tracing.Tracing;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import jakarta.servlet.DispatcherType;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * What a service gets by having this library: its records shipped, its requests logged, its health
 * told. Logging itself is there before any bean.
 */
@AutoConfiguration
@EnableConfigurationProperties(TelemetryProperties.class)
public class TelemetryAutoConfiguration {
  /** A duration, or {@code off}. */
  static final String FSYNC = "SPOOR_JOURNAL_FSYNC";

  static final String HEADER = "CORRELATION_ID_HEADER";

  private static final String DEFAULT_DATA_DIR = ".spoor";

  @Bean
  @ConditionalOnMissingBean
  Redactor spoorRedactor() {
    return Redactor.standard();
  }

  /** Off, and nothing of OpenTelemetry loaded, unless {@code OTEL_ENABLED=true}. */
  @Bean
  TracingLifecycle spoorTracing(Environment environment, Redactor redactor) {
    // What is wrong with them has been said: SettingsCheck ran before.
    return new TracingLifecycle(
        TracingSettings.read(environment::getProperty, new ArrayList<>()),
        pipeline().settings(),
        redactor);
  }

  @Bean
  MeterBinder spoorTracingMeters(TracingLifecycle tracing) {
    return registry -> {
      if (tracing.isOn()) {
        tracing.counts().bindTo(registry);
      }
    };
  }

  private static Pipeline pipeline() {
    return Pipeline.of((LoggerContext) LoggerFactory.getILoggerFactory());
  }

  /** Off by {@code spoor.telemetry.shipping.enabled=false}: then records go to stdout only. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(
      name = "spoor.telemetry.shipping.enabled",
      havingValue = "true",
      matchIfMissing = true)
  static class ShippingConfiguration {
    /** Opened before other beans begin to work, so that what they log survives. */
    @Bean
    OpenedJournal spoorJournal(TelemetryProperties properties, Environment environment) {
      return new OpenedJournal(
          pipeline()
              .openJournal(
                  journalDir(properties.journal().dir(), environment),
                  JournalLimits.of(properties.journal().maxBytes().toBytes()),
                  fsync(environment.getProperty(FSYNC))));
    }

    @Bean
    ShippingLifecycle spoorShipping(
        OpenedJournal journal,
        TelemetryProperties properties,
        Environment environment,
        ObjectProvider<KafkaConnection> kafka,
        ObjectProvider<Topics> topics) {
      return new ShippingLifecycle(
          journal.journals(),
          () -> kafka.getIfAvailable(() -> fromEnvironment(environment)),
          () -> topics.getIfAvailable(() -> Topics.DEFAULT).telemetry(),
          pipeline().settings().service(),
          properties.shipping().scanInterval(),
          properties.shipping().stopTimeout());
    }

    @Bean
    MeterBinder spoorShippingMeters(OpenedJournal journal) {
      return registry ->
          journal.journals().map(ShippingMeters::new).ifPresent(it -> it.bindTo(registry));
    }

    private static KafkaConnection fromEnvironment(Environment environment) {
      return new KafkaConfiguration().kafkaConnection(environment);
    }
  }

  /** Stdout only: nothing waits for a journal that will not come. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = "spoor.telemetry.shipping.enabled", havingValue = "false")
  static class StdoutConfiguration {
    @Bean
    StdoutOnly spoorStdoutOnly() {
      pipeline().closeJournal();
      return new StdoutOnly();
    }
  }

  /**
   * @param journals empty where another context of this process has opened them: records of both go
   *     that way, and there is nothing to do here
   */
  record OpenedJournal(Optional<Journals> journals) {}

  /** Says in the context that nothing is shipped. */
  record StdoutOnly() {}

  /** Where journals are, unless that is configured: in the data directory. */
  static Path journalDir(@Nullable Path configured, Environment environment) {
    return configured == null ? dataDir(environment).resolve("journal") : configured;
  }

  private static Path dataDir(Environment environment) {
    return Path.of(environment.getProperty("spoor.data-dir", DEFAULT_DATA_DIR));
  }

  static @Nullable Duration fsync(@Nullable String value) {
    if (value == null || value.isBlank() || value.strip().equalsIgnoreCase("off")) {
      return null;
    }
    return DurationStyle.detectAndParse(value.strip());
  }

  @Bean
  DiskProbe spoorDiskProbe(TelemetryProperties properties, Environment environment) {
    return new DiskProbe(dataDir(environment), properties.health().minFreeDisk().toBytes());
  }

  @Bean
  Health spoorHealth(
      TelemetryProperties properties,
      ObjectProvider<DependencyProbe> probes,
      ObjectProvider<QueueDepth> depth,
      ObjectProvider<JobsInFlight> jobs) {
    TelemetryProperties.Checks checks = properties.health();
    return new Health(
        Clock.systemUTC(),
        new HealthSettings(
            checks.probeInterval(),
            checks.probeTimeout(),
            checks.sampleInterval(),
            Path.of("/proc")),
        pipeline().settings().version(),
        probes.orderedStream().toList(),
        () -> {
          QueueDepth known = depth.orderedStream().findFirst().orElse(null);
          return known == null ? OptionalLong.empty() : known.current();
        },
        () -> {
          JobsInFlight known = jobs.orderedStream().findFirst().orElse(null);
          return known == null ? OptionalInt.empty() : OptionalInt.of(known.current());
        });
  }

  @Bean
  HealthLifecycle spoorHealthLifecycle(Health health) {
    return new HealthLifecycle(health);
  }

  /** What {@code runtime.sample} has as {@code memory_ratio}, for those who watch by metrics. */
  @Bean
  MeterBinder spoorMemoryMeter(Health health) {
    return registry ->
        Gauge.builder("spoor.process.memory.ratio", health, Health::memoryRatio)
            .description("Resident memory of the process, as a share of what it may have")
            .register(registry);
  }

  /** What {@code /health} says of dependencies, for those who watch by metrics. */
  @Bean
  MeterBinder spoorDependencyMeters(Health health) {
    return registry ->
        health
            .dependencies()
            .forEach(name ->
                Gauge.builder("spoor.dependency.up", health, it -> it.isUp(name) ? 1 : 0)
                    .description("1 while the dependency answers, else 0")
                    .tag("dependency", name)
                    .register(registry));
  }

  /** The request log and {@code /health}, in a servlet application. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
  @ConditionalOnClass({OncePerRequestFilter.class, FilterRegistrationBean.class})
  static class WebConfiguration {
    /** First of all filters: what answers before it would go unlogged and unnamed. */
    @Bean
    FilterRegistrationBean<RequestLog> spoorRequestLog(Environment environment, Tracing tracing) {
      String header = environment.getProperty(HEADER, RequestIds.DEFAULT_HEADER);
      FilterRegistrationBean<RequestLog> registration =
          new FilterRegistrationBean<>(new RequestLog(header.strip(), System::nanoTime, tracing));
      registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
      registration.setAsyncSupported(true);
      registration.setDispatcherTypes(
          DispatcherType.REQUEST, DispatcherType.ASYNC, DispatcherType.ERROR);
      return registration;
    }

    @Bean
    HealthController spoorHealthController(Health health) {
      return new HealthController(health);
    }
  }
}
