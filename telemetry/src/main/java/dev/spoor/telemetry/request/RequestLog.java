package dev.spoor.telemetry.request;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.SemConv;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.correlation.RequestIds;
import dev.spoor.telemetry.correlation.TraceContext;
import dev.spoor.telemetry.tracing.EndedSpan;
import dev.spoor.telemetry.tracing.Tracing;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Opens the correlation of a request, puts {@code X-Request-ID} and {@code X-Response-Time} on
 * every answer, and logs its start and end: {@code http.request.started} (DEBUG), {@code
 * .completed} (INFO; ERROR from 500 on), {@code .failed} (ERROR) if an exception left the
 * application. Health and metrics are DEBUG. Query values, headers and bodies are not logged.
 *
 * <p>An asynchronous request (SSE) ends when the container says so, on whatever thread.
 */
public final class RequestLog extends OncePerRequestFilter {
  /** Milliseconds with decimals, for example {@code 12.345ms}. */
  public static final String RESPONSE_TIME_HEADER = "X-Response-Time";

  /**
   * Request attribute with the caller's tenant, a text; the end of the request is logged with it.
   */
  public static final String TENANT = RequestLog.class.getName() + ".tenant";

  private static final String TRACEPARENT_HEADER = "traceparent";
  private static final Logger log = LoggerFactory.getLogger(RequestLog.class);
  private static final String EXCHANGE = RequestLog.class.getName();
  private static final int MAX_PATH = 1024;
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");

  private final String header;
  private final LongSupplier nanos;
  private final Tracing tracing;

  /**
   * @param header name of the correlation header
   * @param nanos a clock as {@link System#nanoTime}
   * @param tracing gets a span for each request but those for health and metrics
   */
  public RequestLog(String header, LongSupplier nanos, Tracing tracing) {
    this.header = header;
    this.nanos = nanos;
    this.tracing = tracing;
  }

  /** Asynchronous and error dispatches run in the correlation of their request. */
  @Override
  protected boolean shouldNotFilterAsyncDispatch() {
    return false;
  }

  @Override
  protected boolean shouldNotFilterErrorDispatch() {
    return false;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (request.getAttribute(EXCHANGE) instanceof Exchange exchange) {
      try (var _ = Correlation.open(exchange.fields)) {
        chain.doFilter(request, response);
      } finally {
        exchange.sawError(request);
      }
      return;
    }
    Exchange exchange = begin(request, response);
    request.setAttribute(EXCHANGE, exchange);
    try (var _ = Correlation.open(exchange.fields)) {
      exchange.started();
      Throwable failure = null;
      try {
        chain.doFilter(request, exchange.response);
      } catch (ServletException | IOException | RuntimeException | Error e) {
        failure = e;
        throw e;
      } finally {
        if (failure == null && request.isAsyncStarted()) {
          request.getAsyncContext().addListener(exchange);
        } else {
          exchange.end(failure);
        }
      }
    }
  }

  private Exchange begin(HttpServletRequest request, HttpServletResponse response) {
    String requestId =
        RequestIds.parse(request.getHeader(header)).orElseGet(RequestIds::fresh).value();
    Optional<TraceContext> caller =
        Optional.ofNullable(request.getHeader(TRACEPARENT_HEADER)).flatMap(TraceContext::parse);
    TraceContext trace = caller.map(TraceContext::child).orElseGet(tracing::begin);
    Map<String, String> fields =
        Correlation.fields(trace, caller.map(TraceContext::spanId).orElse(null));
    fields.put(Fields.REQUEST_ID, requestId);
    response.setHeader(header, requestId);
    return new Exchange(request, response, fields, nanos.getAsLong());
  }

  /** One request from start to end. */
  private final class Exchange implements AsyncListener {
    private final HttpServletRequest request;
    private final CountingResponse response;
    private final Map<String, String> fields;
    private final long startedAt;
    private final String method;
    private final String path;
    private final AtomicBoolean ended = new AtomicBoolean();
    private @Nullable Throwable error;

    Exchange(
        HttpServletRequest request,
        HttpServletResponse response,
        Map<String, String> fields,
        long startedAt) {
      this.request = request;
      this.fields = fields;
      this.startedAt = startedAt;
      this.method = request.getMethod();
      String uri = request.getRequestURI();
      this.path = uri.length() > MAX_PATH ? uri.substring(0, MAX_PATH) : uri;
      this.response =
          new CountingResponse(
              response,
              () ->
                  response.setHeader(
                      RESPONSE_TIME_HEADER, String.format(Locale.ROOT, "%.3fms", milliseconds())));
    }

    private double milliseconds() {
      return Math.round((nanos.getAsLong() - startedAt) / 1000.0) / 1000.0;
    }

    private boolean isQuiet() {
      return path.equals("/health") || path.startsWith("/actuator/") || path.equals("/actuator");
    }

    void started() {
      if (log.isDebugEnabled()) {
        common(log.atDebug(), Events.HTTP_REQUEST_STARTED).log("Started {} {}", method, path);
      }
    }

    void sawError(HttpServletRequest dispatched) {
      if (dispatched.getDispatcherType() == DispatcherType.ERROR) {
        response.finish();
      }
    }

    void end(@Nullable Throwable failure) {
      if (!ended.compareAndSet(false, true)) {
        return;
      }
      response.finish();
      Throwable cause =
          failure instanceof ServletException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      // The container turns what escapes the application into a 500, but only after this filter.
      int status = cause != null && !response.isCommitted() ? 500 : response.getStatus();
      double duration = milliseconds();
      boolean failed = cause != null;
      if (tracing.isOn() && !isQuiet()) {
        span(status, cause);
      }
      Level level = failed || status >= 500 ? Level.ERROR : isQuiet() ? Level.DEBUG : Level.INFO;
      if (!log.isEnabledForLevel(level)) {
        return;
      }
      LoggingEventBuilder record =
          common(
                  log.atLevel(level),
                  failed ? Events.HTTP_REQUEST_FAILED : Events.HTTP_REQUEST_COMPLETED)
              .addKeyValue(Fields.STATUS_CODE, status)
              .addKeyValue(Fields.DURATION_MS, duration)
              .addKeyValue(Fields.STATUS, failed || status >= 400 ? "failure" : "success")
              .addKeyValue(Fields.RESPONSE_BYTES, response.bytes());
      long requestBytes = request.getContentLengthLong();
      if (requestBytes >= 0) {
        record = record.addKeyValue(Fields.REQUEST_BYTES, requestBytes);
      }
      Object route = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
      if (route != null) {
        record = record.addKeyValue(Fields.ROUTE, route.toString());
      }
      if (request.getAttribute(TENANT) instanceof String tenant) {
        record = record.addKeyValue(Fields.TENANT, tenant);
      }
      if (cause != null) {
        record = record.setCause(cause);
      }
      record.log("{} {} {} in {} ms", method, path, status, duration);
    }

    private void span(int status, @Nullable Throwable cause) {
      boolean known = METHODS.contains(method);
      Map<String, Object> attributes = new HashMap<>();
      attributes.put(SemConv.HTTP_REQUEST_METHOD, known ? method : "_OTHER");
      attributes.put(SemConv.URL_PATH, path);
      attributes.put(SemConv.HTTP_RESPONSE_STATUS_CODE, status);
      attributes.put(SemConv.CLIENT_ADDRESS, request.getRemoteAddr());
      // Without the path: a name is one of few.
      String name = known ? method : "HTTP";
      Object route = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
      if (route != null) {
        attributes.put(SemConv.HTTP_ROUTE, route.toString());
        name += " " + route;
      }
      EndedSpan.Failure failure = null;
      if (cause != null) {
        failure = EndedSpan.Failure.of(cause);
      } else if (status >= 500) {
        failure = new EndedSpan.Failure(Integer.toString(status), null, false);
      }
      tracing.endedHere(
          name, EndedSpan.Kind.SERVER, startedAt, nanos.getAsLong(), attributes, failure);
    }

    private LoggingEventBuilder common(LoggingEventBuilder record, String event) {
      return record
          .addKeyValue(Fields.EVENT, event)
          .addKeyValue(Fields.METHOD, method)
          .addKeyValue(Fields.PATH, path)
          .addKeyValue(Fields.CLIENT, request.getRemoteAddr());
    }

    private void endAsync(@Nullable Throwable failure) {
      try (var _ = Correlation.open(fields)) {
        end(failure == null ? error : failure);
      }
    }

    @Override
    public void onComplete(AsyncEvent event) {
      endAsync(event.getThrowable());
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      // onComplete follows, with the status that the timeout was answered with.
    }

    @Override
    public void onError(AsyncEvent event) {
      error = event.getThrowable();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      event.getAsyncContext().addListener(this);
    }
  }
}
