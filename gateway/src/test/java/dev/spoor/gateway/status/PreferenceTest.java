package dev.spoor.gateway.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PreferenceTest {
  private static Optional<Duration> waiting(String... headers) {
    return Preference.waiting(Collections.enumeration(List.of(headers)));
  }

  @Test
  void readsTheWait() {
    assertThat(waiting("wait=30")).contains(Duration.ofSeconds(30));
    assertThat(waiting("respond-async, wait=5")).contains(Duration.ofSeconds(5));
    assertThat(waiting("respond-async", "wait = \"7\"")).contains(Duration.ofSeconds(7));
    assertThat(waiting("wait=9999")).contains(Preference.MAX_WAIT);
  }

  @Test
  void ignoresWhatItDoesNotUnderstand() {
    assertThat(waiting()).isEmpty();
    assertThat(waiting("wait")).isEmpty();
    assertThat(waiting("wait=-1")).isEmpty();
    assertThat(waiting("wait=1.5")).isEmpty();
    assertThat(waiting("await=3")).isEmpty();
    assertThat(waiting("wait=99999999999999999999")).isEmpty();
  }
}
