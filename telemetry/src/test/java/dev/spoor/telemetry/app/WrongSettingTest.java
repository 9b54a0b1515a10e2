package dev.spoor.telemetry.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class WrongSettingTest {
  record Settings(int slots, Duration timeout, int apiKey) {
    Settings {
      if (slots == 1) {
        throw new IllegalArgumentException("slots must not be 1");
      }
    }
  }

  @Test
  void namesTheVariableItsValueAndWhatWasExpected() {
    assertThat(WrongSetting.of(fault("SPOOR_X_SLOTS", "many")))
        .hasValue("SPOOR_X_SLOTS is 'many', expected a whole number.");
    assertThat(WrongSetting.of(fault("SPOOR_X_TIMEOUT", "soon")))
        .hasValue("SPOOR_X_TIMEOUT is 'soon', expected a time like 30s or 500ms.");
  }

  @Test
  void showsNoSecret() {
    assertThat(WrongSetting.of(fault("SPOOR_X_APIKEY", "hunter2")))
        .hasValueSatisfying(said -> assertThat(said).doesNotContain("hunter2"));
  }

  @Test
  void leavesWhatTheSettingsSayThemselvesToThem() {
    assertThat(WrongSetting.of(fault("SPOOR_X_SLOTS", "1"))).isEmpty();
  }

  private static BindException fault(String variable, String value) {
    StandardEnvironment environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .replace(
            StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
            new SystemEnvironmentPropertySource(
                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                Map.of(variable, value)));
    return catchThrowableOfType(
        BindException.class,
        () -> Binder.get(environment).bind("spoor.x", Bindable.of(Settings.class)));
  }
}
