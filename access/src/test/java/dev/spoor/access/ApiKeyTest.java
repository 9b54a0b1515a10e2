package dev.spoor.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.telemetry.redaction.Redactor;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeyTest {
  private static final String SECRET = "0123456789abcdef".repeat(4);

  @Test
  void hasAnIdAnd256BitsOfSecret() {
    ApiKey key = ApiKey.parse("spoor_k1a2_" + SECRET).orElseThrow();
    assertThat(key.id()).isEqualTo("k1a2");
    assertThat(key.text()).isEqualTo("spoor_k1a2_" + SECRET);
    // printf 'spoor_k1a2_...' | sha256sum
    assertThat(key.sha256())
        .isEqualTo("ec70f668377e2c81420b14a492fc1d32724a055ceaac1110d6f741209a1132b0");
  }

  @Test
  void everyNewKeyIsAnotherAndIsReadBack() {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      ApiKey key = ApiKey.generate(new SecureRandom());
      assertThat(ApiKey.parse(key.text()))
          .hasValueSatisfying(same -> assertThat(same.sha256()).isEqualTo(key.sha256()));
      all.add(key.text());
    }
    assertThat(all).hasSize(100);
  }

  @Test
  void isNoKeyInAnotherForm() {
    for (String wrong :
        new String[] {
          "",
          "spoor_",
          "spoor_k1a2_",
          "spoor_k1_" + SECRET,
          "spoor_K1A2_" + SECRET,
          "spoor_k1a2_" + SECRET + "0",
          "spoor_k1a2_" + SECRET.substring(1),
          " spoor_k1a2_" + SECRET,
          "spoor_k1a2_" + SECRET + "\n",
          SECRET
        }) {
      assertThat(ApiKey.parse(wrong)).as(wrong).isEmpty();
    }
  }

  @Test
  void isNotShownByToStringAndNotByTheRedactor() {
    ApiKey key = ApiKey.generate(new SecureRandom());
    String secret = key.text().substring(key.text().length() - 64);
    assertThat(key.toString()).contains(key.id()).doesNotContain(secret);
    for (String around : new String[] {"%s", "he said %s.", "{\"a\":\"%s\"}", "x=%s&y=1"}) {
      assertThat(Redactor.standard().redact(around.formatted(key.text())))
          .as(around)
          .doesNotContain(secret)
          .contains("[REDACTED:spoor_key]");
    }
    assertThat(Redactor.standard().redact("spoor_telemetry_dead_lettered_total 3"))
        .isEqualTo("spoor_telemetry_dead_lettered_total 3");
  }
}
