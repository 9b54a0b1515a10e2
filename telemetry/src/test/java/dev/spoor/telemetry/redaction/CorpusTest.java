package dev.spoor.telemetry.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.telemetry.redaction.Corpus.Planted;
import dev.spoor.telemetry.redaction.Corpus.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Secrets by the thousand, every kind in every format, and ordinary text that must stay as it is.
 */
@DisplayName("sensitive_data_sanitization: corpus")
class CorpusTest {
  private static final Redactor REDACTOR = Redactor.standard();

  /** No rule knows it by its shape; only where it stands gives it away. */
  private static final String SECRET = "hunter2" + "Zq9";

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noTokenSurvivesInAnyFormat(long seed) {
    assertThat(Corpus.tokens(seed).stream().map(Token::kind).distinct().count())
        .isGreaterThanOrEqualTo(100);
    check(Corpus.tokensInFormats(seed));
  }

  @Test
  void everyTokenIsCalledByItsKind() {
    for (Token token : Corpus.tokens(4)) {
      assertThat(REDACTOR.redact("the " + token.text() + " of"))
          .isEqualTo("the [REDACTED:" + token.kind() + "] of");
    }
  }

  @Test
  void noValueOfASecretsNameSurvivesInAnyFormat() {
    check(Corpus.namesInFormats(SECRET));
  }

  @Test
  void noPlaceKeepsItsSecret() {
    check(Corpus.places(SECRET));
  }

  /** Not contained, and found again in what is left nowhere: a second pass changes nothing. */
  private static void check(List<Planted> planted) {
    assertThat(planted).hasSizeGreaterThan(100);
    List<String> leaks = new ArrayList<>();
    for (Planted plant : planted) {
      String redacted = REDACTOR.redact(plant.text());
      if (redacted.contains(plant.secret())) {
        leaks.add(plant.label() + " leaks: " + redacted);
      } else if (!REDACTOR.redact(redacted).equals(redacted)) {
        leaks.add(plant.label() + " changes again: " + redacted);
      }
    }
    assertThat(leaks.stream().limit(40).collect(Collectors.joining("\n"))).isEmpty();
  }

  @Test
  void ordinaryTextStaysByteForByte() {
    List<String> changed = new ArrayList<>();
    for (String text : Corpus.lines("benign")) {
      String redacted = REDACTOR.redact(text);
      if (!redacted.equals(text)) {
        changed.add(text + " became " + redacted);
      }
    }
    String whole = String.join("\n\n", Corpus.lines("benign"));
    if (!REDACTOR.redact(whole).equals(whole)) {
      changed.add("all of it at once: " + RuleRedactor.STANDARD.hits(whole));
    }
    assertThat(String.join("\n", changed)).isEmpty();
  }

  @Test
  void seesThroughBase64OfText() {
    for (String inner :
        List.of(
            "{\"password\":\"" + SECRET + "\"}",
            "export DB_PASSWORD=" + SECRET,
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----")) {
      byte[] bytes = inner.getBytes(StandardCharsets.UTF_8);
      String once = Base64.getEncoder().encodeToString(bytes);
      String twice = Base64.getUrlEncoder().encodeToString(once.getBytes(StandardCharsets.UTF_8));
      for (String text : List.of(once, "run " + once + " now", "\"" + once + "\"", twice)) {
        assertThat(REDACTOR.redact(text)).as(inner).contains("[REDACTED:").doesNotContain(once);
      }
    }
  }

  @Test
  void aMaskOfNoKnownKindHidesNothing() {
    assertThat(REDACTOR.redact("password=[REDACTED:" + SECRET + "]")).doesNotContain(SECRET);
    assertThat(REDACTOR.redact("password=[REDACTED:password]"))
        .isEqualTo("password=[REDACTED:password]");
  }
}
