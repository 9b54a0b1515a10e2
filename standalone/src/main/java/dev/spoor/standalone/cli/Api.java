package dev.spoor.standalone.cli;

import dev.spoor.contract.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The HTTP API as a client sees it. Every call is bounded in time, except a stream's end. */
final class Api implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();
  private final URI server;
  private final Optional<String> authorization;
  private @Nullable URI telemetry;

  /**
   * @throws CliException if the key cannot be one
   */
  Api(URI server, Surroundings surroundings) {
    this.server = server;
    this.authorization = surroundings.apiKey().map(Api::authorization);
  }

  private static String authorization(String key) {
    if (!key.matches("[!-~]+")) {
      throw CliException.wrongUse("SPOOR_API_KEY is not shown, expected spoor_ and what follows.");
    }
    return "Bearer " + key;
  }

  URI server() {
    return server;
  }

  /**
   * An answer that is not an error.
   *
   * @param status 200 to 299
   * @param body an empty object if the answer had none
   */
  record Answer(int status, JsonNode body, Map<String, List<String>> headers) {}

  /** The server said no. */
  static final class Refused extends RuntimeException {
    private final int status;
    private final transient JsonNode problem;

    Refused(int status, JsonNode problem) {
      super(status + " " + text(problem, "title", ""));
      this.status = status;
      this.problem = problem;
    }

    int status() {
      return status;
    }

    CliException explained() {
      if (status == 401) {
        return CliException.wrongUse(
            "the server asks for an API key: set SPOOR_API_KEY to one of its keys ("
                + text(problem, "detail", "401")
                + ").");
      }
      if (status == 403) {
        return CliException.wrongUse(
            "the API key in SPOOR_API_KEY may not do this ("
                + text(problem, "detail", "403")
                + ").");
      }
      List<String> details = new ArrayList<>();
      Table faults = new Table("", "");
      for (JsonNode error : problem.path("errors")) {
        faults.row(text(error, "pointer", ""), text(error, "detail", ""));
      }
      faults.lines().forEach(line -> details.add("  " + line));
      String requestId = text(problem, "request_id", "");
      if (!requestId.isEmpty()) {
        details.add("  request " + requestId);
      }
      int exitCode =
          switch (status) {
            case 409 -> ExitCode.FOUND;
            case 429 -> ExitCode.UNREACHABLE;
            default -> status < 500 ? ExitCode.WRONG_USE : ExitCode.UNREACHABLE;
          };
      String title = text(problem, "title", "the server refused");
      String detail = text(problem, "detail", "");
      return new CliException(
          exitCode,
          detail.isEmpty() || detail.equals(title)
              ? status + " " + title
              : status + " " + title + ": " + detail,
          details);
    }
  }

  /** Nobody answers there, or what answers is not Spoor. */
  static final class Unreachable extends RuntimeException {
    Unreachable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  Answer get(String path, String... headers) {
    return call(request(server.resolve(path)).GET(), headers);
  }

  Answer post(String path, JsonNode body, String... headers) {
    return call(
        request(server.resolve(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.write(body))),
        headers);
  }

  /** A call of the telemetry API, which another process may serve: the index at /v1 says where. */
  Answer getTelemetry(String path) {
    return call(request(telemetry().resolve(path)).GET());
  }

  /** The same with POST and no body. */
  Answer postTelemetry(String path) {
    return call(request(telemetry().resolve(path)).POST(HttpRequest.BodyPublishers.noBody()));
  }

  /** Lines of a server-sent event stream, as they come. */
  Stream<String> telemetryStream(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(telemetry().resolve(path)).header("Accept", "text/event-stream");
    authorization.ifPresent(key -> request.header("Authorization", key));
    HttpResponse<Stream<String>> response =
        send(request.GET().build(), HttpResponse.BodyHandlers.ofLines());
    if (response.statusCode() >= 300) {
      String body = response.body().collect(Collectors.joining("\n"));
      throw new Refused(
          response.statusCode(), tree(body.getBytes(StandardCharsets.UTF_8)).orElse(empty()));
    }
    return response.body();
  }

  /** An answer that is text. */
  List<String> lines(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve(path)).timeout(ANSWER_TIMEOUT);
    authorization.ifPresent(key -> request.header("Authorization", key));
    HttpResponse<Stream<String>> response =
        send(request.GET().build(), HttpResponse.BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      if (response.statusCode() >= 300) {
        throw new Refused(response.statusCode(), empty());
      }
      return lines.toList();
    }
  }

  /** Whether a Spoor server answers here within a second. */
  static boolean isSpoor(URI server) {
    try (HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(1))
            .build()) {
      HttpResponse<byte[]> response =
          client.send(
              HttpRequest.newBuilder(server.resolve("/v1"))
                  .timeout(Duration.ofSeconds(1))
                  .GET()
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      return response.statusCode() == 200
          && tree(response.body())
              .filter(index -> "spoor".equals(text(index, "name", "")))
              .isPresent();
    } catch (IOException nobody) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  static String query(String name, String value) {
    return name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  static String text(JsonNode node, String field, String otherwise) {
    JsonNode value = node.path(field);
    return value.isValueNode() && !value.isNull() ? value.asString() : otherwise;
  }

  static @Nullable String textOrNull(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isValueNode() && !value.isNull() ? value.asString() : null;
  }

  private URI telemetry() {
    URI known = telemetry;
    if (known == null) {
      try {
        String link = text(get("/v1").body().path("links"), "logs", "/v1/logs");
        known = server.resolve(link);
      } catch (Refused noIndex) {
        if (noIndex.status() != 404) {
          throw noIndex;
        }
        // A shipper's own address: it has the telemetry API and no index.
        known = server;
      }
      telemetry = known;
    }
    return known;
  }

  private static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri)
        .timeout(ANSWER_TIMEOUT)
        .header("Accept", "application/json, application/problem+json");
  }

  private Answer call(HttpRequest.Builder request, String... headers) {
    if (headers.length > 0) {
      request.headers(headers);
    }
    authorization.ifPresent(key -> request.header("Authorization", key));
    HttpResponse<byte[]> response = send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    Optional<JsonNode> body =
        response.body().length == 0 ? Optional.of(empty()) : tree(response.body());
    if (response.statusCode() >= 300) {
      throw new Refused(response.statusCode(), body.orElse(empty()));
    }
    return new Answer(
        response.statusCode(),
        body.orElseThrow(() ->
            new Unreachable(
                server + " answers, but not as Spoor does: is it the right address?", null)),
        response.headers().map());
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    try {
      return http.send(request, handler);
    } catch (HttpTimeoutException slow) {
      throw new Unreachable(request.uri().getAuthority() + " does not answer in time", slow);
    } catch (IOException failed) {
      throw new Unreachable("no server at " + server, failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new Unreachable("interrupted", interrupted);
    }
  }

  private static Optional<JsonNode> tree(byte[] body) {
    try {
      return Optional.of(Json.tree(body));
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }

  private static JsonNode empty() {
    return Json.mapper().createObjectNode();
  }
}
