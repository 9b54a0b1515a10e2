package dev.spoor.gateway.submit;

import dev.spoor.access.Caller;
import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.JobUpdate;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.catalogue.InputSchema;
import dev.spoor.gateway.command.Commands;
import dev.spoor.gateway.command.RequestContext;
import dev.spoor.gateway.command.Written;
import dev.spoor.telemetry.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code POST /v1/jobs}.
 *
 * <p>A job's id always comes from a key: the caller's, or one made here. So whoever is told that
 * the outcome is unknown can repeat the submit with the key that he was told, and it is the same
 * job.
 */
@RestController
public final class SubmitController {
  static final String IDEMPOTENCY_KEY = "Idempotency-Key";
  private static final int MAX_KEY = 255;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final SubmitRules rules;
  private final BodyLimits limits;
  private final Commands commands;
  private final BooleanSupplier queueFull;
  private final TenantBound tenants;
  private final Supplier<String> keys;

  /**
   * @param flows the input schema of a flow, if it is known
   * @param queueFull whether the bound on waiting jobs is reached; must not block
   * @param tenants what each tenant may submit
   * @param keys makes a key that nobody has used; for submits without one
   * @param maxBodiesBytes memory for all bodies that are being worked on
   */
  public SubmitController(
      Function<FlowId, Optional<InputSchema>> flows,
      Commands commands,
      BooleanSupplier queueFull,
      TenantBound tenants,
      Supplier<String> keys,
      Clock clock,
      long maxBodiesBytes) {
    this.rules = new SubmitRules(flows, clock);
    this.limits = new BodyLimits(maxBodiesBytes);
    this.commands = commands;
    this.queueFull = queueFull;
    this.tenants = tenants;
    this.keys = keys;
  }

  @Requires(Scope.SUBMIT)
  @PostMapping(
      path = "/v1/jobs",
      consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> submit(HttpServletRequest request) throws IOException {
    Caller caller = Caller.of(request);
    TenantId tenant = caller.tenant();
    tenants.checkRate(caller);
    refuseEncoded(request);
    String callersKey = idempotencyKey(request);
    if (callersKey == null && queueFull.getAsBoolean()) {
      // With a key the ledger decides: the job may be there already.
      throw queueFull().asException();
    }
    try (BodyLimits.Taken body = limits.read(request)) {
      Submission submission =
          switch (rules.check(tenant, BodyReader.read(body.bytes()), body.bytes().length)) {
            case SubmitRules.Verdict.Good good -> good.submission();
            case SubmitRules.Verdict.Bad bad ->
                throw Problem.of(
                        422,
                        "invalid-job",
                        "The job cannot be taken",
                        bad.faults().size() == 1
                            ? "one fault in the body; errors names it"
                            : bad.faults().size() + " faults in the body; errors names them")
                    .withErrors(bad.faults())
                    .asException();
            case SubmitRules.Verdict.TooLarge _ ->
                throw BodyLimits.tooLarge("the input").asException();
          };
      String key = callersKey == null ? keys.get() : callersKey;
      JobId jobId = JobId.ofKey(tenant, key);
      RequestContext context = RequestContext.current();
      tenants.checkWaiting(caller, jobId, callersKey != null, request);
      return callersKey == null
          ? submitted(jobId, key, context, submission)
          : answered(jobId, key, context, submission);
    }
  }

  /** Without a key of the caller's: durable is enough. */
  private ResponseEntity<byte[]> submitted(
      JobId jobId, String key, RequestContext context, Submission submission) {
    Written written = commands.write(command(jobId, context, submission, false), context);
    return switch (written) {
      case Written.Durable _ -> accepted(jobId, context.requestId(), "accepted", false);
      case Written.NotAccepted not ->
          throw unavailable("not_accepted", not.reason(), jobId, key).asException();
      case Written.Unknown unknown ->
          throw unavailable("unknown", unknown.reason(), jobId, key).asException();
    };
  }

  /** With a key: the ledger says whether this is the first submit, the same again, or another. */
  private ResponseEntity<byte[]> answered(
      JobId jobId, String key, RequestContext context, Submission submission) {
    Commands.Answered answered =
        commands.ask(
            jobId,
            context,
            requestId ->
                command(
                    jobId, new RequestContext(requestId, context.traceparent()), submission, true));
    return switch (answered) {
      case Commands.Answered.Answer given -> ofLedger(jobId, context.requestId(), given);
      case Commands.Answered.NotAccepted not ->
          throw unavailable("not_accepted", not.reason(), jobId, key).asException();
      case Commands.Answered.Unknown unknown ->
          throw unavailable("unknown", unknown.reason(), jobId, key).asException();
    };
  }

  private static ResponseEntity<byte[]> ofLedger(
      JobId jobId, RequestId requestId, Commands.Answered.Answer given) {
    JobUpdate update = given.update();
    return switch (given.answer().outcome()) {
      case DONE -> accepted(jobId, requestId, status(update.status()), false);
      case REPLAYED -> accepted(jobId, requestId, status(update.status()), true);
      case BODY_DIFFERS ->
          throw Problem.of(
                  422,
                  "key-reused",
                  "Idempotency key used for another body",
                  "a job with this Idempotency-Key exists and its body was another;"
                      + " use a new key for a new job")
              .with("job_id", jobId)
              .asException();
      case QUEUE_FULL -> throw queueFull().asException();
      case WRONG_STATE, NOT_FOUND ->
          throw new IllegalStateException(
              "the ledger answers a submit with " + given.answer().outcome());
    };
  }

  private static LedgerInput.Submit command(
      JobId jobId, RequestContext context, Submission submission, boolean idempotent) {
    return new LedgerInput.Submit(
        jobId,
        context.requestId(),
        context.traceparent(),
        submission.spec(),
        submission.bodyHash(),
        idempotent,
        submission.input());
  }

  /** The body of a 202. */
  record SubmitAnswer(JobId jobId, String status, RequestId requestId, Map<String, String> links) {}

  private static ResponseEntity<byte[]> accepted(
      JobId jobId, RequestId requestId, String status, boolean replayed) {
    String self = "/v1/jobs/" + jobId;
    Map<String, String> links = new LinkedHashMap<>();
    links.put("self", self);
    links.put("events", self + "/events");
    links.put("cancel", self + "/cancel");
    HttpHeaders headers = new HttpHeaders();
    headers.setLocation(URI.create(self));
    headers.setContentType(MediaType.APPLICATION_JSON);
    if (replayed) {
      headers.set("Idempotency-Replayed", "true");
    }
    return ResponseEntity.status(202)
        .headers(headers)
        .body(Json.write(new SubmitAnswer(jobId, status, requestId, links)));
  }

  private static String status(@Nullable JobStatus status) {
    return status == null ? "accepted" : status.wireName();
  }

  private static Problem unavailable(String outcome, String reason, JobId jobId, String key) {
    boolean unknown = outcome.equals("unknown");
    return Problem.of(
            503,
            unknown ? "outcome-unknown" : "not-accepted",
            unknown ? "It is not known whether the job was accepted" : "The job was not accepted",
            reason
                + (unknown
                    ? "; repeat the same body with this key as Idempotency-Key: it stays one job"
                    : "; nothing was or will be written, try again"))
        .with("outcome", outcome)
        .with("job_id", jobId)
        .with("key", key)
        .withRetryAfter(RETRY_AFTER);
  }

  private static Problem queueFull() {
    return Problem.of(
            429, "queue-full", "The queue is full", "the bound on waiting jobs is reached")
        .withRetryAfter(Duration.ofSeconds(5));
  }

  private static void refuseEncoded(HttpServletRequest request) {
    String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw Problem.of(
              415,
              "unsupported-media-type",
              "Unsupported media type",
              "send the body without Content-Encoding")
          .asException();
    }
  }

  /** The caller's key; null without one. */
  public static @Nullable String idempotencyKey(HttpServletRequest request) {
    List<String> values = Collections.list(request.getHeaders(IDEMPOTENCY_KEY));
    if (values.isEmpty()) {
      return null;
    }
    String key = values.getFirst();
    boolean good = values.size() == 1 && !key.isBlank() && key.length() <= MAX_KEY;
    for (int i = 0; good && i < key.length(); i++) {
      good = key.charAt(i) >= ' ' && key.charAt(i) <= '~';
    }
    if (!good) {
      throw Problem.of(
              400,
              "bad-idempotency-key",
              "Bad Idempotency-Key",
              "the header Idempotency-Key must be there once, with 1 to "
                  + MAX_KEY
                  + " printable ASCII characters")
          .asException();
    }
    return key;
  }
}
