package dev.spoor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Bytes that travel or are kept, as each version has written them: files under {@code
 * src/test/resources/golden/VERSION}. docs/upgrades.md says what may change and how. With {@code
 * SPOOR_GOLDEN_WRITE=true} in the environment a file that is not there yet is written.
 */
public final class Golden {
  /** Versions that have files, the newest last. */
  private static final List<String> VERSIONS = List.of("0.1");

  private static final JsonNode LATER = Json.tree("{\"shade\":[1,null]}".getBytes(utf8()));

  /** Keeps 0.0001 as it is. */
  private static final JsonMapper EXACT =
      Json.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final String name;

  /**
   * @param name of the file, with its ending
   */
  public Golden(String name) {
    this.name = name;
  }

  /** What is written today is what the newest version with such a file wrote. */
  public Golden isWritten(byte[] today) {
    List<byte[]> files = files();
    if (files.isEmpty()) {
      writeFirst(today);
      return this;
    }
    byte[] newest = files.getLast();
    if (isText()) {
      assertThat(new String(today, utf8())).as(name).isEqualTo(new String(newest, utf8()));
    }
    assertThat(today).as(name).isEqualTo(newest);
    return this;
  }

  /** What any version wrote is read today, as this. */
  public Golden isRead(Function<byte[], ?> reader, Object expected) {
    assertThat(files()).as("%s is not there", name).isNotEmpty();
    for (byte[] file : files()) {
      assertThat((Object) reader.apply(file)).as(name).isEqualTo(expected);
    }
    return this;
  }

  /**
   * What a later version may add is passed over: a field in each object.
   *
   * @param free fields that hold what is not ours: their names are data
   */
  public void isReadWithMore(Function<byte[], ?> reader, Object expected, Set<String> free) {
    JsonNode newest = EXACT.readTree(files().getLast());
    int places = addTo(newest, free);
    assertThat(places).as("objects of %s", name).isPositive();
    assertThat((Object) reader.apply(EXACT.writeValueAsBytes(newest)))
        .as("%s with more", name)
        .isEqualTo(expected);
  }

  /** The newest file's bytes. */
  public byte[] newest() {
    return files().getLast();
  }

  private static int addTo(JsonNode node, Set<String> free) {
    int places = 0;
    if (node instanceof ObjectNode object) {
      for (var property : object.properties()) {
        if (!free.contains(property.getKey())) {
          places += addTo(property.getValue(), free);
        }
      }
      object.set("colour_of_a_later_version", LATER.deepCopy());
      return places + 1;
    }
    for (JsonNode element : node) {
      places += addTo(element, free);
    }
    return places;
  }

  private List<byte[]> files() {
    List<byte[]> files = new ArrayList<>();
    for (String version : VERSIONS) {
      try (InputStream in =
          Thread.currentThread()
              .getContextClassLoader()
              .getResourceAsStream("golden/" + version + "/" + name)) {
        if (in != null) {
          files.add(in.readAllBytes());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return files;
  }

  private void writeFirst(byte[] today) {
    Path file = Path.of("src/test/resources/golden", VERSIONS.getLast(), name);
    if ("true".equals(System.getenv("SPOOR_GOLDEN_WRITE"))) {
      try {
        Files.createDirectories(file.getParent());
        Files.write(file, today);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new AssertionError(
        file + " is not there; its bytes would be: " + (isText() ? new String(today, utf8()) : ""));
  }

  private boolean isText() {
    return name.endsWith(".json");
  }

  private static java.nio.charset.Charset utf8() {
    return StandardCharsets.UTF_8;
  }
}
