package dev.spoor.shipper.alerts;

import dev.spoor.alert.rule.RuleFault;
import dev.spoor.alert.rule.RuleFile;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.app.StartFailure;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Alerts of the shipper, to be imported. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AlertsProperties.class)
public class AlertsConfiguration {
  private static final String RULES_FILE = "SPOOR_ALERTS_RULES_FILE";

  private final Clock clock = Clock.systemUTC();

  @Bean
  Rules alertRules(AlertsProperties properties) {
    Rules shipped = RuleFile.shipped();
    if (properties.rulesFile().isEmpty()) {
      return shipped;
    }
    RuleFile.Reading reading;
    try {
      reading = RuleFile.read(Files.readString(Path.of(properties.rulesFile())));
    } catch (IOException unreadable) {
      throw new StartFailure(
          RULES_FILE
              + " is '"
              + properties.rulesFile()
              + "', expected a file of rules in UTF-8 that can be read",
          unreadable);
    }
    if (!reading.faults().isEmpty()) {
      throw new StartFailure(
          RULES_FILE
              + " "
              + properties.rulesFile()
              + " has faults, ./spoor rules check tells them too: "
              + reading.faults().stream()
                  .map(RuleFault::toString)
                  .collect(Collectors.joining("; ")));
    }
    return reading.over(shipped);
  }

  @Bean
  Board alertBoard() {
    return new Board();
  }

  @Bean
  AlertsController alertsController(Rules alertRules, Board alertBoard) {
    return new AlertsController(alertRules, alertBoard);
  }

  @Bean
  EvaluatorThread alertEvaluator(
      KafkaConnection kafka,
      Topics topics,
      Rules alertRules,
      Board alertBoard,
      MeterRegistry registry,
      AlertsProperties properties) {
    return new EvaluatorThread(
        kafka,
        topics,
        alertRules,
        notifiers(properties),
        alertBoard,
        new AlertMeters(registry, topics.alertsGroup(), alertRules, alertBoard),
        registry,
        clock,
        properties);
  }

  private List<Notifier> notifiers(AlertsProperties properties) {
    List<Notifier> notifiers = new ArrayList<>();
    notifiers.add(new LogNotifier());
    if (!properties.webhookUrl().isEmpty()) {
      notifiers.add(
          new WebhookNotifier(URI.create(properties.webhookUrl()), properties.notifyTimeout()));
    }
    for (URI base : properties.alertmanagers()) {
      notifiers.add(
          new AlertmanagerNotifier(
              base, properties.notifyTimeout(), properties.resendInterval(), clock));
    }
    return notifiers;
  }
}
