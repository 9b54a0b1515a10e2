package dev.spoor.worker.memory;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The tables of agents' memory, brought to the version that this worker knows. Any number of
 * workers may do so at the same time: an advisory lock lets one of them in, and the others find the
 * work done.
 *
 * <p>Not Flyway: for one table of versions and a list of statements it would be two jars, and by
 * default it starts on a newer schema than it knows.
 */
final class PostgresSchema {
  /** One text for each version, the first for version 1. Never changed, only added to. */
  static final List<String> STEPS =
      List.of(
          // Names of users (sessions, keys) and values are bytes: text and jsonb refuse U+0000,
          // text
          // is compared by a collation, and jsonb would give back other bytes than were written.
          """
          CREATE TABLE spoor_memory_scope (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            reach text NOT NULL CHECK (reach IN ('job', 'session')),
            tenant text NOT NULL,
            name bytea NOT NULL,
            entries bigint NOT NULL,
            bytes bigint NOT NULL,
            written_at timestamptz NOT NULL,
            UNIQUE (reach, tenant, name)
          ) WITH (fillfactor = 70);
          CREATE TABLE spoor_memory_entry (
            scope bigint NOT NULL REFERENCES spoor_memory_scope ON DELETE CASCADE,
            key bytea NOT NULL,
            value bytea NOT NULL,
            PRIMARY KEY (scope, key)
          );
          """);

  /** Any number that nobody else locks: the letters "spoormem". */
  private static final long LOCK = 0x73706f6f726d656dL;

  private PostgresSchema() {}

  /** The tables are newer than this worker. */
  static final class TooNew extends SQLException {
    TooNew(int found) {
      super(
          "its tables have version "
              + found
              + ", and this worker knows up to version "
              + STEPS.size()
              + ": run the version of the worker that made them, or a newer one");
    }
  }

  /**
   * Returns when the tables are there. The connection is in auto-commit mode before and after.
   *
   * @throws TooNew if they are of a version that this worker does not know
   */
  static void prepare(Connection connection) throws SQLException {
    // Without the lock and without a right to make tables, if there is nothing to do.
    if (version(connection) == STEPS.size()) {
      return;
    }
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
      // Asking whether the table is there would be answered from before the lock was waited for.
      statement.execute("CREATE TABLE IF NOT EXISTS spoor_memory_version (version int NOT NULL)");
      int version = newest(statement);
      for (String step : STEPS.subList(version, STEPS.size())) {
        statement.execute(step);
      }
      statement.execute("DELETE FROM spoor_memory_version");
      statement.execute("INSERT INTO spoor_memory_version VALUES (" + STEPS.size() + ")");
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  /** 0 if there is nothing yet. */
  private static int version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      try (ResultSet table =
          statement.executeQuery("SELECT to_regclass('spoor_memory_version') IS NOT NULL")) {
        if (!table.next() || !table.getBoolean(1)) {
          return 0;
        }
      }
      return newest(statement);
    }
  }

  private static int newest(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery("SELECT coalesce(max(version), 0) FROM spoor_memory_version")) {
      int version = row.next() ? row.getInt(1) : 0;
      if (version > STEPS.size()) {
        throw new TooNew(version);
      }
      return version;
    }
  }
}
