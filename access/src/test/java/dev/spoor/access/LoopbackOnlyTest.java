package dev.spoor.access;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.telemetry.app.RefusedSettings;
import org.junit.jupiter.api.Test;

class LoopbackOnlyTest {
  @Test
  void refusesWhatOthersCanReach() {
    assertThatThrownBy(() -> LoopbackOnly.check("0.0.0.0", false))
        .hasMessageContaining("server.address")
        .hasMessageContaining("0.0.0.0")
        .hasMessageContaining("SPOOR_ALLOW_ANONYMOUS=true");
    assertThatThrownBy(() -> LoopbackOnly.check("10.0.0.1", false))
        .isInstanceOf(RefusedSettings.class);
    assertThatThrownBy(() -> LoopbackOnly.check("::", false)).isInstanceOf(RefusedSettings.class);
  }

  @Test
  void takesLoopbackOrAWord() {
    assertThatCode(() -> LoopbackOnly.check("127.0.0.1", false)).doesNotThrowAnyException();
    assertThatCode(() -> LoopbackOnly.check("::1", false)).doesNotThrowAnyException();
    assertThatCode(() -> LoopbackOnly.check("0.0.0.0", true)).doesNotThrowAnyException();
  }
}
