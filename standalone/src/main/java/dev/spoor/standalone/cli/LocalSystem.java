package dev.spoor.standalone.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** Starts the whole system in this process; how is not the command line's business. */
public interface LocalSystem {
  /**
   * Starts and returns when jobs are taken.
   *
   * @param dataDirectory where everything is kept; claimed for this process
   * @param port of the HTTP API on loopback, 0 for a free one
   * @param logs where this process's own log lines go
   * @throws CliException if it cannot start
   */
  Running start(Path dataDirectory, int port, Logs logs);

  /** Where log lines go. */
  enum Logs {
    /** To standard output, for whoever collects it. */
    CONSOLE,
    /** To a file below the data directory, to leave the terminal to the command. */
    FILE
  }

  /** A started system. */
  interface Running extends AutoCloseable {
    URI url();

    /** What runs and where, for a person: a name and a place each. */
    List<String[]> places();

    /** Returns when the process is asked to end or the system has failed. */
    void awaitEnd() throws InterruptedException;

    /** Stops everything in order, within 10 s. Later calls do nothing. */
    @Override
    void close();
  }
}
