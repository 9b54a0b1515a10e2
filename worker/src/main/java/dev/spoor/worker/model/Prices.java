package dev.spoor.worker.model;

import dev.spoor.agent.model.ModelResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * What models cost, from a file. A model that is not in it has no known price: its calls cost an
 * unknown amount, never zero. Immutable.
 */
public final class Prices {
  private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

  /** Providers answer with the dated name of what was asked for by a short one. */
  private static final Pattern DATE_SUFFIX = Pattern.compile("-\\d{4}-\\d{2}-\\d{2}$");

  private final Map<ModelName, Price> prices;

  private record ModelName(String provider, String model) {}

  /**
   * US dollars for a million tokens.
   *
   * @param input tokens that the provider did not have in its cache
   * @param cachedInput tokens that it had
   */
  public record Price(BigDecimal input, BigDecimal cachedInput, BigDecimal output) {
    public Price {
      if (input.signum() < 0 || cachedInput.signum() < 0 || output.signum() < 0) {
        throw new IllegalArgumentException("a price cannot be negative");
      }
    }

    /** What a call cost. */
    public BigDecimal of(ModelResponse response) {
      long fresh = response.inputTokens() - response.cachedInputTokens();
      return input
          .multiply(BigDecimal.valueOf(fresh))
          .add(cachedInput.multiply(BigDecimal.valueOf(response.cachedInputTokens())))
          .add(output.multiply(BigDecimal.valueOf(response.outputTokens())))
          .divide(MILLION)
          .stripTrailingZeros();
    }
  }

  private Prices(Map<ModelName, Price> prices) {
    this.prices = Map.copyOf(prices);
  }

  /**
   * @param file null for the list that comes with the worker
   * @throws IllegalArgumentException naming every fault of the file
   */
  public static Prices load(@Nullable Path file) {
    try (InputStream in =
        file == null
            ? Prices.class.getResourceAsStream("/prices.yaml")
            : Files.newInputStream(file)) {
      if (in == null) {
        throw new IllegalStateException("prices.yaml is missing from the worker's jar");
      }
      return read(in, file == null ? "prices.yaml" : file.toString());
    } catch (IOException e) {
      if (file != null) {
        throw new IllegalArgumentException("prices file " + file + " cannot be read", e);
      }
      throw new UncheckedIOException(e);
    }
  }

  static Prices read(InputStream in, String name) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    Object root;
    try {
      root = new Yaml(new SafeConstructor(options)).load(in);
    } catch (YAMLException e) {
      throw new IllegalArgumentException(name + " is not YAML: " + e.getMessage(), e);
    }
    if (!(root instanceof Map<?, ?> map) || !(map.get("models") instanceof List<?> models)) {
      throw new IllegalArgumentException(name + " must have a list \"models\"");
    }
    List<String> faults = new ArrayList<>();
    Map<ModelName, Price> prices = new HashMap<>();
    for (int i = 0; i < models.size(); i++) {
      String where = "models[" + i + "]";
      if (!(models.get(i) instanceof Map<?, ?> entry)) {
        faults.add(where + " must be a map");
        continue;
      }
      if (!(entry.get("provider") instanceof String provider)
          || !(entry.get("model") instanceof String model)) {
        faults.add(where + " must name \"provider\" and \"model\"");
        continue;
      }
      BigDecimal input = amount(entry, "input", where, faults);
      BigDecimal output = amount(entry, "output", where, faults);
      BigDecimal cached =
          entry.containsKey("cached_input") ? amount(entry, "cached_input", where, faults) : input;
      if (input != null && output != null && cached != null) {
        ModelName key = new ModelName(provider, model);
        if (prices.putIfAbsent(key, new Price(input, cached, output)) != null) {
          faults.add(where + " has a second price for " + provider + "/" + model);
        }
      }
    }
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(name + ": " + String.join("; ", faults));
    }
    return new Prices(prices);
  }

  /** The price of a model; a dated name falls back to the name without its date. */
  public Optional<Price> of(String provider, String model) {
    Price exact = prices.get(new ModelName(provider, model));
    if (exact != null) {
      return Optional.of(exact);
    }
    String undated = DATE_SUFFIX.matcher(model).replaceFirst("");
    return Optional.ofNullable(prices.get(new ModelName(provider, undated)));
  }

  private static @Nullable BigDecimal amount(
      Map<?, ?> entry, String field, String where, List<String> faults) {
    if (entry.get(field) instanceof Number number && number.doubleValue() >= 0) {
      return new BigDecimal(number.toString());
    }
    faults.add(where + "." + field + " must be US dollars for a million tokens, 0 or more");
    return null;
  }
}
