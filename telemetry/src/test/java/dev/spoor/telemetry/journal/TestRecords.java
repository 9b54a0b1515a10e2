package dev.spoor.telemetry.journal;

import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Records for journal tests. */
final class TestRecords {
  static final byte[] LOG = "log".getBytes(StandardCharsets.US_ASCII);

  private TestRecords() {}

  static RecordBuffer of(String message) {
    RecordBuffer buffer = new RecordBuffer();
    byte[] json = Json.write(Map.of("message", message));
    buffer.write(json, 0, json.length);
    return buffer;
  }

  static void write(
      RecordBuffer into, String event, String level, String message, Map<String, ?> fields) {
    Map<String, Object> all = new LinkedHashMap<>(fields);
    all.put("event", event);
    all.put("level", level);
    all.put("message", message);
    byte[] json = Json.write(all);
    into.write(json, 0, json.length);
  }

  /** All that can be read now. */
  static List<Entry> readAll(Journal journal) {
    JournalReader reader = new JournalReader(journal, 1);
    List<Entry> all = new ArrayList<>();
    while (true) {
      List<Entry> some = reader.read(1000, 1 << 20);
      if (some.isEmpty()) {
        reader.close();
        return all;
      }
      all.addAll(some);
    }
  }

  static JsonNode json(Entry entry) {
    return Json.tree(entry.payload());
  }

  static void assertEquation(Journal journal) {
    JournalCounts counts = journal.counts();
    if (counts.logged() != counts.shipped() + counts.droppedInAll() + counts.inJournal()) {
      throw new AssertionError(counts.toString());
    }
  }
}
