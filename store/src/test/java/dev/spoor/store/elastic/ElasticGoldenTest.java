package dev.spoor.store.elastic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.spoor.contract.wire.Json;
import dev.spoor.store.Checkpoint;
import dev.spoor.store.PartitionId;
import dev.spoor.store.SummaryKey;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.testkit.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The store's own documents in Elasticsearch: with them a shipper of the next version goes on. A
 * file has the lines of the bulk requests, as one array.
 */
class ElasticGoldenTest {
  private static final PartitionId PARTITION = new PartitionId("telemetry", 3);
  private static final SummaryKey MINUTE =
      new SummaryKey("minute", Instant.parse("2026-11-24T10:00:00Z"));

  private static final String NOTHING = "{\"found\":false}";

  /** By index, then by id: what was written last. */
  private final Map<String, Map<String, JsonNode>> stored = new TreeMap<>();

  private final List<String> progressLines = new ArrayList<>();
  private final List<String> summaryLines = new ArrayList<>();
  private StubServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        new StubServer(exchange -> {
          try (exchange) {
            byte[] body = answer(exchange).getBytes(UTF_8);
            exchange.sendResponseHeaders(isNothing(body) ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void progressAndSummaries() throws Exception {
    Progress progress = progress();
    progress.take(PARTITION);
    progress.commit(
        List.of(
            new Checkpoint(
                PARTITION, 17, Map.of("gateway-1", bytes("one")), Map.of(MINUTE, bytes("pane")))));
    progress.commit(
        List.of(
            new Checkpoint(
                PARTITION,
                20,
                Map.of("gateway-1", bytes("two")),
                Map.of(MINUTE, bytes("larger pane")))));
    // Another shipper takes over, so that there is an epoch that ended.
    progress().take(PARTITION);

    String state = "20 {gateway-1=two} larger pane";
    new Golden("elastic.progress.json")
        .isWritten(array(progressLines))
        .isRead(file -> read(file, array(summaryLines)), state)
        .isReadWithMore(file -> read(file, array(summaryLines)), state, Set.of());
    new Golden("elastic.summaries.json")
        .isWritten(array(summaryLines))
        .isRead(file -> read(array(progressLines), file), state)
        .isReadWithMore(file -> read(array(progressLines), file), state, Set.of());
  }

  @Test
  void records() {
    TelemetryRecord plain =
        record(
            "{\"timestamp\":\"2026-11-24T10:00:00Z\",\"colour\":\"red\",\"source\":\"worker-1\",\"seq\":1}",
            1);
    TelemetryRecord ofAnotherType =
        record(
            "{\"timestamp\":\"2026-11-24T10:00:00Z\",\"duration_ms\":\"long\",\"source\":\"worker-1\",\"seq\":2}",
            2);
    Documents documents = new Documents("spoor-records-", false);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    documents.append(plain, 1, out);
    documents.append(ofAnotherType, 2, out);
    new Golden("elastic.records.json")
        .isWritten(array(out.toString(UTF_8).lines().toList()))
        .isRead(
            file ->
                lines(file).stream()
                    .filter(line -> !line.has("create"))
                    .map(ElasticGoldenTest::recordOf)
                    .toList(),
            List.of(new String(plain.json(), UTF_8), new String(ofAnotherType.json(), UTF_8)));
  }

  /** Everything anew from these files alone. */
  private String read(byte[] progressFile, byte[] summariesFile) {
    stored.clear();
    store("t-progress", lines(progressFile));
    store("t-summaries", lines(summariesFile));
    try {
      Progress next = progress();
      Checkpoint checkpoint = next.take(PARTITION);
      Map<String, String> states = new TreeMap<>();
      checkpoint.states().forEach((name, value) -> states.put(name, new String(value, UTF_8)));
      byte[] pane = next.summary(PARTITION, MINUTE);
      return checkpoint.nextOffset()
          + " "
          + states
          + " "
          + (pane == null ? "none" : new String(pane, UTF_8));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private Progress progress() {
    return new Progress(server.index("t-progress"), new Summaries(server.index("t-summaries")));
  }

  // ---- as much of a server as it takes

  private String answer(HttpExchange exchange) throws IOException {
    String[] path = exchange.getRequestURI().getRawPath().split("/", -1);
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    Map<String, JsonNode> documents = stored.getOrDefault(path[1], Map.of());
    return switch (path[2]) {
      case "_bulk" -> {
        List<JsonNode> lines = body.lines().map(line -> Json.tree(line.getBytes(UTF_8))).toList();
        (path[1].equals("t-progress") ? progressLines : summaryLines).addAll(body.lines().toList());
        store(path[1], lines);
        yield "{\"errors\":false,\"items\":["
            + String.join(
                ",",
                java.util.Collections.nCopies(lines.size() / 2, "{\"index\":{\"status\":201}}"))
            + "]}";
      }
      case "_doc" -> {
        JsonNode found = documents.get(URLDecoder.decode(path[3], UTF_8));
        yield found == null ? NOTHING : found.toString();
      }
      case "_search" -> {
        // The one search that finds anything here is for a partition's states.
        boolean states = body.contains("{\"kind\":\"state\"}");
        yield "{\"hits\":{\"hits\":["
            + String.join(
                ",",
                documents.values().stream()
                    .filter(each -> states && isState(each))
                    .map(each -> each.toString().replaceFirst("}$", ",\"sort\":[\"a\"]}"))
                    .toList())
            + "]}}";
      }
      default -> "{\"acknowledged\":true}";
    };
  }

  private static boolean isNothing(byte[] answer) {
    return new String(answer, UTF_8).equals(NOTHING);
  }

  private static boolean isState(JsonNode document) {
    return document.path("_source").path("kind").asString("").equals("state");
  }

  private void store(String index, List<JsonNode> lines) {
    for (int i = 0; i < lines.size(); i += 2) {
      JsonNode action = lines.get(i).path("index");
      String id = action.path("_id").asString();
      stored
          .computeIfAbsent(index, _ -> new TreeMap<>())
          .put(
              id,
              Json.tree(
                  ("{\"found\":true,\"_index\":\"%s\",\"_id\":\"%s\",\"_version\":%d,\"_source\":%s}"
                          .formatted(index, id, action.path("version").asLong(), lines.get(i + 1)))
                      .getBytes(UTF_8)));
    }
  }

  private static byte[] array(List<String> lines) {
    return ("[\n" + String.join(",\n", lines) + "\n]\n").getBytes(UTF_8);
  }

  private static List<JsonNode> lines(byte[] file) {
    List<JsonNode> lines = new ArrayList<>();
    Json.tree(file).forEach(lines::add);
    assertThat(lines).isNotEmpty();
    return lines;
  }

  private static String recordOf(JsonNode document) {
    try {
      return new String(Documents.record(document.toString().getBytes(UTF_8)), UTF_8);
    } catch (UnreadableReplyException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static TelemetryRecord record(String json, long seq) {
    JsonNode fields = Json.tree(bytes(json));
    return new TelemetryRecord(
        "worker-1",
        seq,
        Instant.parse(fields.path("timestamp").stringValue()),
        fields,
        bytes(json));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
