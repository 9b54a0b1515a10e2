package dev.spoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;

/** Checks real answers against the OpenAPI document: status, media type, headers, body. */
final class ApiDescription {
  private static final String ID = "https://spoor.test/openapi";

  private final JsonNode document;
  private final SchemaRegistry registry;
  private final Map<String, Schema> schemas = new ConcurrentHashMap<>();
  private final Map<String, Pattern> paths = new HashMap<>();

  ApiDescription() {
    try (InputStream in = ApiDescription.class.getResourceAsStream("entry/openapi.yaml")) {
      Map<String, Object> yaml = new Yaml().load(in);
      document = Json.tree(Json.write(yaml));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String text = document.toString();
    registry =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(ID, text)));
    for (String path : document.get("paths").propertyNames()) {
      paths.put(path, Pattern.compile(path.replace(".", "\\.").replaceAll("\\{[^}]+}", "[^/]+")));
    }
  }

  /** Fails if the answer is not one that the document describes. */
  void check(String method, HttpResponse<byte[]> response) {
    String path = response.uri().getPath();
    int status = response.statusCode();
    String template =
        paths.entrySet().stream()
            .filter(entry -> entry.getValue().matcher(path).matches())
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse("");
    if (template.isEmpty() || status == 405) {
      // Paths that lead nowhere and methods that are not there: any problem will do.
      if (!path.startsWith("/actuator") && status >= 400) {
        valid("/components/schemas/Problem", response);
      }
      return;
    }
    String pointer =
        "/paths/"
            + template.replace("~", "~0").replace("/", "~1")
            + "/"
            + method.toLowerCase(Locale.ROOT)
            + "/responses/"
            + status;
    JsonNode described = document.at(pointer);
    assertThat(described.isMissingNode())
        .as("%s %s answers %d, which openapi.yaml does not know", method, template, status)
        .isFalse();
    if (described.has("$ref")) {
      pointer = described.get("$ref").stringValue().substring(1);
      described = document.at(pointer);
    }
    for (var header : described.path("headers").properties()) {
      if (header.getValue().path("required").booleanValue(false)) {
        assertThat(response.headers().firstValue(header.getKey())).as(header.getKey()).isPresent();
      }
    }
    JsonNode content = described.path("content");
    if (content.isMissingNode()) {
      assertThat(response.body()).isEmpty();
      return;
    }
    String type = content.propertyNames().iterator().next();
    assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith(type);
    if (type.endsWith("json")) {
      valid(pointer + "/content/" + type.replace("/", "~1") + "/schema", response);
    }
  }

  /** Fails if the text is not what the schema at the pointer says. */
  void valid(String pointer, String json) {
    Schema schema =
        schemas.computeIfAbsent(
            pointer,
            at ->
                registry.getSchema(
                    SchemaLocation.of(ID + "#" + at.replace("{", "%7B").replace("}", "%7D"))));
    assertThat(schema.validate(Objects.requireNonNull(json), InputFormat.JSON))
        .as("%s", json)
        .isEmpty();
  }

  private void valid(String pointer, HttpResponse<byte[]> response) {
    valid(pointer, new String(response.body(), StandardCharsets.UTF_8));
  }
}
