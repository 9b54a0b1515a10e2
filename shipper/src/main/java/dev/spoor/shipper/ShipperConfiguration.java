package dev.spoor.shipper;

import dev.spoor.access.AccessConfiguration;
import dev.spoor.access.LoopbackOnly;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.shipper.alerts.AlertsConfiguration;
import dev.spoor.shipper.audit.AuditController;
import dev.spoor.shipper.deadletters.DeadLettersController;
import dev.spoor.shipper.ingest.IntakeSettings;
import dev.spoor.shipper.ingest.IntakeThread;
import dev.spoor.shipper.search.LogsController;
import dev.spoor.shipper.search.Searches;
import dev.spoor.shipper.search.TailStreams;
import dev.spoor.shipper.stats.StatsController;
import dev.spoor.shipper.stats.StatsSettings;
import dev.spoor.shipper.timeline.TimelineController;
import dev.spoor.store.TelemetryStore;
import dev.spoor.telemetry.app.KafkaConfiguration;
import dev.spoor.telemetry.problem.ProblemConfiguration;
import dev.spoor.telemetry.redaction.Redactor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** The whole shipper, to be imported. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ShipperProperties.class, StatsSettings.class})
@Import({
  KafkaConfiguration.class,
  ProblemConfiguration.class,
  AccessConfiguration.class,
  StoreConfiguration.class,
  AlertsConfiguration.class
})
public class ShipperConfiguration {
  private final Clock clock = Clock.systemUTC();

  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE)
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> shipperServer(Environment environment) {
    return _ -> LoopbackOnly.check(environment);
  }

  @Bean
  IntakeThread shipperIntake(
      KafkaConnection kafka,
      Topics topics,
      TelemetryStore shipperStore,
      ObjectProvider<Redactor> redactor,
      MeterRegistry registry,
      ShipperProperties properties,
      StatsSettings stats,
      Environment environment)
      throws IOException {
    return new IntakeThread(
        kafka,
        topics,
        shipperStore,
        StoreConfiguration.storeDir(environment),
        redactor.getIfAvailable(Redactor::standard),
        registry,
        clock,
        new IntakeSettings(
            properties.commitInterval(),
            properties.catchUpInterval(),
            properties.maxUncommitted().toBytes(),
            (int) properties.maxRecord().toBytes(),
            properties.maxBackoff(),
            properties.stopTimeout()),
        stats);
  }

  @Bean
  StatsController shipperStats(Searches shipperSearches, StatsSettings stats) {
    return new StatsController(shipperSearches, stats, clock);
  }

  @Bean
  Searches shipperSearches(TelemetryStore shipperStore, ShipperProperties properties) {
    return new Searches(shipperStore, properties.searchTimeout(), properties.searchesAtOnce());
  }

  @Bean
  TailStreams shipperTails(Searches shipperSearches, ShipperProperties properties) {
    return new TailStreams(shipperSearches, properties.maxTails());
  }

  @Bean
  LogsController shipperLogs(Searches shipperSearches, TailStreams shipperTails) {
    return new LogsController(shipperSearches, shipperTails, clock);
  }

  @Bean
  TimelineController shipperTimeline(Searches shipperSearches) {
    return new TimelineController(shipperSearches);
  }

  @Bean
  AuditController shipperAudit(
      TelemetryStore shipperStore, Topics topics, ShipperProperties properties) {
    return new AuditController(shipperStore, topics, clock, properties.tailUnknownAfter());
  }

  @Bean
  DeadLettersController shipperDeadLetters(
      KafkaConnection kafka, Topics topics, IntakeThread shipperIntake) {
    return new DeadLettersController(kafka, topics.telemetryDeadLetters(), shipperIntake, clock);
  }

  @Bean
  StoreProbe shipperStoreProbe(TelemetryStore shipperStore, IntakeThread shipperIntake) {
    return new StoreProbe(shipperStore, shipperIntake::isRunning);
  }

  @Bean
  KafkaProbe shipperKafkaProbe(KafkaConnection kafka) {
    return new KafkaProbe(kafka);
  }
}
