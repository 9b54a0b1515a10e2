package dev.spoor.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.job.TenantId;
import dev.spoor.telemetry.correlation.Correlation;
import dev.spoor.telemetry.problem.ProblemException;
import dev.spoor.telemetry.problem.ProblemWriter;
import dev.spoor.telemetry.redaction.Redactor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.method.HandlerMethod;

class AccessFilterTest {
  private final Map<Scope, ApiKey> keys = new EnumMap<>(Scope.class);
  private final AtomicReference<@Nullable String> tenant = new AtomicReference<>();
  @TempDir Path dir;
  private AccessFilter filter = filter(null);

  private static AccessFilter filter(@Nullable KeyRing ring) {
    return new AccessFilter(ring, "/actuator", new ProblemWriter(Redactor.standard()));
  }

  @BeforeEach
  void makeKeys() throws Exception {
    for (Scope scope : Scope.values()) {
      keys.put(scope, ApiKey.generate(new SecureRandom()));
    }
    Path file = dir.resolve("keys.jsonl");
    Files.writeString(
        file,
        Arrays.stream(Scope.values())
            .map(scope ->
                KeysFile.line(key(scope), new TenantId("acme"), Set.of(scope), Limits.NONE))
            .collect(Collectors.joining("\n")));
    filter = filter(new KeyRing(file, System::nanoTime));
  }

  private ApiKey key(Scope scope) {
    return java.util.Objects.requireNonNull(keys.get(scope));
  }

  /** The caller that the application sees; empty if the filter answers itself. */
  private record Seen(
      MockHttpServletRequest request, MockHttpServletResponse response, boolean in) {
    int status() {
      return in ? 200 : response.getStatus();
    }
  }

  private Seen ask(String uri, String servletPath, String... authorization) throws Exception {
    MockHttpServletRequest request = new MockHttpServletRequest("GET", uri);
    request.setServletPath(servletPath);
    for (String value : authorization) {
      request.addHeader("Authorization", value);
    }
    MockHttpServletResponse response = new MockHttpServletResponse();
    boolean[] in = {false};
    filter.doFilter(
        request,
        response,
        (_, _) -> {
          in[0] = true;
          tenant.set(Correlation.get("tenant").orElse(null));
        });
    return new Seen(request, response, in[0]);
  }

  private Seen ask(String path, ApiKey key) throws Exception {
    return ask(path, path, "Bearer " + key.text());
  }

  @Test
  void withoutKeysEveryoneIsTheDefaultTenantAndMayDoAll() throws Exception {
    filter = filter(null);
    Caller caller = Caller.of(ask("/v1/audit", "/v1/audit").request());
    assertThat(caller.tenant()).isEqualTo(TenantId.DEFAULT);
    assertThat(Scope.values()).allMatch(caller::may);
    assertThat(caller.sees()).isEmpty();
  }

  @Test
  void asksForAKeyEverywhereButOnOpenPaths() throws Exception {
    for (String open :
        new String[] {"/health", "/v1", "/openapi.yaml", "/actuator/health/liveness"}) {
      assertThat(ask(open, open).in()).as(open).isTrue();
    }
    for (String closed :
        new String[] {
          "/v1/jobs",
          "/",
          "/nothing",
          "/actuator",
          "/actuator/prometheus",
          "/actuator/healthy",
          "/actuator/loggers",
          "/health/",
          "/error",
          "/v1/"
        }) {
      Seen seen = ask(closed, closed);
      assertThat(seen.status()).as(closed).isEqualTo(401);
      assertThat(seen.response().getHeader("WWW-Authenticate")).isEqualTo("Bearer realm=\"spoor\"");
      assertThat(seen.response().getContentType()).isEqualTo("application/problem+json");
      assertThat(seen.response().getContentAsString()).contains("urn:spoor:problem:no-key");
    }
  }

  @Test
  void anOpenPathInAnotherSpellingIsNotOpen() throws Exception {
    for (String[] spelling :
        new String[][] {
          {"/%68ealth", "/health"},
          {"/v1/jobs/..;/../health", "/health"},
          {"/actuator/loggers/..;/health", "/actuator/health"},
          {"//health", "/health"},
          {"/health;a=b", "/health"}
        }) {
      assertThat(ask(spelling[0], spelling[1]).status()).as(spelling[0]).isEqualTo(401);
    }
  }

  @Test
  void refusesWhatIsNoKeyOfThisServerInOneAnswer() throws Exception {
    String good = "Bearer " + key(Scope.READ).text();
    String[] bodies =
        new String[] {
          "Bearer",
          "Bearer ",
          "Basic dXNlcjpwYXNz",
          key(Scope.READ).text(),
          "Bearer " + ApiKey.generate(new SecureRandom()).text(),
          "Bearer spoor_" + key(Scope.READ).id() + "_" + "0".repeat(64)
        };
    for (String wrong : bodies) {
      Seen seen = ask("/v1/jobs", "/v1/jobs", wrong);
      assertThat(seen.status()).as(wrong).isEqualTo(401);
      assertThat(seen.response().getHeader("WWW-Authenticate")).contains("invalid_token");
      assertThat(seen.response().getContentAsString())
          .contains("urn:spoor:problem:wrong-key")
          .doesNotContain("spoor_");
    }
    assertThat(ask("/v1/jobs", "/v1/jobs", good, good).status()).isEqualTo(401);
    assertThat(ask("/v1/jobs", "/v1/jobs", good.replace("Bearer", "bEARER")).in()).isTrue();
  }

  @Test
  void recordsInsideARequestNameTheTenant() throws Exception {
    ask("/v1/jobs", key(Scope.READ));
    assertThat(tenant.get()).isEqualTo("acme");
    assertThat(Correlation.get("tenant")).isEmpty();
  }

  @Test
  void metricsHaveAScopeOfTheirOwnAndTheRestOfActuatorIsForAdmin() throws Exception {
    assertThat(ask("/actuator/prometheus", key(Scope.METRICS)).in()).isTrue();
    assertThat(ask("/actuator/prometheus", key(Scope.ADMIN)).in()).isTrue();
    assertThat(ask("/actuator/prometheus", key(Scope.READ)).status()).isEqualTo(403);
    for (String[] spelling :
        new String[][] {
          {"/actuator/loggers", "/actuator/loggers"},
          {"/actuator", "/actuator"},
          {"/%61ctuator/loggers", "/actuator/loggers"},
          {"/actuator;x/loggers", "/actuator/loggers"},
          {"//actuator/loggers", "/actuator/loggers"},
          {"/actuator/loggers/..;/..;/v1", "/v1"}
        }) {
      for (Scope scope : Scope.values()) {
        assertThat(ask(spelling[0], spelling[1], "Bearer " + key(scope).text()).status())
            .as(spelling[0] + " " + scope)
            .isEqualTo(scope == Scope.ADMIN ? 200 : 403);
      }
    }
  }

  @Test
  void aRouteThatDeclaresNothingIsForAdmin() throws Exception {
    assertThat(mayEnter(Scope.ADMIN, "undeclared")).isTrue();
    assertThat(mayEnter(Scope.READ, "undeclared")).isFalse();
    assertThat(mayEnter(Scope.READ, "reading")).isTrue();
    assertThat(mayEnter(Scope.ADMIN, "reading")).isTrue();
    assertThat(mayEnter(Scope.SUBMIT, "reading")).isFalse();
  }

  @Test
  void aDeclaredRouteIsNeverEnteredWithoutACaller() {
    assertThatThrownBy(() ->
            new ScopeCheck()
                .preHandle(
                    new MockHttpServletRequest(), new MockHttpServletResponse(), method("reading")))
        .isInstanceOfSatisfying(
            ProblemException.class, no -> assertThat(no.problem().status()).isEqualTo(401));
  }

  /** Two routes. */
  static final class Routes {
    void undeclared() {}

    @Requires(Scope.READ)
    void reading() {}
  }

  private static HandlerMethod method(String name) throws NoSuchMethodException {
    return new HandlerMethod(new Routes(), Routes.class.getDeclaredMethod(name));
  }

  private boolean mayEnter(Scope scope, String name) throws Exception {
    Seen seen = ask("/v1/x", key(scope));
    try {
      return new ScopeCheck().preHandle(seen.request(), seen.response(), method(name));
    } catch (ProblemException no) {
      assertThat(no.problem().status()).isEqualTo(403);
      assertThat(seen.response().getHeader("WWW-Authenticate")).contains("insufficient_scope");
      return false;
    }
  }

  private int anonymously(String method, String... headers) throws Exception {
    MockHttpServletRequest request = new MockHttpServletRequest(method, "/v1/jobs");
    request.addHeader("Host", "127.0.0.1:8080");
    for (int i = 0; i < headers.length; i += 2) {
      request.addHeader(headers[i], headers[i + 1]);
    }
    MockHttpServletResponse response = new MockHttpServletResponse();
    filter(null).doFilter(request, response, (_, _) -> response.setStatus(202));
    return response.getStatus();
  }

  @Test
  void withoutKeysAPageOfAnotherSiteChangesNothing() throws Exception {
    assertThat(anonymously("POST")).isEqualTo(202);
    assertThat(anonymously("POST", "Sec-Fetch-Site", "cross-site")).isEqualTo(403);
    assertThat(anonymously("POST", "Sec-Fetch-Site", "same-site")).isEqualTo(403);
    assertThat(anonymously("POST", "Sec-Fetch-Site", "same-origin")).isEqualTo(202);
    assertThat(anonymously("DELETE", "Origin", "https://evil.example")).isEqualTo(403);
    assertThat(anonymously("POST", "Origin", "null")).isEqualTo(403);
    assertThat(anonymously("POST", "Origin", "http://127.0.0.1:8080")).isEqualTo(202);
    assertThat(anonymously("GET", "Sec-Fetch-Site", "cross-site")).isEqualTo(202);
  }
}
