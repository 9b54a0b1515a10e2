package dev.spoor.telemetry.problem;

/** Ends a request with a problem. Has no stack trace: it is an answer, not a fault of ours. */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  ProblemException(Problem problem) {
    super(problem.detail(), null, false, false);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}
