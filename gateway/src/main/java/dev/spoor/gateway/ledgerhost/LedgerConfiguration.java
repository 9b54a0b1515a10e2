package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.gateway.ledger.LedgerRules;
import dev.spoor.gateway.topics.TopicSettings;
import dev.spoor.telemetry.redaction.Redactor;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Wires the ledger: the bean {@code gatewayLedger} is the ports JobReads and QueueLag, and {@code
 * gatewayLedgerLifecycle} starts it before anyone serves or works.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({LedgerSettings.class, TopicSettings.class})
public class LedgerConfiguration {
  /** The ledger starts before workers and HTTP, and stops after them. */
  public static final int PHASE = -1_000;

  @Bean
  Ledger gatewayLedger(
      KafkaConnection connection,
      TopicSettings topics,
      LedgerSettings settings,
      MeterRegistry registry,
      Environment environment) {
    String instance = environment.getProperty("spoor.instance", "gateway");
    Duration retention =
        environment.getProperty("spoor.job-retention", Duration.class, Duration.ofDays(7));
    Map<String, String> origin =
        Map.of(
            Fields.SERVICE,
            environment.getProperty("spring.application.name", "gateway"),
            Fields.INSTANCE,
            instance,
            Fields.VERSION,
            environment.getProperty("spoor.version", "unknown"),
            Fields.ENVIRONMENT,
            environment.getProperty("spoor.environment", "default"));
    return new Ledger(
        connection,
        topics,
        settings,
        new LedgerRules(settings.limits(retention)),
        new Ledger.Identity(instance, ownerUrl(environment), origin),
        Path.of(environment.getProperty("spoor.data-dir", "data"), "ledger"),
        Redactor.standard(),
        registry,
        Clock.systemUTC());
  }

  /** The port is known only once the server listens. */
  private static Supplier<String> ownerUrl(Environment environment) {
    return () -> {
      String configured = environment.getProperty("spoor.gateway.url");
      if (configured != null) {
        return URI.create(configured).toString();
      }
      String port =
          environment.getProperty(
              "local.server.port", environment.getProperty("server.port", "8080"));
      return "http://localhost:" + port;
    };
  }

  @Bean
  SmartLifecycle gatewayLedgerLifecycle(Ledger ledger) {
    return new SmartLifecycle() {
      @Override
      public void start() {
        ledger.start();
      }

      @Override
      public void stop() {
        ledger.stop();
      }

      @Override
      public boolean isRunning() {
        return ledger.isStarted();
      }

      @Override
      public int getPhase() {
        return PHASE;
      }
    };
  }
}
