package dev.spoor.shipper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.store.lucene.LuceneSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class LucenePropertiesTest {
  private static final Path DIR = Path.of("store");

  private final List<String> problems = new ArrayList<>();

  @Test
  void aDiskIsNotFilledUnlessSomebodySaysSo() {
    assertThat(read(Map.of()))
        .isEqualTo(new LuceneSettings(DIR, Duration.ofDays(30), 10L * 1024 * 1024 * 1024));
    assertThat(read(Map.of("retention", "0", "max-size", "0B")))
        .isEqualTo(LuceneSettings.keepingAll(DIR));
    assertThat(problems).isEmpty();
  }

  @Test
  void whatIsWrongIsNamedAllAtOnce() {
    read(Map.of("retention", "23h", "max-size", "99MB"));
    assertThat(problems)
        .containsExactlyInAnyOrder(
            "SPOOR_LUCENE_RETENTION is PT23H, expected 1d to 36500d",
            "SPOOR_LUCENE_MAX_SIZE is 103809024B, expected 0 or 100MB and more");
  }

  private LuceneSettings read(Map<String, String> properties) {
    MapConfigurationPropertySource source = new MapConfigurationPropertySource();
    properties.forEach((name, value) -> source.put("spoor.lucene." + name, value));
    return new Binder(source)
        .bindOrCreate("spoor.lucene", LuceneProperties.class)
        .settings(DIR, problems);
  }
}
