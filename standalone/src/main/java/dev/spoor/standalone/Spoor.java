package dev.spoor.standalone;

import dev.spoor.standalone.cli.Output;
import dev.spoor.standalone.cli.SpoorCommand;
import dev.spoor.standalone.cli.Surroundings;
import dev.spoor.standalone.system.InProcessSystem;

/** The program. */
public final class Spoor {
  private Spoor() {}

  public static void main(String[] args) {
    Surroundings surroundings = Surroundings.ofProcess();
    Output output = Output.ofProcess(surroundings.environment());
    int exitCode =
        SpoorCommand.execute(
            output, surroundings, new InProcessSystem(surroundings.environment()), args);
    // Explicitly: a library's thread must not keep a finished command alive.
    System.exit(exitCode);
  }
}
