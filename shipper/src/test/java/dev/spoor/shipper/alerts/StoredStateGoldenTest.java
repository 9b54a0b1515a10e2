package dev.spoor.shipper.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.alert.evaluation.Evaluator;
import dev.spoor.alert.rule.RuleFile;
import dev.spoor.testkit.Golden;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * What an evaluator leaves to the next, around the snapshot, whose form {@code alert} has a file
 * of. The packed bytes are the JDK's choice, so both are compared: what was packed by an earlier
 * version is unpacked, and what is in it is the same.
 */
class StoredStateGoldenTest {
  private static StoredState state() {
    return new StoredState(
        Map.of("spoor.telemetry", Map.of(3, 7L)),
        new Evaluator(RuleFile.shipped(), Instant.parse("2026-11-24T10:00:00Z"), 100).snapshot(),
        Map.of("webhook", List.of("a", "b")));
  }

  @Test
  void aState() throws IOException {
    new Golden("alerts.state.json").isWritten(unpacked(state().write()));
    new Golden("alerts.state.json.gz").isRead(StoredStateGoldenTest::read, state());
  }

  private static StoredState read(byte[] bytes) {
    try {
      return StoredState.read(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] unpacked(byte[] bytes) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      byte[] json = in.readAllBytes();
      assertThat(json).isNotEmpty();
      return json;
    }
  }
}
