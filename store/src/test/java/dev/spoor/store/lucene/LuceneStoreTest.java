package dev.spoor.store.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.store.Checkpoint;
import dev.spoor.store.Search;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.TelemetryStore;
import dev.spoor.store.TelemetryStoreContract;
import dev.spoor.store.query.Query;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LuceneStoreTest extends TelemetryStoreContract {
  @TempDir private Path dir;

  @Override
  protected TelemetryStore open() throws IOException {
    return LuceneStore.open(dir.resolve("store"));
  }

  @Test
  void nothingIsShownThatAFailureCouldTakeBack() throws Exception {
    store().write(List.of(record(1)));
    store().commit(List.of());
    TelemetryStore.Refresh refresh = store().beginRefresh();
    store().write(List.of(record(2)));
    refresh.run();
    assertThat(
            store()
                .search(
                    new Search(
                        Query.exact("level", "INFO"),
                        null,
                        null,
                        true,
                        10,
                        null,
                        Duration.ofSeconds(9)))
                .hits())
        .hasSize(1);
  }

  @Test
  void aSecondProcessIsRefusedInOneSentence() {
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("in use by another process")
        .hasMessageContaining("SPOOR_DATA_DIR");
  }

  @Test
  void aDirectoryThatIsAFileIsRefused() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "x");
    assertThatThrownBy(() -> LuceneStore.open(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void thousandsOfUnknownNamesMakeNoNewIndexFields() throws Exception {
    Map<String, Object> names = new LinkedHashMap<>();
    for (int i = 0; i < 5000; i++) {
      names.put("name" + i, i);
    }
    write(record(1, names));
    assertThat(
            store()
                .search(
                    new Search(
                        Query.exact("name4711", "4711"),
                        null,
                        null,
                        true,
                        1,
                        null,
                        Duration.ofSeconds(9)))
                .hits())
        .hasSize(1);
    store().close();
    try (var directory = org.apache.lucene.store.FSDirectory.open(dir.resolve("store"));
        var reader = org.apache.lucene.index.DirectoryReader.open(directory)) {
      assertThat(org.apache.lucene.index.FieldInfos.getIndexedFields(reader)).hasSizeLessThan(100);
    }
  }

  @Test
  void aLongKeywordIsKeptThoughItCannotBeFound() throws Exception {
    write(record(1, Map.of("path", "x".repeat(100_000), "odd", "y".repeat(100_000))));
    assertThat(
            store()
                .search(
                    new Search(
                        new Query.Everything(), null, null, true, 1, null, Duration.ofSeconds(9)))
                .hits())
        .singleElement()
        .satisfies(hit -> assertThat(hit.json().length).isGreaterThan(200_000));
  }

  @Test
  void aPageIsBoundedInBytes() throws Exception {
    List<TelemetryRecord> large = new ArrayList<>();
    for (int seq = 1; seq <= 20; seq++) {
      large.add(record(seq, Map.of("message", "z".repeat(1_000_000))));
    }
    write(large.toArray(TelemetryRecord[]::new));
    var page =
        store()
            .search(
                new Search(
                    new Query.Everything(), null, null, true, 20, null, Duration.ofSeconds(9)));
    assertThat(page.hits()).hasSizeBetween(8, 9);
    assertThat(page.more()).isTrue();
  }

  @Test
  void aFailureTakesTheStoreBackToItsLastCommit() throws Exception {
    store().write(List.of(record(1)));
    store().commit(List.of(new Checkpoint(P0, 1, Map.of())));
    store().write(List.of(record(2)));
    // The directory vanishing is what a failing disk looks like to Lucene's writer.
    Path moved = Files.move(dir.resolve("store"), dir.resolve("elsewhere"));
    assertThatThrownBy(() -> store().commit(List.of(new Checkpoint(P0, 2, Map.of()))))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> store().check()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> store().checkpoint(P0)).isInstanceOf(IOException.class);
    // Trying has made the directory again, with a lock in it and, what matters, no new index.
    try (var left = Files.list(dir.resolve("store"))) {
      assertThat(left).map(Path::getFileName).map(Path::toString).containsExactly("write.lock");
    }
    Files.delete(dir.resolve("store/write.lock"));
    Files.delete(dir.resolve("store"));
    Files.move(moved, dir.resolve("store"));
    assertThat(store().checkpoint(P0).nextOffset()).isEqualTo(1);
    write(record(2));
    assertThat(
            store()
                .search(
                    new Search(
                        new Query.Everything(), null, null, false, 9, null, Duration.ofSeconds(9)))
                .hits())
        .extracting(hit -> hit.position().seq())
        .containsExactly(1L, 2L);
  }
}
