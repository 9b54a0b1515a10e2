package dev.spoor.worker.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.spoor.agent.AgentException;
import dev.spoor.agent.memory.ScopeSize;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.telemetry.app.StartFailure;
import dev.spoor.testkit.FaultProxy;
import dev.spoor.testkit.TestPostgres;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Against a real server: what every backend promises, and what can happen to a server. */
@Timeout(120)
class PostgresMemoryIT extends MemoryStoreContract {
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final Duration HASTY = Duration.ofSeconds(1);

  @RegisterExtension static final TestPostgres POSTGRES = TestPostgres.ofItsOwn();

  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final FaultProxy proxy = FaultProxy.listen();
  private String database = "";

  @BeforeEach
  void make() {
    proxy.forwardTo(POSTGRES.port());
    database = POSTGRES.newDatabase();
  }

  @AfterEach
  void closeProxy() {
    proxy.close();
  }

  @Override
  MemoryStore opening() {
    return open(POSTGRES.url(database), 4, PATIENT);
  }

  @Override
  MemoryStore another(MemoryStore first) {
    return opening();
  }

  @Test
  void isNotCachedSinceOthersWriteToo() {
    CachedMemory first = new CachedMemory(open(), 1 << 20);
    CachedMemory second = new CachedMemory(open(), 1 << 20);
    first.write(SESSION, "k", bytes("1"));
    assertThat(text(first.read(SESSION, "k").value())).isEqualTo("1");
    second.write(SESSION, "k", bytes("2"));
    CachedMemory.Lookup read = first.read(SESSION, "k");
    assertThat(text(read.value())).isEqualTo("2");
    assertThat(read.cache()).isEqualTo(CacheUse.NONE);
  }

  @Test
  void manyWorkersMayMakeTheTablesAtTheSameTime() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<PostgresMemory>> starts = new ArrayList<>();
      for (int each = 0; each < 8; each++) {
        starts.add(threads.submit(() -> open(POSTGRES.url(database), 1, PATIENT)));
      }
      for (Future<PostgresMemory> start : starts) {
        try (PostgresMemory store = start.get()) {
          assertThat(store.isAway()).isFalse();
          store.check();
        }
      }
    }
    assertThat(number("SELECT count(*) FROM spoor_memory_version")).isEqualTo(1);
    assertThat(number("SELECT max(version) FROM spoor_memory_version"))
        .isEqualTo(PostgresSchema.STEPS.size());
  }

  @Test
  void aWorkerThatMayNotMakeTablesStartsOnTablesThatAreThere() {
    open();
    POSTGRES.execute(
        database,
        """
        CREATE ROLE %1$s LOGIN PASSWORD 'other';
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %1$s\
        """
            .formatted("user_" + database));
    try (MemoryStore store =
        PostgresMemory.open(
            new PostgresSettings(POSTGRES.url(database), "user_" + database, "other", 1, PATIENT),
            meters,
            clock)) {
      assertThat(store.write(JOB, "k", bytes("1"))).isEqualTo(new ScopeSize(1, 2));
    }
  }

  @Test
  void tablesOfANewerVersionAreRefused() {
    open();
    POSTGRES.execute(database, "UPDATE spoor_memory_version SET version = 7");
    assertThatThrownBy(this::opening)
        .isInstanceOf(StartFailure.class)
        .hasMessage(
            "the agents' memory in PostgreSQL at "
                + POSTGRES.url(database)
                + " cannot be used: its tables have version 7, and this worker knows up to version 1:"
                + " run the version of the worker that made them, or a newer one.");
  }

  @Test
  void aWrongPasswordIsRefusedAtTheStartAndNotShown() {
    assertThatThrownBy(() ->
            PostgresMemory.open(
                new PostgresSettings(
                    POSTGRES.url(database), TestPostgres.USER, "not-the-word", 1, PATIENT),
                meters,
                clock))
        .isInstanceOf(StartFailure.class)
        .hasMessageContaining(
            "refuses SPOOR_MEMORY_USERNAME, its password or the database: FATAL: password"
                + " authentication failed for user \"spoor\" (SQLSTATE 28P01)")
        .hasMessageNotContaining("not-the-word");
  }

  @Test
  void aDatabaseThatIsNotThereIsRefusedAtTheStart() {
    assertThatThrownBy(() -> open(POSTGRES.url("nowhere"), 1, PATIENT))
        .isInstanceOf(StartFailure.class)
        .hasMessageContaining("database \"nowhere\" does not exist (SQLSTATE 3D000)");
  }

  @Test
  void aServerThatIsAwayAtTheStartIsUsedWhenItComes() {
    proxy.cut();
    MemoryStore store = throughProxy(4, HASTY);
    assertThat(store.sizeIfKnown(JOB)).isNull();
    assertThatThrownBy(() -> store.drop(JOB)).hasMessageContaining("does not answer");
    AgentException failed =
        catchThrowableOfType(AgentException.class, () -> store.write(JOB, "k", bytes("1")));
    assertThat(failed)
        .hasMessageStartingWith(
            "the agents' memory in PostgreSQL failed to write: no connection within 1 s: ");
    assertThat(failed.category()).isEqualTo(ErrorCategory.DEPENDENCY);
    assertThat(failed.retryable()).isTrue();
    assertThatThrownBy(store::check).isInstanceOf(AgentException.class);
    proxy.heal();
    await().atMost(PATIENT).ignoreExceptions().untilAsserted(store::check);
    assertThat(store.write(JOB, "k", bytes("1"))).isEqualTo(new ScopeSize(1, 2));
    assertThat(store.sizeIfKnown(JOB)).isEqualTo(new ScopeSize(1, 2));
  }

  @Test
  void aConnectionThatBreaksBeforeTheCommitIsTriedAgain() {
    MemoryStore store = open();
    terminating("BEFORE INSERT ON spoor_memory_entry FOR EACH ROW", true);
    assertThat(store.write(JOB, "k", bytes("1"))).isEqualTo(new ScopeSize(1, 2));
    assertThat(number("SELECT last_value FROM tries")).isEqualTo(2);
    assertThat(text(store.read(JOB, "k"))).isEqualTo("1");
  }

  @Test
  void aCommitWithoutAnAnswerIsNotRepeatedAndSaysSo() {
    MemoryStore store = open();
    terminating(
        "AFTER INSERT ON spoor_memory_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW", false);
    AgentException failed =
        catchThrowableOfType(AgentException.class, () -> store.write(JOB, "k", bytes("1")));
    assertThat(failed).hasMessageEndingWith("; whether it did is not known");
    assertThat(failed.retryable()).isTrue();
    assertThat(number("SELECT last_value FROM tries")).isEqualTo(1);
  }

  @Test
  void aServerThatIsKilledAndComesBackLosesNoWriteThatReturned() throws Exception {
    MemoryStore first = open();
    MemoryStore second = open();
    Map<String, String> returned = new ConcurrentHashMap<>();
    List<String> failures = new ArrayList<>();
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger writes = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int each = 0; each < 6; each++) {
        MemoryStore store = each % 2 == 0 ? first : second;
        String prefix = "w" + each + "-";
        writers.add(
            threads.submit(() -> {
              for (int i = 0; !stop.get(); i++) {
                try {
                  store.write(SESSION, prefix + i % 20, bytes("" + i));
                  returned.put(prefix + i % 20, "" + i);
                  writes.incrementAndGet();
                } catch (AgentException e) {
                  // This write may be there or not: what it would have replaced counts no more.
                  returned.remove(prefix + i % 20);
                  synchronized (failures) {
                    failures.add(String.valueOf(e.getMessage()));
                  }
                }
              }
            }));
      }
      for (int kill = 1; kill <= 3; kill++) {
        int before = writes.get();
        await().atMost(PATIENT).until(() -> writes.get() > before + 100);
        POSTGRES.kill();
        POSTGRES.start();
      }
      int before = writes.get();
      await().atMost(PATIENT).until(() -> writes.get() > before + 100);
      stop.set(true);
      for (Future<?> writer : writers) {
        writer.get();
      }
    }
    assertThat(failures).allMatch(each -> each.endsWith("whether it did is not known"));
    assertThat(returned).isNotEmpty();
    returned.forEach(
        (key, value) -> assertThat(text(first.read(SESSION, key))).as(key).isEqualTo(value));
    assertThat(first.size(SESSION).entries()).isLessThanOrEqualTo(6 * 20);
  }

  @Test
  void aSilentNetworkEndsInAFailureThatMayBeTriedAgain() {
    MemoryStore store = throughProxy(1, HASTY);
    store.write(JOB, "k", bytes("1"));
    proxy.blackHole();
    AgentException failed = catchThrowableOfType(AgentException.class, () -> store.read(JOB, "k"));
    assertThat(failed.retryable()).isTrue();
    // So that what is only nice to know is not waited for.
    assertThat(((PostgresMemory) store).isAway()).isTrue();
    assertThat(store.sizeIfKnown(JOB)).isNull();
    proxy.heal();
    await().atMost(PATIENT).ignoreExceptions().until(() -> text(store.read(JOB, "k")).equals("1"));
  }

  @Test
  void aSlowStatementEndsAtTheTimeout() throws Exception {
    MemoryStore store = kept(open(POSTGRES.url(database), 2, HASTY));
    store.write(JOB, "k", bytes("1"));
    try (Connection other = POSTGRES.connect(database)) {
      lockScopes(other);
      assertThatThrownBy(() -> store.write(JOB, "k", bytes("2")))
          .isInstanceOf(AgentException.class)
          .hasMessage(
              "the agents' memory in PostgreSQL failed to write: ERROR: canceling statement due to"
                  + " statement timeout (SQLSTATE 57014)");
      // Nobody who reads waits for who writes.
      assertThat(text(store.read(JOB, "k"))).isEqualTo("1");
    }
    store.write(JOB, "k", bytes("2"));
    assertThat(text(store.read(JOB, "k"))).isEqualTo("2");
  }

  @Test
  void aPoolThatIsUsedUpSaysWhichSettingIsTooSmall() throws Exception {
    MemoryStore store = kept(open(POSTGRES.url(database), 1, HASTY));
    store.write(JOB, "k", bytes("1"));
    try (Connection held = ((PostgresMemory) store).connection();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(held.isValid(1)).isTrue();
      Future<byte @Nullable []> reading = threads.submit(() -> store.read(JOB, "k"));
      assertThatThrownBy(reading::get)
          .hasRootCauseMessage(
              "memory - Connection is not available, request timed out after 1000ms"
                  + " (total=1, active=1, idle=0, waiting=0)")
          .cause()
          .hasMessage(
              "the agents' memory in PostgreSQL failed to read: no connection within 1 s: all 1 of"
                  + " SPOOR_MEMORY_CONNECTIONS are in use");
      // Busy is not away: its figures are asked for again.
      assertThat(((PostgresMemory) store).isAway()).isFalse();
    }
    assertThat(text(store.read(JOB, "k"))).isEqualTo("1");
  }

  @Test
  void aFullDiskIsSaidInTheServersWords() {
    MemoryStore store = open();
    POSTGRES.execute(
        database,
        """
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device'
          USING ERRCODE = '53100', DETAIL = 'a secret'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON spoor_memory_entry
        FOR EACH ROW EXECUTE FUNCTION full_disk()\
        """);
    AgentException failed =
        catchThrowableOfType(AgentException.class, () -> store.write(JOB, "k", bytes("1")));
    assertThat(failed)
        .hasMessage(
            "the agents' memory in PostgreSQL failed to write: ERROR: could not extend file"
                + " \"base/1/2\": No space left on device (SQLSTATE 53100)");
    assertThat(failed.retryable()).isTrue();
    assertThat(store.size(JOB)).isEqualTo(ScopeSize.EMPTY);
  }

  @Test
  void theHealthCheckMissesItsTables() {
    MemoryStore store = open();
    store.check();
    POSTGRES.execute(database, "DROP TABLE spoor_memory_version");
    assertThatThrownBy(store::check)
        .hasMessageContaining("\"spoor_memory_version\" does not exist");
  }

  @Test
  void thePoolIsMeasured() {
    open();
    assertThat(meters.get("hikaricp.connections.max").tag("pool", "memory").gauge().value())
        .isEqualTo(4);
  }

  private PostgresMemory open(String url, int connections, Duration timeout) {
    return PostgresMemory.open(
        new PostgresSettings(url, TestPostgres.USER, TestPostgres.PASSWORD, connections, timeout),
        meters,
        clock);
  }

  private MemoryStore throughProxy(int connections, Duration timeout) {
    return kept(open(POSTGRES.url(database, proxy.port()), connections, timeout));
  }

  /** Makes a trigger that ends the connection it runs on, the first time or each time. */
  private void terminating(String when, boolean onlyFirst) {
    POSTGRES.execute(
        database,
        """
        CREATE SEQUENCE tries;
        CREATE FUNCTION terminating() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE try bigint := nextval('tries'); BEGIN
          IF try = 1 OR NOT %s THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
            PERFORM pg_sleep(10);
          END IF;
          RETURN new; END $$;
        CREATE %s TRIGGER terminating %s EXECUTE FUNCTION terminating()\
        """
            .formatted(onlyFirst, when.contains("DEFERRABLE") ? "CONSTRAINT" : "", when));
  }

  private static void lockScopes(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT FROM spoor_memory_scope FOR UPDATE");
    }
  }

  private long number(String sql) {
    try (Connection connection = POSTGRES.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertThat(row.next()).isTrue();
      return row.getLong(1);
    } catch (SQLException failed) {
      throw new IllegalStateException(sql, failed);
    }
  }
}
