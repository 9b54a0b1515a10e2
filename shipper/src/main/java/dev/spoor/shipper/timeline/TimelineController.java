package dev.spoor.shipper.timeline;

import dev.spoor.access.Caller;
import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.shipper.search.OwnRecords;
import dev.spoor.shipper.search.Searches;
import dev.spoor.store.Hit;
import dev.spoor.store.Page;
import dev.spoor.store.Position;
import dev.spoor.store.Search;
import dev.spoor.store.query.Query;
import dev.spoor.telemetry.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** {@code GET /v1/timeline/{job_id}}. */
@RestController
public final class TimelineController {
  /** A job with more records than this gets a timeline of its first ones, and it says so. */
  static final int MAX_RECORDS = 10_000;

  private static final int PAGE = 1_000;

  private final Searches searches;

  public TimelineController(Searches searches) {
    this.searches = searches;
  }

  @Requires(Scope.READ)
  @GetMapping("/v1/timeline/{jobId}")
  ResponseEntity<byte[]> timeline(@PathVariable("jobId") String jobId, HttpServletRequest request) {
    Query query =
        OwnRecords.of(
            Caller.of(request),
            new Query.Bool(
                List.of(
                    new Query.Clause(Query.Occur.MUST, Query.exact(Fields.JOB_ID, jobId)),
                    new Query.Clause(
                        Query.Occur.MUST_NOT, Query.exact(Fields.EVENT, Events.LOG)))));
    List<JsonNode> records = new ArrayList<>();
    Position after = null;
    Page page;
    do {
      page = searches.search(new Search(query, null, null, false, PAGE, after, searches.timeout()));
      for (Hit hit : page.hits()) {
        records.add(Json.tree(hit.json()));
        after = hit.position();
      }
    } while (page.more() && records.size() < MAX_RECORDS);
    if (records.isEmpty()) {
      throw Problem.of(
              404,
              "no-trail",
              "No trail",
              "no record of this job is in the store; it may be on its way for a second")
          .asException();
    }
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header("Cache-Control", "no-store")
        .body(Json.write(TimelineBuilder.build(jobId, records, page.more())));
  }
}
