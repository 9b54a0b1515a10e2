package dev.spoor.telemetry.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.testkit.Golden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal that one version has left behind is shipped by the next. */
class SegmentGoldenTest {
  private static final int SIZE = 512;

  @TempDir private Path dir;

  @Test
  void aSegmentsFile() throws IOException {
    Path file = dir.resolve("new");
    Segment.preallocate(file, SIZE);
    Segment segment = Segment.begin(41, file);
    try {
      assertThat(append(segment, 41, "log", "{\"message\":\"one ä\"}")).isTrue();
      assertThat(append(segment, 42, "gap", "{}")).isTrue();
    } finally {
      segment.release();
    }
    new Golden("journal.segment")
        .isWritten(Files.readAllBytes(file))
        .isRead(this::entries, List.of("41 log {\"message\":\"one ä\"}", "42 gap {}"));
  }

  private static boolean append(Segment segment, long seq, String event, String payload) {
    byte[] bytes = payload.getBytes(UTF_8);
    return segment.append(seq, event.getBytes(UTF_8), bytes, bytes.length);
  }

  private List<String> entries(byte[] file) {
    try {
      Path old = Files.write(dir.resolve("old"), file);
      Segment segment = Segment.recover(41, old);
      try {
        List<String> found = new ArrayList<>();
        Segment.Check check = new Segment.Check();
        int offset = Segment.HEADER;
        Entry entry = segment.read(offset, check);
        while (entry != null) {
          found.add(
              entry.seq()
                  + " "
                  + new String(entry.event(), UTF_8)
                  + " "
                  + new String(entry.payload(), UTF_8));
          offset = Segment.behind(offset, entry);
          entry = segment.read(offset, check);
        }
        assertThat(segment.end()).isEqualTo(offset);
        assertThat(segment.nextSeq()).isEqualTo(43);
        return found;
      } finally {
        segment.release();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
