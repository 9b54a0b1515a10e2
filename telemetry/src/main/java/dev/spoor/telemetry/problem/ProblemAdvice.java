package dev.spoor.telemetry.problem;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/**
 * Makes a problem of everything that is thrown while a request is handled. What is not a known kind
 * is a 500 that tells the caller nothing but the request's id; the log has the stack trace.
 */
@RestControllerAdvice
final class ProblemAdvice {
  private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

  /** Headers of Spring's own answers that belong into ours. */
  private static final Set<String> KEPT = Set.of(HttpHeaders.ALLOW, HttpHeaders.ACCEPT);

  private final ProblemWriter writer;

  ProblemAdvice(ProblemWriter writer) {
    this.writer = writer;
  }

  @ExceptionHandler
  void handle(Exception thrown, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (thrown instanceof IOException && callerIsGone(thrown)) {
      // Nobody is left to be told; not an error of ours.
      log.debug("the caller went away", thrown);
      return;
    }
    if (thrown instanceof ErrorResponse known) {
      known
          .getHeaders()
          .forEach((name, values) -> {
            if (KEPT.contains(name)) {
              response.setHeader(name, String.join(", ", values));
            }
          });
    }
    writer.write(problem(thrown, request), response);
  }

  private static Problem problem(Exception thrown, HttpServletRequest request) {
    return switch (thrown) {
      case ProblemException known -> known.problem();
      case NoResourceFoundException _ -> Problems.notFound();
      case HttpRequestMethodNotSupportedException known -> {
        String[] supported = known.getSupportedMethods();
        yield Problem.of(
            405,
            "method-not-allowed",
            "Method not allowed",
            supported == null
                ? "this resource does not know this method"
                : "this resource knows " + String.join(", ", supported));
      }
      case HttpMediaTypeNotSupportedException known ->
          Problem.of(
              415,
              "unsupported-media-type",
              "Unsupported media type",
              "send Content-Type: "
                  + (known.getSupportedMediaTypes().isEmpty()
                      ? "application/json"
                      : known.getSupportedMediaTypes().getFirst()));
      case HttpMediaTypeNotAcceptableException known ->
          Problem.of(
              406,
              "not-acceptable",
              "Not acceptable",
              known.getSupportedMediaTypes().isEmpty()
                  ? "the Accept header is not well-formed"
                  : "this resource has "
                      + known.getSupportedMediaTypes().getFirst()
                      + ", which Accept excludes");
      case TypeMismatchException _ ->
          Problem.of(
              400, "bad-request", "Bad request", "a parameter of the request has the wrong type");
      case ErrorResponse known -> Problems.ofStatus(known.getStatusCode().value());
      default -> {
        log.atError().setCause(thrown).log("{} failed with a fault of ours", request.getMethod());
        yield Problems.ofStatus(HttpStatus.INTERNAL_SERVER_ERROR.value());
      }
    };
  }

  private static boolean callerIsGone(Exception thrown) {
    // Tomcat's ClientAbortException, and what the JDK says of a closed connection.
    if (thrown.getClass().getSimpleName().equals("ClientAbortException")) {
      return true;
    }
    String message = thrown.getMessage();
    return message != null
        && (message.contains("Broken pipe") || message.contains("Connection reset"));
  }
}
