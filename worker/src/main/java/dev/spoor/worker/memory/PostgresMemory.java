package dev.spoor.worker.memory;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import dev.spoor.agent.AgentException;
import dev.spoor.agent.memory.ScopeSize;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.telemetry.app.StartFailure;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory in PostgreSQL, one for all workers. Thread-safe. A write that returned is committed, as
 * durable as the server's {@code synchronous_commit} makes it; of two writes of one key, by
 * whichever worker, the one that commits last wins.
 *
 * <p>Each writer locks the row of its scope first, so a scope's size is exact whoever writes, and
 * no two transactions lock in different orders.
 *
 * <p>What fails before its commit is sent has not happened and is tried again until the timeout is
 * over: a server that is restarted costs time, not attempts. A commit without an answer is not
 * repeated, since that might undo the write of another worker in between: it fails, and says that
 * the outcome is not known. A step that runs again writes the same key again, which changes nothing
 * else.
 *
 * <p>The server may be away when the worker starts: tables are made when it is first there.
 */
public final class PostgresMemory implements MemoryStore {
  private static final Logger log = LoggerFactory.getLogger(PostgresMemory.class);

  private static final Duration RETRY_PAUSE = Duration.ofMillis(100);
  private static final int PURGE_BATCH = 500;

  /** Nobody listens, the connection broke, the server starts, stops or crashed. */
  private static final Set<String> UNREACHABLE =
      Set.of("08000", "08001", "08003", "08004", "08006", "57P01", "57P02", "57P03");

  /** The server undid the transaction in favour of another. */
  private static final Set<String> UNDONE = Set.of("40001", "40P01");

  /** The server is there and does not let us in, or not do what is needed. */
  private static final Set<String> REFUSED = Set.of("28000", "28P01", "3D000", "3F000", "42501");

  private static final String SCOPE = "reach = ? AND tenant = ? AND name = ?";
  private static final String READ =
      "SELECT value FROM spoor_memory_entry JOIN spoor_memory_scope ON id = scope WHERE "
          + SCOPE
          + " AND key = ?";
  private static final String LOCK_OR_MAKE_SCOPE =
      """
      INSERT INTO spoor_memory_scope AS s (reach, tenant, name, entries, bytes, written_at)
      VALUES (?, ?, ?, 0, 0, ?)
      ON CONFLICT (reach, tenant, name) DO UPDATE SET written_at = excluded.written_at
      RETURNING id\
      """;
  // A statement of its own behind the lock: it must see what the last holder of the lock wrote.
  private static final String WRITE =
      """
      WITH old AS (SELECT octet_length(value) AS bytes FROM spoor_memory_entry WHERE scope = ? AND key = ?),
      written AS (INSERT INTO spoor_memory_entry (scope, key, value) VALUES (?, ?, ?)
        ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value)
      UPDATE spoor_memory_scope SET
        entries = entries + CASE WHEN EXISTS (SELECT FROM old) THEN 0 ELSE 1 END,
        bytes = bytes + ? - coalesce((SELECT bytes FROM old), - ?)
      WHERE id = ? RETURNING entries, bytes\
      """;
  private static final String LOCK_SCOPE =
      "SELECT id, entries, bytes FROM spoor_memory_scope WHERE " + SCOPE + " FOR UPDATE";
  private static final String DELETE =
      "DELETE FROM spoor_memory_entry WHERE scope = ? AND key = ? RETURNING octet_length(value)";
  private static final String RESIZE =
      "UPDATE spoor_memory_scope SET entries = ?, bytes = ?, written_at = ? WHERE id = ?";
  private static final String DROP_EMPTY = "DELETE FROM spoor_memory_scope WHERE id = ?";
  private static final String SIZE = "SELECT entries, bytes FROM spoor_memory_scope WHERE " + SCOPE;
  private static final String DROP = "DELETE FROM spoor_memory_scope WHERE " + SCOPE;
  // Locks only what nobody holds: a scope that is being written is not old.
  private static final String DROP_OLD =
      """
      DELETE FROM spoor_memory_scope WHERE id IN (SELECT id FROM spoor_memory_scope
        WHERE reach = 'job' AND written_at < ? LIMIT ? FOR UPDATE SKIP LOCKED)\
      """;
  // Fails if the tables are not there; a standby takes no writes.
  private static final String CHECK = "SELECT pg_is_in_recovery() FROM spoor_memory_version";

  private final PostgresSettings settings;
  private final Clock clock;
  private final HikariDataSource pool;
  private final ReentrantLock preparing = new ReentrantLock();
  private volatile boolean prepared;
  private volatile boolean away;

  private PostgresMemory(PostgresSettings settings, MeterRegistry meters, Clock clock) {
    this.settings = settings;
    this.clock = clock;
    HikariConfig config = new HikariConfig();
    config.setPoolName("memory");
    config.setJdbcUrl(settings.url());
    properties(settings)
        .forEach((name, value) -> config.addDataSourceProperty(name.toString(), value));
    config.setMaximumPoolSize(settings.connections());
    config.setMinimumIdle(1);
    config.setConnectionTimeout(settings.timeout().toMillis());
    config.setInitializationFailTimeout(-1);
    config.setConnectionInitSql("SET statement_timeout = " + settings.timeout().toMillis());
    config.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(meters));
    this.pool = new HikariDataSource(config);
  }

  /**
   * Asks the server once. A server that cannot be reached is waited for later.
   *
   * @throws StartFailure if it is there and refuses us, or its tables are newer than this worker
   */
  public static PostgresMemory open(PostgresSettings settings, MeterRegistry meters, Clock clock) {
    PostgresMemory memory = new PostgresMemory(settings, meters, clock);
    try (Connection connection =
        DriverManager.getConnection(settings.url(), properties(settings))) {
      PostgresSchema.prepare(connection);
      memory.prepared = true;
    } catch (PostgresSchema.TooNew e) {
      memory.close();
      throw new StartFailure(
          "the agents' memory in PostgreSQL at "
              + settings.shownUrl()
              + " cannot be used: "
              + e.getMessage()
              + ".",
          e);
    } catch (SQLException e) {
      if (REFUSED.contains(state(e))) {
        memory.close();
        throw new StartFailure(
            "PostgreSQL at "
                + settings.shownUrl()
                + " refuses SPOOR_MEMORY_USERNAME, its password or the database: "
                + said(e)
                + "; correct SPOOR_MEMORY_URL, SPOOR_MEMORY_USERNAME or SPOOR_MEMORY_PASSWORD.",
            e);
      }
      memory.away = true;
      log.atWarn()
          .log(
              "the agents' memory in PostgreSQL at "
                  + settings.shownUrl()
                  + " does not answer: "
                  + said(e)
                  + "; the worker starts without it, and jobs that need it are tried again");
    }
    return memory;
  }

  /** What the URL says goes before them. */
  private static Properties properties(PostgresSettings settings) {
    Properties properties = new Properties();
    if (settings.username() != null) {
      properties.setProperty("user", settings.username());
    }
    if (settings.password() != null) {
      properties.setProperty("password", settings.password());
    }
    String seconds = Long.toString(settings.timeout().toSeconds());
    properties.setProperty("connectTimeout", seconds);
    properties.setProperty("loginTimeout", seconds);
    properties.setProperty("socketTimeout", seconds);
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("ApplicationName", "spoor-worker");
    return properties;
  }

  @Override
  public boolean shared() {
    return true;
  }

  @Override
  public byte @Nullable [] read(ScopeKey scope, String key) {
    return ask(
        "read",
        connection -> {
          try (PreparedStatement read = connection.prepareStatement(READ)) {
            name(read, scope);
            read.setBytes(4, bytes(key));
            try (ResultSet row = read.executeQuery()) {
              return row.next() ? row.getBytes(1) : null;
            }
          }
        });
  }

  @Override
  public ScopeSize write(ScopeKey scope, String key, byte[] value) {
    return Objects.requireNonNull(
        change("write", connection -> written(connection, scope, bytes(key), value)));
  }

  private ScopeSize written(Connection connection, ScopeKey scope, byte[] key, byte[] value)
      throws SQLException {
    long id;
    try (PreparedStatement lock = connection.prepareStatement(LOCK_OR_MAKE_SCOPE)) {
      name(lock, scope);
      lock.setObject(4, now());
      id = one(lock).getLong(1);
    }
    try (PreparedStatement write = connection.prepareStatement(WRITE)) {
      write.setLong(1, id);
      write.setBytes(2, key);
      write.setLong(3, id);
      write.setBytes(4, key);
      write.setBytes(5, value);
      write.setLong(6, value.length);
      write.setLong(7, key.length);
      write.setLong(8, id);
      ResultSet row = one(write);
      return new ScopeSize(row.getLong(1), row.getLong(2));
    }
  }

  @Override
  public Deletion delete(ScopeKey scope, String key) {
    return Objects.requireNonNull(
        change("delete", connection -> deleted(connection, scope, bytes(key))));
  }

  private Deletion deleted(Connection connection, ScopeKey scope, byte[] key) throws SQLException {
    long id;
    ScopeSize size;
    try (PreparedStatement lock = connection.prepareStatement(LOCK_SCOPE)) {
      name(lock, scope);
      try (ResultSet row = lock.executeQuery()) {
        if (!row.next()) {
          return new Deletion(false, 0, ScopeSize.EMPTY);
        }
        id = row.getLong(1);
        size = new ScopeSize(row.getLong(2), row.getLong(3));
      }
    }
    int before;
    try (PreparedStatement delete = connection.prepareStatement(DELETE)) {
      delete.setLong(1, id);
      delete.setBytes(2, key);
      try (ResultSet row = delete.executeQuery()) {
        if (!row.next()) {
          return new Deletion(false, 0, size);
        }
        before = row.getInt(1);
      }
    }
    ScopeSize left = new ScopeSize(size.entries() - 1, size.bytes() - key.length - before);
    try (PreparedStatement resize =
        connection.prepareStatement(left.entries() == 0 ? DROP_EMPTY : RESIZE)) {
      if (left.entries() == 0) {
        resize.setLong(1, id);
      } else {
        resize.setLong(1, left.entries());
        resize.setLong(2, left.bytes());
        resize.setObject(3, now());
        resize.setLong(4, id);
      }
      resize.executeUpdate();
    }
    return new Deletion(true, before, left);
  }

  @Override
  public ScopeSize size(ScopeKey scope) {
    return Objects.requireNonNull(
        ask(
            "size",
            connection -> {
              try (PreparedStatement size = connection.prepareStatement(SIZE)) {
                name(size, scope);
                try (ResultSet row = size.executeQuery()) {
                  return row.next()
                      ? new ScopeSize(row.getLong(1), row.getLong(2))
                      : ScopeSize.EMPTY;
                }
              }
            }));
  }

  @Override
  public @Nullable ScopeSize sizeIfKnown(ScopeKey scope) {
    try {
      return away ? null : size(scope);
    } catch (AgentException e) {
      log.atDebug().setCause(e).log("the size of a scope is not known");
      return null;
    }
  }

  @Override
  public void drop(ScopeKey scope) {
    if (away) {
      // Whoever ends a job has nothing to gain by waiting: what stays goes by its age.
      throw new AgentException(
          ErrorCategory.DEPENDENCY, true, "the agents' memory in PostgreSQL does not answer");
    }
    var _ =
        ask(
            "drop",
            connection -> {
              try (PreparedStatement drop = connection.prepareStatement(DROP)) {
                name(drop, scope);
                return drop.executeUpdate();
              }
            });
  }

  @Override
  public int dropJobsBefore(Instant before, int max) {
    int dropped = 0;
    int last = PURGE_BATCH;
    while (last == PURGE_BATCH && dropped < max) {
      int batch = Math.min(PURGE_BATCH, max - dropped);
      last =
          Objects.requireNonNull(
              ask(
                  "purge",
                  connection -> {
                    try (PreparedStatement drop = connection.prepareStatement(DROP_OLD)) {
                      drop.setObject(1, before.atOffset(ZoneOffset.UTC));
                      drop.setInt(2, batch);
                      return drop.executeUpdate();
                    }
                  }));
      dropped += last;
    }
    return dropped;
  }

  @Override
  public void check() {
    boolean standby =
        Boolean.TRUE.equals(
            ask(
                "check",
                connection -> {
                  try (PreparedStatement check = connection.prepareStatement(CHECK)) {
                    return one(check).getBoolean(1);
                  }
                }));
    if (standby) {
      throw new IllegalStateException(
          "PostgreSQL at " + settings.shownUrl() + " is a standby, which takes no writes");
    }
  }

  @Override
  public void close() {
    pool.close();
  }

  /** Whether the last that was heard of the server is that it does not answer. */
  boolean isAway() {
    return away;
  }

  /** One of the pool's, to be closed. For tests. */
  Connection connection() throws SQLException {
    return pool.getConnection();
  }

  private interface Work<T> {
    @Nullable T on(Connection connection) throws SQLException;
  }

  /** In one statement that may be repeated whatever became of it. */
  private <T> @Nullable T ask(String operation, Work<T> work) {
    return tried(operation, new Attempt<>(work, false));
  }

  /** In one transaction. */
  private <T> @Nullable T change(String operation, Work<T> work) {
    return tried(operation, new Attempt<>(work, true));
  }

  /** One try; for one thread. */
  private static final class Attempt<T> {
    private final Work<T> work;
    private final boolean transaction;
    private boolean committing;

    Attempt(Work<T> work, boolean transaction) {
      this.work = work;
      this.transaction = transaction;
    }

    @Nullable T on(Connection connection) throws SQLException {
      if (!transaction) {
        return work.on(connection);
      }
      connection.setAutoCommit(false);
      T result = work.on(connection);
      committing = true;
      connection.commit();
      committing = false;
      // The pool rolls back what was not committed and goes back to auto-commit.
      return result;
    }
  }

  private <T> @Nullable T tried(String operation, Attempt<T> attempt) {
    long end = System.nanoTime() + settings.timeout().toNanos();
    while (true) {
      try (Connection connection = pool.getConnection()) {
        prepare(connection);
        T result = attempt.on(connection);
        away = false;
        return result;
      } catch (SQLException e) {
        boolean unreachable = unreachable(e);
        away |= unreachable;
        boolean again =
            !attempt.committing
                && (unreachable || UNDONE.contains(state(e)))
                && end - System.nanoTime() > RETRY_PAUSE.toNanos()
                && paused();
        if (!again) {
          throw failed(operation, e, attempt.committing);
        }
      }
    }
  }

  private void prepare(Connection connection) throws SQLException {
    if (prepared) {
      return;
    }
    preparing.lock();
    try {
      if (!prepared) {
        PostgresSchema.prepare(connection);
        prepared = true;
      }
    } finally {
      preparing.unlock();
    }
  }

  /** False if the thread was interrupted: the job was stopped. */
  private static boolean paused() {
    try {
      Thread.sleep(RETRY_PAUSE);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private AgentException failed(String operation, SQLException e, boolean committing) {
    String reason = said(e);
    if (e instanceof SQLTransientConnectionException) {
      reason =
          "no connection within "
              + settings.timeout().toSeconds()
              + " s: "
              + (e.getCause() instanceof SQLException cause
                  ? said(cause)
                  : "all " + settings.connections() + " of SPOOR_MEMORY_CONNECTIONS are in use");
    }
    return new AgentException(
        ErrorCategory.DEPENDENCY,
        true,
        "the agents' memory in PostgreSQL failed to "
            + operation
            + ": "
            + reason
            + (committing ? "; whether it did is not known" : ""),
        Duration.ZERO,
        e);
  }

  /** The first line, which is a sentence: details below it may quote what was written. */
  private static String said(SQLException e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    String state = e.getSQLState();
    return state == null ? message : message + " (SQLSTATE " + state + ")";
  }

  private static boolean unreachable(SQLException e) {
    if (e instanceof SQLTransientConnectionException) {
      // Without a cause the pool is used up, and the server is well.
      return e.getCause() instanceof SQLException;
    }
    return UNREACHABLE.contains(state(e));
  }

  private static String state(SQLException e) {
    return Objects.requireNonNullElse(e.getSQLState(), "");
  }

  private static void name(PreparedStatement statement, ScopeKey scope) throws SQLException {
    statement.setString(
        1,
        switch (scope.scope()) {
          case JOB -> "job";
          case SESSION -> "session";
        });
    statement.setString(2, scope.tenant().value());
    statement.setBytes(3, bytes(scope.id()));
  }

  /** The row that there must be; closed with its statement. */
  private static ResultSet one(PreparedStatement statement) throws SQLException {
    ResultSet row = statement.executeQuery();
    if (!row.next()) {
      throw new SQLException("the server gave no row where there must be one");
    }
    return row;
  }

  private OffsetDateTime now() {
    return clock.instant().atOffset(ZoneOffset.UTC);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
