package dev.spoor.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.agent.model.ModelResponse;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PricesTest {
  private static final Prices PRICES =
      read(
          """
          models:
            - {provider: p, model: m, input: 2, cached_input: 0.5, output: 8}
            - {provider: p, model: plain, input: 1.5, output: 3}
          """);

  @Test
  void aCallCostsItsFreshItsCachedAndItsOutputTokens() {
    var price = PRICES.of("p", "m").orElseThrow();
    assertThat(price.of(new ModelResponse("", "m", 1_000, 400, 100, "stop")))
        .isEqualByComparingTo("0.0022");
  }

  @Test
  void cachedTokensCostAsMuchAsOthersWhereNothingElseIsSaid() {
    assertThat(PRICES.of("p", "plain").orElseThrow().cachedInput())
        .isEqualByComparingTo(new BigDecimal("1.5"));
  }

  @Test
  void anUnknownModelHasNoPriceRatherThanNone() {
    assertThat(PRICES.of("p", "other")).isEmpty();
    assertThat(PRICES.of("other", "m")).isEmpty();
  }

  @Test
  void aDatedNameFallsBackToTheUndatedOne() {
    assertThat(PRICES.of("p", "m-2026-01-31")).isEqualTo(PRICES.of("p", "m"));
    assertThat(PRICES.of("p", "m-mini")).isEmpty();
  }

  @Test
  void theListOfTheWorkerPricesTheScriptedModel() {
    assertThat(Prices.load(null).of(ScriptedModel.PROVIDER, ScriptedModel.MODEL)).isPresent();
  }

  @Test
  void namesEveryFaultOfAFile() {
    assertThatThrownBy(() ->
            read(
                """
                models:
                  - {provider: p, model: m, input: -1, output: 1}
                  - {provider: p, input: 1, output: 1}
                  - {provider: p, model: n, input: 1, output: free}
                  - {provider: p, model: o, input: 1, output: 1}
                  - {provider: p, model: o, input: 2, output: 1}
                """))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("models[0].input")
        .hasMessageContaining("models[1] must name")
        .hasMessageContaining("models[2].output")
        .hasMessageContaining("models[4] has a second price for p/o");
    assertThatThrownBy(() -> read("models: 3")).hasMessageContaining("must have a list");
    assertThatThrownBy(() -> read("a: [")).hasMessageContaining("is not YAML");
    assertThatThrownBy(() -> read("models: !!java.net.URL [\"http://localhost\"]"))
        .hasMessageContaining("is not YAML");
  }

  private static Prices read(String yaml) {
    return Prices.read(
        new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)), "test.yaml");
  }
}
