package dev.spoor.store.elastic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.TelemetryRecord;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The lines of a bulk request; that a real server takes and finds them is for ElasticStoreIT. */
class DocumentsTest {
  private static final String TIME = "2026-11-27T04:05:06.123456789Z";

  private final Documents documents = new Documents("spoor-records-", false);

  private static TelemetryRecord record(String source, long seq, String json) {
    byte[] bytes = json.getBytes(UTF_8);
    JsonNode fields = Json.tree(bytes);
    return new TelemetryRecord(
        source, seq, Instant.parse(fields.path("timestamp").stringValue()), fields, bytes);
  }

  private static TelemetryRecord record(Map<String, Object> more) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("timestamp", TIME);
    fields.putAll(more);
    fields.put("source", "worker-1");
    fields.put("seq", 7);
    return record("worker-1", 7, new String(Json.write(fields), UTF_8));
  }

  private String lines(Documents documents, TelemetryRecord record) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    documents.append(record, 42, out);
    return out.toString(UTF_8);
  }

  /** The second line, which must give the record back byte for byte. */
  private JsonNode document(TelemetryRecord record) throws UnreadableReplyException {
    List<String> lines = lines(documents, record).lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(Documents.record(lines.get(1).getBytes(UTF_8))).isEqualTo(record.json());
    return Json.tree(lines.get(1).getBytes(UTF_8));
  }

  private static boolean isMadeAnew(JsonNode document) {
    return document.has("spoor.record");
  }

  @Test
  void nearlyAlwaysIsTheRecordsOwnBytesWithOurFieldsBehindThem() {
    TelemetryRecord record =
        record(
            "worker-1",
            7,
            "{\"timestamp\":\"%s\",\"message\":\"a \\\"b\\\"\",\"source\":\"worker-1\",\"seq\":7}"
                .formatted(TIME));
    assertThat(lines(documents, record))
        .isEqualTo(
            """
            {"create":{"_index":"spoor-records-2026.11.27","_id":"worker-1-7"}}
            {"timestamp":"2026-11-27T04:05:06.123456789Z","message":"a \\"b\\"","source":"worker-1","seq":7,"spoor.no":42}
            """);
  }

  @Test
  void hasAsTermsWhatTheVocabularyDoesNotKnow() throws Exception {
    JsonNode document =
        document(record(Map.of("labels", Map.of("team", "a \"b\" \\ \u0001 é"), "odd.name", 3)));
    assertThat(isMadeAnew(document)).isFalse();
    assertThat(document.path("spoor.flat").valueStream().map(JsonNode::stringValue))
        .containsExactlyInAnyOrder("labels.team\0a \"b\" \\ \u0001 é", "odd.name\0" + "3");
    assertThat(document.path("spoor.paths").valueStream().map(JsonNode::stringValue))
        .containsExactlyInAnyOrder("labels", "labels.team", "odd.name");
  }

  @Test
  void isMadeAnewWithoutWhatDoesNotFitItsMapping() throws Exception {
    JsonNode document =
        document(record(Map.of("duration_ms", "long", "agent_id", "analyst", "_id", "x")));
    assertThat(isMadeAnew(document)).isTrue();
    assertThat(document.has("duration_ms")).isFalse();
    assertThat(document.has("_id")).isFalse();
    assertThat(document.path("agent_id").stringValue()).isEqualTo("analyst");
    assertThat(document.path("source").stringValue()).isEqualTo("worker-1");
  }

  @Test
  void takesATimeAsItIsOnlyIfElasticsearchReadsItAsWeDo() throws Exception {
    for (String time : List.of(TIME, "2026-11-27T04:05:06Z", "2026-11-27T04:05:06.1Z")) {
      assertThat(isMadeAnew(document(record(Map.of("timestamp", time))))).as(time).isFalse();
    }
    for (String time :
        List.of("2026-11-27T05:05:06+01:00", "+12026-11-27T04:05:06Z", "-0001-11-27T04:05:06Z")) {
      assertThat(isMadeAnew(document(record(Map.of("timestamp", time))))).as(time).isTrue();
    }
  }

  @Test
  void goesIntoTheIndexOfItsOwnDay() {
    for (String day :
        List.of("2026-11-27", "2026-11-28", "2026-11-27", "1969-12-31", "1970-01-01")) {
      assertThat(documents.index(record(Map.of("timestamp", day + "T23:59:59.999Z"))))
          .isEqualTo("spoor-records-" + day.replace('-', '.'));
    }
  }

  @Test
  void anIdIsTheSourcesUtf8OrItsHash() {
    assertThat(Documents.id(record("é\uD800x", 9, "{\"timestamp\":\"" + TIME + "\"}")))
        .isEqualTo("é?x-9");
    // 200 characters of three bytes each.
    String id = Documents.id(record("語".repeat(200), 9, "{\"timestamp\":\"" + TIME + "\"}"));
    assertThat(id).startsWith("sha256.").endsWith("-9").hasSizeLessThan(100);
    for (String source : List.of("語".repeat(160), "x".repeat(500))) {
      assertThat(
              Documents.id(record(source, Long.MAX_VALUE / 2, "{\"timestamp\":\"" + TIME + "\"}"))
                  .getBytes(UTF_8))
          .hasSizeLessThanOrEqualTo(512);
    }
  }

  @Test
  void aSourceThatIsLongerThanAKeywordIsMadeAnew() {
    String source = "x".repeat(1025);
    TelemetryRecord record =
        record(
            source,
            1,
            "{\"timestamp\":\"%s\",\"source\":\"%s\",\"seq\":1}".formatted(TIME, source));
    assertThat(lines(documents, record)).contains("\"spoor.record\"");
  }

  @Test
  void wordsAreSplitAtDotsWhereTheServerCannot() {
    assertThat(
            lines(new Documents("spoor-records-", true), record(Map.of("message", "a.b\tc\uD800")))
                .lines()
                .toList()
                .get(1))
        .contains("\"spoor.words.message\":[\"a b\\tc?\"]");
  }
}
