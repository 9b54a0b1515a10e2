package dev.spoor.worker.memory;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.contract.job.TenantId;
import dev.spoor.testkit.Golden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** What agents remember outlives the worker's version. */
class MemoryGoldenTest {
  private static final Clock AT =
      Clock.fixed(Instant.parse("2026-11-24T10:00:00Z"), ZoneOffset.UTC);
  private static final ScopeKey SESSION =
      new ScopeKey(MemoryScope.SESSION, new TenantId("acme"), "s-1");
  private static final ScopeKey JOB =
      new ScopeKey(MemoryScope.JOB, new TenantId("acme"), "01JD0000000000000000000000");
  private static final List<byte[]> FAMILIES =
      List.of(RocksDB.DEFAULT_COLUMN_FAMILY, "sizes".getBytes(UTF_8));

  @TempDir Path dir;

  /** Lines of family, key and value, the last two in hexadecimal digits. */
  @Test
  void onDisk() throws Exception {
    Path today = dir.resolve("today");
    try (RocksMemory memory = RocksMemory.open(today, AT)) {
      memory.write(SESSION, "colour", "red".getBytes(UTF_8));
      memory.write(SESSION, "größe", new byte[] {0, -1});
      memory.write(JOB, "draft", "{}".getBytes(UTF_8));
    }
    new Golden("memory.rocksdb.txt")
        .isWritten(dump(today))
        .isRead(this::read, "red 00ff {} ScopeSize[entries=2, bytes=18] until 10:00");
  }

  @Test
  void tablesInPostgres() {
    // What a version has made stays; the next one adds a step.
    new Golden("memory.postgres.1.sql").isWritten(PostgresSchema.STEPS.getFirst().getBytes(UTF_8));
  }

  private String read(byte[] file) {
    try {
      Path made = Files.createTempDirectory(dir, "made");
      restore(file, made);
      try (RocksMemory memory = RocksMemory.open(made, AT)) {
        String values =
            "%s %s %s %s"
                .formatted(
                    text(memory.read(SESSION, "colour")),
                    HexFormat.of().formatHex(bytes(memory.read(SESSION, "größe"))),
                    text(memory.read(JOB, "draft")),
                    memory.size(SESSION));
        int tooEarly = memory.dropJobsBefore(AT.instant(), 10);
        int after = memory.dropJobsBefore(AT.instant().plusMillis(1), 10);
        return values + (tooEarly == 0 && after == 1 ? " until 10:00" : " until another time");
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (RocksDBException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static byte[] bytes(byte @Nullable [] value) {
    return value == null ? new byte[0] : value;
  }

  private static String text(byte @Nullable [] value) {
    return new String(bytes(value), UTF_8);
  }

  private static byte[] dump(Path dir) throws RocksDBException {
    StringBuilder lines = new StringBuilder();
    inside(
        dir,
        (db, families) -> {
          for (ColumnFamilyHandle family : families) {
            try (RocksIterator each = db.newIterator(family)) {
              for (each.seekToFirst(); each.isValid(); each.next()) {
                lines.append(
                    "%s %s %s%n"
                        .formatted(
                            new String(family.getName(), UTF_8),
                            HexFormat.of().formatHex(each.key()),
                            HexFormat.of().formatHex(each.value())));
              }
            }
          }
        });
    return lines.toString().getBytes(UTF_8);
  }

  private static void restore(byte[] file, Path dir) throws RocksDBException {
    inside(
        dir,
        (db, families) -> {
          for (String line : new String(file, UTF_8).lines().toList()) {
            String[] parts = line.split(" ", -1);
            ColumnFamilyHandle family = families.get(parts[0].equals("sizes") ? 1 : 0);
            db.put(family, HexFormat.of().parseHex(parts[1]), HexFormat.of().parseHex(parts[2]));
          }
        });
  }

  private interface Use {
    void of(RocksDB db, List<ColumnFamilyHandle> families) throws RocksDBException;
  }

  private static void inside(Path dir, Use use) throws RocksDBException {
    RocksDB.loadLibrary();
    List<ColumnFamilyHandle> families = new ArrayList<>();
    try (DBOptions options =
            new DBOptions().setCreateIfMissing(true).setCreateMissingColumnFamilies(true);
        RocksDB db =
            RocksDB.open(
                options,
                dir.toString(),
                FAMILIES.stream().map(ColumnFamilyDescriptor::new).toList(),
                families)) {
      use.of(db, families);
      families.forEach(ColumnFamilyHandle::close);
    }
  }
}
