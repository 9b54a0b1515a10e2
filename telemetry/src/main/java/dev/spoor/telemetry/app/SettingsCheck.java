package dev.spoor.telemetry.app;

import dev.spoor.telemetry.logging.CategoryRules;
import dev.spoor.telemetry.logging.ErrorCategories;
import dev.spoor.telemetry.logging.LogSettings;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.redaction.UserRules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/** Refuses to start with wrong settings, all named at once, before anything can hide the reason. */
final class SettingsCheck implements EnvironmentPostProcessor, Ordered {
  private static final int MAX_HEADER = 64;

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    List<String> problems = new ArrayList<>();
    LogSettings.read(environment::getProperty, problems);
    TracingSettings.read(environment::getProperty, problems);
    String header = environment.getProperty(TelemetryAutoConfiguration.HEADER);
    if (header != null && !isHeaderName(header.strip())) {
      problems.add(
          TelemetryAutoConfiguration.HEADER
              + " is '"
              + LogSettings.shown(header)
              + "', expected a header name of letters, digits and dashes");
    }
    String fsync = environment.getProperty(TelemetryAutoConfiguration.FSYNC);
    try {
      TelemetryAutoConfiguration.fsync(fsync);
    } catch (IllegalArgumentException e) {
      problems.add(
          TelemetryAutoConfiguration.FSYNC
              + " is '"
              + LogSettings.shown(String.valueOf(fsync))
              + "', expected off or a duration such as 500ms");
    }
    String rules = environment.getProperty(UserRules.SETTING);
    UserRules own =
        rules == null || rules.isBlank()
            ? null
            : UserRules.read(Path.of(rules.strip()), UserRules.SETTING, problems);
    String categories = environment.getProperty(CategoryRules.SETTING);
    List<ErrorCategories.Rule> ownCategories =
        categories == null || categories.isBlank()
            ? null
            : CategoryRules.read(Path.of(categories.strip()), problems);
    if (!problems.isEmpty()) {
      throw new RefusedSettings(problems);
    }
    if (own != null) {
      Redactor.extend(own);
    }
    if (ownCategories != null) {
      ErrorCategories.extend(ownCategories);
    }
  }

  private static boolean isHeaderName(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_HEADER
        && name.chars()
            .allMatch(c ->
                (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-');
  }

  @Override
  public int getOrder() {
    return Ordered.LOWEST_PRECEDENCE;
  }
}
