package dev.spoor.gateway;

import dev.spoor.access.AccessConfiguration;
import dev.spoor.access.LoopbackOnly;
import dev.spoor.access.SubmitRates;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.catalogue.FlowCatalogue;
import dev.spoor.gateway.catalogue.FlowsController;
import dev.spoor.gateway.command.Commands;
import dev.spoor.gateway.command.LedgerWriter;
import dev.spoor.gateway.entry.EntryController;
import dev.spoor.gateway.feed.TopicFeed;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.queue.QueueController;
import dev.spoor.gateway.queue.QueueLag;
import dev.spoor.gateway.queue.QueueMeters;
import dev.spoor.gateway.queue.QueueTable;
import dev.spoor.gateway.status.DeadJobsController;
import dev.spoor.gateway.status.JobFinder;
import dev.spoor.gateway.status.JobStreams;
import dev.spoor.gateway.status.JobsController;
import dev.spoor.gateway.status.Owners;
import dev.spoor.gateway.submit.SubmitController;
import dev.spoor.gateway.submit.TenantBound;
import dev.spoor.gateway.updates.JobUpdates;
import dev.spoor.telemetry.app.KafkaConfiguration;
import dev.spoor.telemetry.app.KafkaHosts;
import dev.spoor.telemetry.problem.ProblemConfiguration;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * The HTTP side. What listens on the network comes last: the feeds have read what they need before
 * the first request.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(GatewayProperties.class)
@Import({KafkaConfiguration.class, ProblemConfiguration.class, AccessConfiguration.class})
class GatewayHttpConfiguration {
  /** What a caller may still send after a refusal, so that he reads it instead of a reset. */
  private static final int MAX_SWALLOW_BYTES = 8 << 20;

  private final Clock clock = Clock.systemUTC();

  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE)
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> gatewayServer(Environment environment) {
    return factory -> {
      LoopbackOnly.check(environment);
      factory.addConnectorCustomizers(connector ->
          connector.setProperty("maxSwallowSize", Integer.toString(MAX_SWALLOW_BYTES)));
    };
  }

  @Bean
  LedgerWriter gatewayLedgerWriter(
      KafkaConnection kafka, Topics topics, GatewayProperties properties) {
    // The first bean that makes a client.
    KafkaHosts.await(kafka, properties.startTimeout());
    return LedgerWriter.connect(
        kafka, topics.ledgerIn(), "gateway-ledger-writer", properties.startTimeout());
  }

  @Bean
  JobUpdates gatewayJobUpdates() {
    return new JobUpdates();
  }

  @Bean
  FlowCatalogue gatewayFlowCatalogue() {
    return new FlowCatalogue();
  }

  @Bean
  QueueTable gatewayQueueTable(LedgerWriter gatewayLedgerWriter) {
    return new QueueTable(gatewayLedgerWriter::partitions, clock);
  }

  @Bean
  TopicFeed gatewayUpdatesFeed(
      KafkaConnection kafka, Topics topics, GatewayProperties properties, JobUpdates updates) {
    return new TopicFeed(
        "gateway-updates",
        kafka,
        List.of(topics.jobUpdates()),
        TopicFeed.From.END,
        properties.startTimeout(),
        updates::accept);
  }

  @Bean
  TopicFeed gatewayTablesFeed(
      KafkaConnection kafka,
      Topics topics,
      GatewayProperties properties,
      FlowCatalogue catalogue,
      QueueTable table) {
    String flows = topics.flows();
    return new TopicFeed(
        "gateway-tables",
        kafka,
        List.of(flows, topics.queueStats()),
        TopicFeed.From.BEGINNING,
        properties.startTimeout(),
        record -> {
          if (record.topic().equals(flows)) {
            catalogue.accept(record);
          } else {
            table.accept(record);
          }
        });
  }

  /** All feeds read at the same time; only then is waited for each. */
  @Bean
  SmartLifecycle gatewayFeedsReady(TopicFeed gatewayUpdatesFeed, TopicFeed gatewayTablesFeed) {
    return new FeedsReady(List.of(gatewayUpdatesFeed, gatewayTablesFeed));
  }

  @Bean
  Commands gatewayCommands(LedgerWriter writer, JobUpdates updates) {
    return new Commands(writer, updates);
  }

  @Bean
  SubmitController gatewaySubmit(
      FlowCatalogue catalogue,
      Commands commands,
      QueueTable table,
      JobFinder finder,
      LedgerWriter writer,
      GatewayProperties properties,
      Environment environment) {
    // The ledger's own bound holds for each partition; it can refuse only who waits for its answer.
    long maxWaiting = environment.getProperty("spoor.ledger.max-waiting", Long.class, 250_000L);
    return new SubmitController(
        catalogue::inputOf,
        commands,
        () -> table.current().orElse(0) >= maxWaiting * Math.max(1, writer.partitions()),
        new TenantBound(new SubmitRates(System::nanoTime), table::waitingOf, finder::isThere),
        () -> UUID.randomUUID().toString(),
        clock,
        properties.maxBodies().toBytes());
  }

  @Bean
  Owners gatewayOwners() {
    return new Owners();
  }

  @Bean
  JobFinder gatewayJobFinder(JobReads reads, Owners owners, JobUpdates updates) {
    return new JobFinder(reads, owners, updates);
  }

  @Bean
  JobStreams gatewayJobStreams(JobUpdates updates, JobFinder finder, GatewayProperties properties) {
    return new JobStreams(updates, properties.keepAlive(), finder::stopWaiting);
  }

  @Bean
  JobsController gatewayJobs(
      JobFinder finder, JobReads reads, Owners owners, Commands commands, JobStreams streams) {
    return new JobsController(finder, reads, owners, commands, streams);
  }

  @Bean
  DeadJobsController gatewayDeadJobs(JobReads reads, Owners owners, Commands commands) {
    return new DeadJobsController(
        reads, owners, commands, () -> UUID.randomUUID().toString(), clock);
  }

  @Bean
  QueueController gatewayQueue(QueueTable table, ObjectProvider<QueueLag> lag) {
    return new QueueController(table, lag.getIfAvailable(() -> List::of), clock);
  }

  @Bean
  QueueMeters gatewayQueueMeters(QueueTable table) {
    return new QueueMeters(table, clock);
  }

  @Bean
  FlowsController gatewayFlows(FlowCatalogue catalogue) {
    return new FlowsController(catalogue);
  }

  @Bean
  EntryController gatewayEntry(Environment environment) {
    return new EntryController(environment.getProperty("spoor.telemetry-url", ""));
  }

  @Bean
  KafkaProbe gatewayKafkaProbe(KafkaConnection kafka) {
    return new KafkaProbe(kafka);
  }
}
