package dev.spoor.telemetry.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/redaction.md has every kind, and every prefix of its tokens. */
class KindsTableTest {
  private static final Pattern ROW = Pattern.compile("^\\| `([a-z0-9_]+)` \\| (.*) \\|$");

  @Test
  void everyKindIsInTheTablesAndNoOther() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("..", "docs", "redaction.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        documented.put(row.group(1), row.group(2));
      }
    }
    assertThat(documented.keySet()).isEqualTo(new TreeSet<>(Kinds.BUILT_IN));
    for (TokenShapes.Shape shape : TokenShapes.shapes()) {
      assertThat(documented.get(shape.kind())).contains("`" + shape.prefix() + "`");
    }
  }

  @Test
  void everyKindThatANameHasIsKnown() {
    for (String line : Corpus.lines("names")) {
      String name = line.replace(" =", "");
      assertThat(Kinds.BUILT_IN).contains(RuleRedactor.STANDARD.kindOfField(name));
    }
    for (Corpus.Planted planted : Corpus.places("hunter2" + "Zq9")) {
      RuleRedactor.STANDARD
          .hits(planted.text())
          .forEach(hit -> assertThat(Kinds.BUILT_IN).contains(hit.kind()));
    }
  }
}
