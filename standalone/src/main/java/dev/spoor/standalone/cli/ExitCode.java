package dev.spoor.standalone.cli;

/** What the program says to the shell. */
public final class ExitCode {
  public static final int DONE = 0;

  /** The job did not succeed, or something was found that should not be there. */
  public static final int FOUND = 1;

  public static final int WRONG_USE = 2;
  public static final int UNREACHABLE = 3;

  private ExitCode() {}
}
