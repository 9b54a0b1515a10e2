package dev.spoor.gateway.status;

import static java.util.stream.Collectors.toSet;

import dev.spoor.access.Caller;
import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import dev.spoor.gateway.command.Commands;
import dev.spoor.gateway.command.RequestContext;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.JobView;
import dev.spoor.gateway.submit.BodyReader;
import dev.spoor.telemetry.problem.Fault;
import dev.spoor.telemetry.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** Reading, following, cancelling and replaying jobs. */
@RestController
public final class JobsController {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 500;

  private static final Set<String> LIST_PARAMETERS = Set.of("status", "flow", "label", "limit");

  private final JobFinder finder;
  private final JobReads reads;
  private final Owners owners;
  private final Commands commands;
  private final JobStreams streams;

  public JobsController(
      JobFinder finder, JobReads reads, Owners owners, Commands commands, JobStreams streams) {
    this.finder = finder;
    this.reads = reads;
    this.owners = owners;
    this.commands = commands;
    this.streams = streams;
  }

  @Requires(Scope.READ)
  @GetMapping(path = "/v1/jobs/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> one(@PathVariable String id, HttpServletRequest request) {
    JobId jobId = jobId(id);
    Asker asker = Asker.of(request);
    Optional<Duration> wait = Preference.waiting(request.getHeaders("Prefer"));
    JobDocument job =
        wait.isPresent() ? finder.await(asker, jobId, wait.get()) : finder.find(asker, jobId);
    ResponseEntity.BodyBuilder answer =
        ResponseEntity.ok()
            .contentType(MediaType.APPLICATION_JSON)
            .header(HttpHeaders.CACHE_CONTROL, "no-store");
    wait.ifPresent(applied -> answer.header("Preference-Applied", "wait=" + applied.toSeconds()));
    return answer.body(Json.write(job));
  }

  @Requires(Scope.READ)
  @GetMapping(path = "/v1/jobs/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  void events(@PathVariable String id, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    JobId jobId = jobId(id);
    Asker asker = Asker.of(request);
    streams.stream(
        jobId,
        () -> finder.find(asker, jobId),
        EventId.parse(request.getHeader("Last-Event-ID")),
        response);
  }

  /**
   * The body of a list.
   *
   * @param truncated true if older jobs were not looked at though there was room
   */
  record JobList(List<JobDocument> jobs, @Nullable Boolean truncated) {}

  @Requires(Scope.READ)
  @GetMapping(path = "/v1/jobs", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> list(HttpServletRequest request) {
    Asker asker = Asker.of(request);
    Map<String, String[]> parameters = request.getParameterMap();
    List<Fault> faults = new ArrayList<>();
    for (String name : parameters.keySet()) {
      if (!LIST_PARAMETERS.contains(name)) {
        faults.add(new Fault("", "unknown parameter " + shown(name)));
      }
    }
    int limit = limit(parameters.get("limit"), faults);
    Predicate<JobView> wanted = filter(parameters, faults);
    if (!faults.isEmpty()) {
      throw Problem.of(400, "bad-query", "Bad query", "a parameter is wrong; errors names it")
          .withErrors(faults)
          .asException();
    }
    JobReads.Newest here = reads.newest(new JobReads.NewestQuery(asker.tenant(), wanted, limit));
    if (asker.forwarded() ? !here.here().containsAll(asked(request)) : here.moving()) {
      // A part of the jobs would look like all of them.
      throw Owners.unavailable("the ledger does not serve all of its partitions now");
    }
    List<JobDocument> jobs = new ArrayList<>();
    here.jobs().stream().map(JobDocument::of).forEach(jobs::add);
    boolean truncated = here.truncated();
    if (!asker.forwarded()) {
      for (Map.Entry<URI, Set<Integer>> other : here.elsewhere().entrySet()) {
        JobList theirs =
            owners.newest(other.getKey(), other.getValue(), forwarded(parameters), asker);
        jobs.addAll(theirs.jobs());
        truncated |= theirs.truncated() != null && theirs.truncated();
      }
    }
    List<JobDocument> newest =
        jobs.stream()
            .sorted(Comparator.comparing(JobDocument::createdAt).reversed())
            .limit(limit)
            .toList();
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .body(Json.write(new JobList(newest, (truncated && newest.size() < limit) ? true : null)));
  }

  /** The same question for another gateway. */
  private static String forwarded(Map<String, String[]> parameters) {
    StringJoiner query = new StringJoiner("&");
    parameters.forEach((name, values) -> {
      for (String value : values) {
        query.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
      }
    });
    return query.toString();
  }

  @Requires(Scope.SUBMIT)
  @PostMapping(path = "/v1/jobs/{id}/cancel", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> cancel(@PathVariable String id, HttpServletRequest request) {
    JobId jobId = jobId(id);
    TenantId tenant = Caller.of(request).tenant();
    return command(jobId, requestId -> new LedgerInput.Cancel(jobId, requestId, tenant), "cancel");
  }

  @Requires(Scope.SUBMIT)
  @PostMapping(path = "/v1/jobs/{id}/replay", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> replay(@PathVariable String id, HttpServletRequest request)
      throws IOException {
    JobId jobId = jobId(id);
    TenantId tenant = Caller.of(request).tenant();
    boolean fromStart = fromStart(request);
    return command(
        jobId, requestId -> new LedgerInput.Replay(jobId, requestId, tenant, fromStart), "replay");
  }

  /** What a command answers. */
  record CommandAnswer(
      JobId jobId, @Nullable JobStatus status, RequestId requestId, Map<String, String> links) {}

  private ResponseEntity<byte[]> command(
      JobId jobId, Function<RequestId, LedgerInput.OfJob> command, String verb) {
    RequestContext context = RequestContext.current();
    return switch (commands.ask(jobId, context, command)) {
      case Commands.Answered.Answer given -> {
        JobStatus status = given.update().status();
        yield switch (given.answer().outcome()) {
          case DONE, REPLAYED -> {
            Map<String, String> links = new LinkedHashMap<>();
            links.put("self", "/v1/jobs/" + jobId);
            links.put("events", "/v1/jobs/" + jobId + "/events");
            yield ResponseEntity.status(202)
                .contentType(MediaType.APPLICATION_JSON)
                .body(Json.write(new CommandAnswer(jobId, status, context.requestId(), links)));
          }
          case NOT_FOUND -> throw JobFinder.noSuchJob().asException();
          case WRONG_STATE ->
              throw Problem.of(
                      409,
                      "wrong-state",
                      "The job's state does not allow it",
                      "a job that is "
                          + (status == null ? "unknown" : status.wireName())
                          + " cannot be "
                          + (verb.equals("cancel") ? "cancelled" : "replayed"))
                  .with("job_id", jobId)
                  .with("job_status", status == null ? "unknown" : status.wireName())
                  .asException();
          case QUEUE_FULL ->
              throw Problem.of(
                      429,
                      "queue-full",
                      "The queue is full",
                      "the bound on waiting jobs is reached")
                  .withRetryAfter(Duration.ofSeconds(5))
                  .asException();
          case BODY_DIFFERS ->
              throw new IllegalStateException("the ledger answers a " + verb + " with a body");
        };
      }
      case Commands.Answered.NotAccepted not ->
          throw unavailable("not_accepted", verb, not.reason(), jobId);
      case Commands.Answered.Unknown unknown ->
          throw unavailable("unknown", verb, unknown.reason(), jobId);
    };
  }

  private static RuntimeException unavailable(
      String outcome, String verb, String reason, JobId jobId) {
    boolean unknown = outcome.equals("unknown");
    return Problem.of(
            503,
            unknown ? "outcome-unknown" : "not-accepted",
            unknown ? "It is not known whether the command was accepted" : "Not accepted",
            reason
                + (unknown
                    ? "; GET the job to see, or send the " + verb + " again"
                    : "; nothing was written, try again"))
        .with("outcome", outcome)
        .with("job_id", jobId)
        .withRetryAfter(Duration.ofSeconds(2))
        .asException();
  }

  static boolean fromStart(HttpServletRequest request) throws IOException {
    byte[] body = request.getInputStream().readNBytes(1_025);
    if (body.length == 0) {
      return false;
    }
    if (body.length > 1_024) {
      throw Problem.of(413, "too-large", "Content too large", "the body may have 1024 bytes")
          .asException();
    }
    JsonNode options = BodyReader.read(body);
    List<Fault> faults = new ArrayList<>();
    if (!options.isObject()) {
      faults.add(new Fault("", "must be a JSON object"));
    } else {
      for (String name : options.propertyNames()) {
        if (!name.equals("from")) {
          faults.add(new Fault("/" + shown(name), "unknown property"));
        }
      }
      JsonNode from = options.get("from");
      if (from != null && !(from.isString() && from.stringValue().equals("start"))) {
        faults.add(
            new Fault("/from", "must be \"start\"; leave it out to keep the completed steps"));
      }
    }
    if (!faults.isEmpty()) {
      throw Problem.of(422, "invalid-replay", "The replay cannot be taken", "errors names why")
          .withErrors(faults)
          .asException();
    }
    return options.has("from");
  }

  private static JobId jobId(String id) {
    // Not parse(): that throws for what any caller may type.
    if (id.length() == 36) {
      try {
        return JobId.parse(id);
      } catch (IllegalArgumentException e) {
        throw JobFinder.noSuchJob().asException();
      }
    }
    throw JobFinder.noSuchJob().asException();
  }

  private static int limit(String @Nullable [] values, List<Fault> faults) {
    if (values == null) {
      return DEFAULT_LIMIT;
    }
    if (values.length == 1 && values[0].matches("\\d{1,4}")) {
      int limit = Integer.parseInt(values[0]);
      if (limit >= 1 && limit <= MAX_LIMIT) {
        return limit;
      }
    }
    faults.add(new Fault("", "limit must be a whole number from 1 to " + MAX_LIMIT));
    return DEFAULT_LIMIT;
  }

  private static Predicate<JobView> filter(Map<String, String[]> parameters, List<Fault> faults) {
    Predicate<JobView> wanted = _ -> true;
    String[] statuses = parameters.get("status");
    if (statuses != null) {
      List<JobStatus> accepted = new ArrayList<>();
      for (String status : statuses) {
        JobStatus known = status(status);
        if (known == null) {
          faults.add(new Fault("", "status must be one of " + allStatuses()));
        } else {
          accepted.add(known);
        }
      }
      wanted = wanted.and(job -> accepted.contains(job.status()));
    }
    String[] flows = parameters.get("flow");
    if (flows != null) {
      wanted = wanted.and(job -> List.of(flows).contains(job.spec().flow().value()));
    }
    String[] labels = parameters.get("label");
    if (labels != null) {
      for (String label : labels) {
        int colon = label.indexOf(':');
        if (colon < 1) {
          faults.add(new Fault("", "label must be name:value"));
        } else {
          String name = label.substring(0, colon);
          String value = label.substring(colon + 1);
          wanted = wanted.and(job -> value.equals(job.spec().labels().get(name)));
        }
      }
    }
    return wanted;
  }

  static @Nullable JobStatus status(String wireName) {
    for (JobStatus status : JobStatus.values()) {
      if (status.wireName().equals(wireName)) {
        return status;
      }
    }
    return null;
  }

  private static String allStatuses() {
    StringBuilder all = new StringBuilder();
    for (JobStatus status : JobStatus.values()) {
      all.append(all.isEmpty() ? "" : ", ").append(status.name().toLowerCase(Locale.ROOT));
    }
    return all.toString();
  }

  static String shown(String name) {
    String cut = name.length() > 50 ? name.substring(0, 50) + "…" : name;
    return cut.replaceAll("[^\\x20-\\x7e…]", "?");
  }

  /** What another gateway takes this one to serve. */
  static Set<Integer> asked(HttpServletRequest request) {
    String header = request.getHeader(Owners.PARTITIONS);
    return header == null || !header.matches("\\d{1,6}(,\\d{1,6}){0,9999}")
        ? Set.of()
        : Pattern.compile(",").splitAsStream(header).map(Integer::valueOf).collect(toSet());
  }
}
