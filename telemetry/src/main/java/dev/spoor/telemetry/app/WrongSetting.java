package dev.spoor.telemetry.app;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.boot.origin.SystemEnvironmentOrigin;
import org.springframework.core.convert.ConversionException;
import org.springframework.util.unit.DataSize;

/** Says what is wrong with a setting whose value does not fit its type. */
public final class WrongSetting {
  private WrongSetting() {}

  /** One sentence with name, value and expectation; empty if something else is wrong. */
  public static Optional<String> of(BindException wrong) {
    ConfigurationProperty property = wrong.getProperty();
    if (property == null || !(wrong.getCause() instanceof ConversionException)) {
      return Optional.empty();
    }
    String name =
        switch (property.getOrigin()) {
          case SystemEnvironmentOrigin variable -> variable.getProperty();
          case PropertySourceOrigin source -> source.getPropertyName();
          case null, default -> property.getName().toString();
        };
    String value = isSecret(name) ? "not shown" : "'" + property.getValue() + "'";
    return Optional.of(
        "%s is %s, expected %s."
            .formatted(name, value, expected(wrong.getTarget().getType().resolve(Object.class))));
  }

  private static boolean isSecret(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.contains("key") || lower.contains("password") || lower.contains("secret");
  }

  private static String expected(Class<?> type) {
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return "a whole number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == Duration.class) {
      return "a time like 30s or 500ms";
    }
    if (type == DataSize.class) {
      return "a size like 64MB";
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
          .collect(Collectors.joining(", "));
    }
    return "a " + type.getSimpleName();
  }
}
