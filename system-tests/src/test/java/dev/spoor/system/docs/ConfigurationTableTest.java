package dev.spoor.system.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.spoor.telemetry.logging.CategoryRules;
import dev.spoor.telemetry.redaction.UserRules;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** docs/configuration.md has every setting with the default that the code has. */
class ConfigurationTableTest {
  private static final Pattern ROW = Pattern.compile("^\\| `([A-Z_]+)` \\| (.*?) \\|");

  @Test
  void everySettingIsInTheTableWithItsDefault() throws IOException {
    Map<String, String> documented = new HashMap<>();
    for (String line : Files.readAllLines(Path.of("..", "docs", "configuration.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.find()) {
        documented.put(row.group(1), row.group(2));
      }
    }
    Map<String, String> settings = settings();
    assertThat(settings).hasSizeGreaterThan(30);
    List<String> wrong = new ArrayList<>();
    settings.forEach((variable, value) -> {
      String cell = documented.get(variable);
      if (cell == null) {
        wrong.add(variable + " is not documented");
      } else if (!value.isEmpty() && !cell.startsWith("`" + value + "`")) {
        wrong.add(variable + " is " + value + " by default; the table says " + cell);
      }
    });
    assertThat(wrong).isEmpty();
  }

  private static Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    settings.put(UserRules.SETTING, "");
    settings.put(CategoryRules.SETTING, "");
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.spoor")) {
      if (type.isAnnotatedWith(ConfigurationProperties.class)) {
        Class<?> properties = type.reflect();
        collect(
            properties.getAnnotation(ConfigurationProperties.class).value(), properties, settings);
      }
    }
    return settings;
  }

  private static void collect(String prefix, Class<?> properties, Map<String, String> settings) {
    for (RecordComponent component : properties.getRecordComponents()) {
      String name = prefix + "." + dashed(component.getName());
      if (component.getType().isRecord() && component.getType().getName().startsWith("dev.spoor")) {
        collect(name, component.getType(), settings);
      } else {
        settings.put(variable(name), defaultOf(properties, component));
      }
    }
  }

  private static String defaultOf(Class<?> properties, RecordComponent component) {
    RecordComponent[] components = properties.getRecordComponents();
    for (int i = 0; i < components.length; i++) {
      if (components[i].getName().equals(component.getName())) {
        DefaultValue value =
            properties.getDeclaredConstructors()[0].getParameters()[i].getAnnotation(
                DefaultValue.class);
        return value == null || value.value().length == 0 ? "" : value.value()[0];
      }
    }
    throw new IllegalStateException(component + " is no component of " + properties);
  }

  private static String dashed(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  private static String variable(String property) {
    return property.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }
}
