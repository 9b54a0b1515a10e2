package dev.spoor.telemetry.problem;

import dev.spoor.telemetry.correlation.RequestIds;
import dev.spoor.telemetry.request.RequestLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
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
    // No filter has seen the request, so nobody has given it an id yet.
    String requestId = response.getHeader(RequestIds.DEFAULT_HEADER);
    if (requestId == null) {
      requestId = RequestIds.fresh().value();
      response.setHeader(RequestIds.DEFAULT_HEADER, requestId);
      long began = request.getCoyoteRequest().getStartTimeNanos();
      response.setHeader(
          RequestLog.RESPONSE_TIME_HEADER,
          String.format(
              Locale.ROOT, "%.3fms", began < 0 ? 0 : (System.nanoTime() - began) / 1_000_000.0));
    }
    // No user's text is in it, so there is nothing to redact.
    byte[] body = ProblemWriter.ofOwnWords().json(problem, requestId);
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
