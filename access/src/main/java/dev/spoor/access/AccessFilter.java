package dev.spoor.access;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.problem.Problem;
import dev.spoor.telemetry.problem.ProblemWriter;
import dev.spoor.telemetry.request.RequestLog;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Asks every request for its key, but those for the few open paths, before anything reads it. What
 * may be asked with the key, {@link ScopeCheck} decides for controllers; for Actuator's endpoints,
 * which no interceptor of ours sees, this filter does.
 *
 * <p>A path is open only if the request line has it to the letter: a spelling with escapes,
 * parameters or dots may mean one thing here and another to whoever looks for a handler.
 */
public final class AccessFilter extends OncePerRequestFilter {
  /** Open to all, without a key. So is what lies below {@code /actuator/health}. */
  public static final Set<String> OPEN = Set.of("/health", "/v1", "/openapi.yaml");

  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

  static final String AUTHORIZATION = "Authorization";
  private static final String SCHEME = "Bearer ";

  private final @Nullable KeyRing ring;
  private final String actuator;
  private final ProblemWriter writer;

  /**
   * @param ring null: nobody is asked for a key
   * @param actuator base path of Actuator's endpoints
   */
  AccessFilter(@Nullable KeyRing ring, String actuator, ProblemWriter writer) {
    this.ring = ring;
    this.actuator = actuator;
    this.writer = writer;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (ring == null) {
      if (isFromAnotherSite(request)) {
        writer.write(Refusals.anotherSite(), response);
        return;
      }
      Caller.ANONYMOUS.makes(request);
      chain.doFilter(request, response);
      return;
    }
    if (isOpen(request)) {
      chain.doFilter(request, response);
      return;
    }
    List<String> given = Collections.list(request.getHeaders(AUTHORIZATION));
    if (given.isEmpty()) {
      refuse(response, Refusals.CHALLENGE, Refusals.noKey());
      return;
    }
    Optional<Caller> known = given.size() == 1 ? caller(ring, given.getFirst()) : Optional.empty();
    if (known.isEmpty()) {
      refuse(response, Refusals.CHALLENGE + ", error=\"invalid_token\"", Refusals.wrongKey());
      return;
    }
    Caller caller = known.get();
    request.setAttribute(RequestLog.TENANT, caller.tenant().value());
    Scope needed = actuatorScope(request);
    if (needed != null && !caller.may(needed)) {
      refuse(response, Refusals.challengeFor(needed), Refusals.noScope(needed));
      return;
    }
    caller.makes(request);
    try (var _ = Correlation.open(Fields.TENANT, caller.tenant().value())) {
      chain.doFilter(request, response);
    }
  }

  /**
   * Whether a page of another site has a browser do something here. Without keys a browser's user
   * is let in because of where he is, and so would any page be that he looks at. Other programs
   * send neither header.
   */
  private static boolean isFromAnotherSite(HttpServletRequest request) {
    if (SAFE.contains(request.getMethod())) {
      return false;
    }
    String site = request.getHeader("Sec-Fetch-Site");
    if (site != null) {
      return !site.equals("same-origin") && !site.equals("none");
    }
    String origin = request.getHeader("Origin");
    if (origin == null) {
      return false;
    }
    int host = origin.indexOf("://");
    return host < 0 || !origin.substring(host + 3).equalsIgnoreCase(request.getHeader("Host"));
  }

  private static Optional<Caller> caller(KeyRing ring, String header) {
    return header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        ? ring.find(header.substring(SCHEME.length()).strip())
        : Optional.empty();
  }

  private boolean isOpen(HttpServletRequest request) {
    String uri = request.getRequestURI();
    if (!uri.equals(request.getServletPath())) {
      return false;
    }
    String health = actuator + "/health";
    return OPEN.contains(uri) || uri.equals(health) || uri.startsWith(health + "/");
  }

  /** What an endpoint of Actuator needs; null if the request is for none. */
  private @Nullable Scope actuatorScope(HttpServletRequest request) {
    String uri = request.getRequestURI();
    if (uri.equals(actuator + "/prometheus")) {
      return Scope.METRICS;
    }
    return isBelow(request.getServletPath()) || isBelow(decoded(uri)) ? Scope.ADMIN : null;
  }

  private boolean isBelow(String path) {
    String stripped = path.replaceAll(";[^/]*", "").replaceAll("/{2,}", "/");
    return stripped.equals(actuator) || stripped.startsWith(actuator + "/");
  }

  private static String decoded(String uri) {
    try {
      return URLDecoder.decode(uri.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEscaped) {
      return uri;
    }
  }

  private void refuse(HttpServletResponse response, String challenge, Problem problem)
      throws IOException {
    response.setHeader(Refusals.CHALLENGE_HEADER, challenge);
    writer.write(problem, response);
  }
}
