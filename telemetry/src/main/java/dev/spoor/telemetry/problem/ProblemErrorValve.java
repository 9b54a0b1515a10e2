package dev.spoor.telemetry.problem;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers for what Tomcat refuses before any filter sees it, for example an illegal request target:
 * as a problem too, instead of an HTML page with Tomcat's name.
 */
public final class ProblemErrorValve extends ErrorReportValve {
  private static final Logger log = LoggerFactory.getLogger(ProblemErrorValve.class);

  @Override
  protected void report(Request request, Response response, @Nullable Throwable thrown) {
    int status = response.getStatus();
    if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
      return;
    }
    Problem problem = Problems.ofStatus(status);
    // No user's text is in it, so there is nothing to redact.
    byte[] body = ProblemWriter.ofOwnWords().json(problem, response.getHeader("X-Request-ID"));
    try {
      response.setContentType(ProblemWriter.MEDIA_TYPE);
      response.setCharacterEncoding(StandardCharsets.UTF_8);
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
      response.finishResponse();
    } catch (IOException | IllegalStateException e) {
      log.debug("the caller went away before the problem was told", e);
    }
  }
}
