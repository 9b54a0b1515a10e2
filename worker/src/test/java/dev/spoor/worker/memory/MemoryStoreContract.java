package dev.spoor.worker.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.agent.memory.Memory;
import dev.spoor.agent.memory.MemoryScope;
import dev.spoor.agent.memory.ScopeSize;
import dev.spoor.contract.job.TenantId;
import dev.spoor.testkit.SettableClock;
import dev.spoor.worker.memory.MemoryStore.Deletion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every backend of agents' memory promises. */
abstract class MemoryStoreContract {
  static final ScopeKey JOB = new ScopeKey(MemoryScope.JOB, TenantId.DEFAULT, "j-1");
  static final ScopeKey SESSION = new ScopeKey(MemoryScope.SESSION, TenantId.DEFAULT, "s-1");

  final SettableClock clock = SettableClock.atSomeTime();
  private final List<MemoryStore> opened = new ArrayList<>();

  /** The same backend each time, as a worker that starts opens it. */
  abstract MemoryStore opening();

  /** As another worker has it, while the first is in use; the first itself if there is only one. */
  abstract MemoryStore another(MemoryStore first);

  final MemoryStore open() {
    return kept(opening());
  }

  /** Closed when the test is over. */
  final MemoryStore kept(MemoryStore store) {
    opened.add(store);
    return store;
  }

  final MemoryStore beside(MemoryStore first) {
    MemoryStore store = another(first);
    if (!opened.contains(store)) {
      opened.add(store);
    }
    return store;
  }

  @AfterEach
  final void closeAll() {
    opened.forEach(MemoryStore::close);
  }

  @Test
  void whatWasWrittenIsReadAndSurvivesARestart() {
    try (MemoryStore store = opening()) {
      assertThat(store.write(JOB, "key", bytes("\"value\""))).isEqualTo(new ScopeSize(1, 10));
      assertThat(text(store.read(JOB, "key"))).isEqualTo("\"value\"");
    }
    MemoryStore store = open();
    assertThat(text(store.read(JOB, "key"))).isEqualTo("\"value\"");
    assertThat(store.size(JOB)).isEqualTo(new ScopeSize(1, 10));
    assertThat(store.sizeIfKnown(JOB)).isEqualTo(new ScopeSize(1, 10));
    assertThat(store.read(JOB, "other")).isNull();
    store.check();
  }

  @Test
  void scopesTenantsAndIdsAreApart() {
    MemoryStore store = open();
    store.write(JOB, "k", bytes("1"));
    ScopeKey sameName = new ScopeKey(MemoryScope.SESSION, TenantId.DEFAULT, "j-1");
    ScopeKey prefixed = new ScopeKey(MemoryScope.JOB, TenantId.DEFAULT, "j-10");
    ScopeKey otherTenant = new ScopeKey(MemoryScope.JOB, new TenantId("other"), "j-1");
    ScopeKey joined = new ScopeKey(MemoryScope.JOB, new TenantId("defaultj"), "-1");
    store.write(sameName, "k", bytes("22"));
    store.write(prefixed, "k", bytes("333"));
    assertThat(text(store.read(JOB, "k"))).isEqualTo("1");
    assertThat(text(store.read(sameName, "k"))).isEqualTo("22");
    assertThat(store.read(otherTenant, "k")).isNull();
    assertThat(store.read(joined, "k")).isNull();
    assertThat(store.delete(otherTenant, "k").existed()).isFalse();
    store.drop(otherTenant);
    store.drop(JOB);
    assertThat(store.size(JOB)).isEqualTo(ScopeSize.EMPTY);
    assertThat(store.read(JOB, "k")).isNull();
    assertThat(store.size(prefixed)).isEqualTo(new ScopeSize(1, 4));
    assertThat(store.size(sameName)).isEqualTo(new ScopeSize(1, 3));
  }

  @Test
  void sizesFollowOverwritesAndDeletions() {
    MemoryStore store = open();
    store.write(JOB, "a", bytes("12345"));
    assertThat(store.write(JOB, "a", bytes("1"))).isEqualTo(new ScopeSize(1, 2));
    assertThat(store.write(JOB, "bé", bytes("12"))).isEqualTo(new ScopeSize(2, 7));
    assertThat(store.delete(JOB, "a")).isEqualTo(new Deletion(true, 1, new ScopeSize(1, 5)));
    assertThat(store.delete(JOB, "a")).isEqualTo(new Deletion(false, 0, new ScopeSize(1, 5)));
    assertThat(store.read(JOB, "a")).isNull();
    assertThat(store.delete(JOB, "bé")).isEqualTo(new Deletion(true, 2, ScopeSize.EMPTY));
    assertThat(store.size(JOB)).isEqualTo(ScopeSize.EMPTY);
    assertThat(store.write(JOB, "a", bytes("1"))).isEqualTo(new ScopeSize(1, 2));
  }

  @Test
  void aStepThatRunsAgainChangesNothingByWritingAgain() {
    MemoryStore store = open();
    store.write(JOB, "a", bytes("1"));
    ScopeSize once = store.write(JOB, "b", bytes("22"));
    MemoryStore next = beside(store);
    assertThat(next.write(JOB, "a", bytes("1"))).isEqualTo(once);
    assertThat(next.write(JOB, "b", bytes("22"))).isEqualTo(once);
    assertThat(store.size(JOB)).isEqualTo(once);
  }

  @Test
  void namesMayBeAnythingAndAreKeptApart() {
    MemoryStore store = open();
    List<String> names =
        List.of(
            "a",
            "A",
            " a",
            "a ",
            "a\u0000",
            "\u0000",
            "é",
            "e\u0301",
            "'; DROP TABLE spoor_memory_entry; --",
            "%",
            "_",
            "\\x00",
            "$1",
            "?",
            "null",
            "🐘",
            "\u202e\uffff",
            "\uffff".repeat(Memory.MAX_KEY_LENGTH));
    for (String name : names) {
      store.write(JOB, name, bytes("\"" + names.indexOf(name) + "\""));
      store.write(scope(name), "k", bytes("" + names.indexOf(name)));
    }
    assertThat(store.size(JOB).entries()).isEqualTo(names.size());
    for (String name : names) {
      assertThat(text(store.read(JOB, name))).isEqualTo("\"" + names.indexOf(name) + "\"");
      assertThat(text(store.read(scope(name), "k"))).isEqualTo("" + names.indexOf(name));
      assertThat(store.delete(JOB, name).existed()).isTrue();
    }
    assertThat(store.size(JOB)).isEqualTo(ScopeSize.EMPTY);
  }

  @Test
  void valuesComeBackByteForByte() {
    MemoryStore store = open();
    byte[] large = new byte[Memory.MAX_VALUE_BYTES];
    new Random(1).nextBytes(large);
    List<byte[]> values =
        List.of(
            bytes("{\"b\":1.0,\"a\":1e2, \"a\":2}"),
            bytes("\"\\u0000\""),
            bytes("\"\u0000🐘\""),
            bytes("null"),
            large);
    for (byte[] value : values) {
      assertThat(store.write(JOB, "k", value)).isEqualTo(new ScopeSize(1, 1 + value.length));
      assertThat(store.read(JOB, "k")).isEqualTo(value);
    }
  }

  @Test
  void ofTwoWritersOfOneKeyTheLaterWins() {
    MemoryStore first = open();
    MemoryStore second = beside(first);
    first.write(SESSION, "k", bytes("\"first\""));
    second.write(SESSION, "k", bytes("\"second\""));
    assertThat(text(first.read(SESSION, "k"))).isEqualTo("\"second\"");
    first.write(SESSION, "k", bytes("\"third\""));
    assertThat(text(second.read(SESSION, "k"))).isEqualTo("\"third\"");
    first.delete(SESSION, "k");
    assertThat(second.read(SESSION, "k")).isNull();
  }

  @Test
  void manyWritersOfOneScopeLeaveItsSizeExact() throws Exception {
    MemoryStore first = open();
    MemoryStore second = beside(first);
    long seed = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int each = 0; each < 8; each++) {
        MemoryStore store = each % 2 == 0 ? first : second;
        Random random = new Random(seed + each);
        writers.add(
            threads.submit(() -> {
              for (int i = 0; i < 40; i++) {
                String key = "k".repeat(1 + random.nextInt(4));
                // A scope that is dropped starts anew, with whatever was wrong forgotten.
                if (i < 10 && random.nextInt(10) == 0) {
                  store.drop(SESSION);
                } else if (random.nextBoolean()) {
                  store.delete(SESSION, key);
                } else {
                  store.write(SESSION, key, bytes("1".repeat(1 + random.nextInt(50))));
                }
              }
            }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    }
    Map<String, Integer> there = new HashMap<>();
    for (String key : List.of("k", "kk", "kkk", "kkkk")) {
      byte[] value = second.read(SESSION, key);
      if (value != null) {
        there.put(key, key.length() + value.length);
      }
    }
    assertThat(first.size(SESSION))
        .as("seed %d", seed)
        .isEqualTo(
            new ScopeSize(there.size(), there.values().stream().mapToInt(Integer::intValue).sum()));
  }

  @Test
  void oldJobScopesAreDroppedAndSessionsKept() {
    MemoryStore store = open();
    store.write(JOB, "k", bytes("1"));
    store.write(SESSION, "k", bytes("1"));
    ScopeKey touched = scope("touched");
    store.write(touched, "k", bytes("1"));
    clock.advance(Duration.ofDays(8));
    ScopeKey young = scope("young");
    store.write(young, "k", bytes("1"));
    store.write(touched, "other", bytes("1"));
    assertThat(store.dropJobsBefore(clock.instant().minus(Duration.ofDays(7)), 100)).isEqualTo(1);
    assertThat(store.size(JOB)).isEqualTo(ScopeSize.EMPTY);
    assertThat(store.read(JOB, "k")).isNull();
    assertThat(store.size(young).entries()).isEqualTo(1);
    assertThat(store.size(touched).entries()).isEqualTo(2);
    assertThat(store.size(SESSION).entries()).isEqualTo(1);
  }

  @Test
  void dropsNoMoreOldScopesThanItWasAskedTo() {
    MemoryStore store = open();
    for (int each = 0; each < 5; each++) {
      store.write(scope("old-" + each), "k", bytes("1"));
    }
    clock.advance(Duration.ofDays(1));
    assertThat(store.dropJobsBefore(clock.instant(), 3)).isEqualTo(3);
    assertThat(store.dropJobsBefore(clock.instant(), 3)).isEqualTo(2);
    assertThat(store.dropJobsBefore(clock.instant(), 3)).isZero();
  }

  static ScopeKey scope(String id) {
    return new ScopeKey(MemoryScope.JOB, TenantId.DEFAULT, id);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte @Nullable [] value) {
    return value == null ? "" : new String(value, StandardCharsets.UTF_8);
  }
}
