package dev.spoor.gateway.status;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.telemetry.correlation.RequestIds;
import dev.spoor.telemetry.problem.Problem;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.type.TypeReference;

/**
 * Asks other gateways about the jobs that they own, on behalf of who asked here and with his key: a
 * gateway has no rights of its own, so nothing is open to whoever pretends to be one. Thread-safe;
 * a call takes 5 s at most.
 *
 * <p>The JDK's client and not Spring's: one answer is read whole, within a limit, and nothing of it
 * is to be converted.
 */
public final class Owners implements AutoCloseable {
  /**
   * Says that the caller is a gateway: whoever gets it answers from what it owns, or not at all.
   */
  static final String FORWARDED = "Spoor-Forwarded";

  /** The partitions, comma-separated, that a forwarded list must be of. */
  static final String PARTITIONS = "Spoor-Partitions";

  private static final Duration MAX_CONNECT = Duration.ofSeconds(2);
  private static final Duration MAX_TIME = Duration.ofSeconds(5);

  /** A job with its steps and result; what is larger is not a job. */
  private static final int MAX_BYTES = 8 << 20;

  private static final TypeReference<JobReads.Stretch<JobDocument>> STRETCH =
      new TypeReference<>() {};

  private static final Logger log = LoggerFactory.getLogger(Owners.class);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(MAX_CONNECT)
          .build();

  /**
   * A job of another gateway; empty if there is none.
   *
   * @throws dev.spoor.telemetry.problem.ProblemException 503 if the owner cannot be asked
   */
  Optional<JobDocument> job(URI owner, JobId jobId, Asker asker) {
    HttpResponse<byte[]> response = get(owner.resolve("/v1/jobs/" + jobId), asker);
    return switch (response.statusCode()) {
      case 200 -> Optional.of(Json.read(response.body(), JobDocument.class));
      case 404 -> Optional.empty();
      default -> throw unavailable("the job's owner answered " + response.statusCode());
    };
  }

  /**
   * The newest jobs of another gateway.
   *
   * @param query of {@code /v1/jobs}
   * @param partitions what it has to serve; if it does not, it refuses
   * @throws dev.spoor.telemetry.problem.ProblemException 503 if it refuses or cannot be asked
   */
  JobsController.JobList newest(URI owner, Set<Integer> partitions, String query, Asker asker) {
    String all = partitions.stream().sorted().map(String::valueOf).collect(Collectors.joining(","));
    HttpResponse<byte[]> response = get(owner.resolve("/v1/jobs?" + query), asker, PARTITIONS, all);
    if (response.statusCode() != 200) {
      throw unavailable("a gateway answered " + response.statusCode());
    }
    return Json.read(response.body(), JobsController.JobList.class);
  }

  /**
   * A stretch of the ended jobs of another gateway.
   *
   * @param query of {@code /v1/dead-letters}
   * @param partitions what it has to serve; if it does not, it refuses
   * @throws dev.spoor.telemetry.problem.ProblemException 503 if it refuses or cannot be asked
   */
  JobReads.Stretch<JobDocument> ended(
      URI owner, Set<Integer> partitions, String query, Asker asker) {
    String all = partitions.stream().sorted().map(String::valueOf).collect(Collectors.joining(","));
    HttpResponse<byte[]> response =
        get(owner.resolve("/v1/dead-letters?" + query), asker, PARTITIONS, all);
    if (response.statusCode() != 200) {
      throw unavailable("a gateway answered " + response.statusCode());
    }
    return Json.mapper().readValue(response.body(), STRETCH);
  }

  private HttpResponse<byte[]> get(URI uri, Asker asker, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(MAX_TIME)
            .header("Accept", "application/json, application/problem+json")
            .header(FORWARDED, "true")
            .header(RequestIds.DEFAULT_HEADER, asker.context().requestId().value());
    if (asker.context().traceparent() != null) {
      request.header("traceparent", asker.context().traceparent());
    }
    if (asker.authorization() != null) {
      request.header("Authorization", asker.authorization());
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    // The request's own timeout ends with the headers; a body may stop in its middle.
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(
            request.build(),
            HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_BYTES));
    try {
      return answer.get(MAX_TIME.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      answer.cancel(true);
      log.warn("gateway {} cannot be asked", uri.getAuthority(), e);
      throw unavailable("the job's owner cannot be asked");
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw unavailable("the gateway is stopping");
    }
  }

  static RuntimeException unavailable(String reason) {
    return Problem.of(503, "unavailable", "Not available now", reason + "; try again")
        .withRetryAfter(Duration.ofSeconds(1))
        .asException();
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
