package dev.spoor.shipper.search;

import dev.spoor.access.Caller;
import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.wire.Json;
import dev.spoor.store.Hit;
import dev.spoor.store.Page;
import dev.spoor.store.Position;
import dev.spoor.store.Search;
import dev.spoor.store.query.Query;
import dev.spoor.store.query.QueryParser;
import dev.spoor.store.query.QuerySyntaxException;
import dev.spoor.store.query.TimeSpan;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /v1/logs} and {@code GET /v1/logs/tail}. */
@RestController
public final class LogsController {
  static final int DEFAULT_LIMIT = 100;
  static final int MAX_LIMIT = 1000;

  private final Searches searches;
  private final TailStreams tails;
  private final Clock clock;

  public LogsController(Searches searches, TailStreams tails, Clock clock) {
    this.searches = searches;
    this.tails = tails;
    this.clock = clock;
  }

  /**
   * Newest first unless {@code order=asc}. A page may be shorter than {@code limit} and still have
   * a {@code next_cursor}. {@code to} includes the time that it names.
   */
  @Requires(Scope.READ)
  @GetMapping("/v1/logs")
  ResponseEntity<byte[]> logs(HttpServletRequest request) throws IOException {
    Parameters parameters =
        new Parameters(
            request.getParameterMap(), Set.of("q", "from", "to", "limit", "cursor", "order"));
    List<String> search =
        List.of(
            parameters.text("q"),
            parameters.text("from"),
            parameters.text("to"),
            parameters.text("order"));
    Cursor cursor = cursor(parameters, search);
    Instant now = cursor == null ? clock.instant() : cursor.now();
    Query query = query(parameters, now);
    TimeSpan from = parameters.time("from", now);
    TimeSpan to = parameters.time("to", now);
    int limit = parameters.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT);
    String order = parameters.text("order");
    if (!Set.of("", "asc", "desc").contains(order)) {
      parameters.fault("order", "must be asc (oldest first) or desc");
    }
    parameters.check();
    Page page =
        searches.search(
            new Search(
                OwnRecords.of(Caller.of(request), query),
                from == null ? null : from.from(),
                to == null ? null : to.until(),
                !order.equals("asc"),
                limit,
                cursor == null ? null : cursor.position(),
                searches.timeout()));
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header("Cache-Control", "no-store")
        .body(body(page, now, search));
  }

  /** New records as they come, as Server-Sent Events, until the client goes. */
  @Requires(Scope.READ)
  @GetMapping("/v1/logs/tail")
  void tail(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Parameters parameters = new Parameters(request.getParameterMap(), Set.of("q"));
    Query query = query(parameters, clock.instant());
    parameters.check();
    tails.stream(OwnRecords.of(Caller.of(request), query), response);
  }

  private static @Nullable Cursor cursor(Parameters parameters, List<String> search) {
    String text = parameters.text("cursor");
    if (text.isEmpty()) {
      return null;
    }
    Cursor cursor = Cursor.decode(text).orElse(null);
    if (cursor == null) {
      parameters.fault("cursor", "must be the next_cursor of an earlier answer");
    } else if (!cursor.belongsTo(search)) {
      parameters.fault("cursor", "belongs to a search with another q, from, to or order");
    }
    return cursor;
  }

  private static Query query(Parameters parameters, Instant now) {
    try {
      return QueryParser.parse(parameters.text("q"), now);
    } catch (QuerySyntaxException wrong) {
      parameters.fault("q", String.valueOf(wrong.getMessage()));
      return new Query.Everything();
    }
  }

  /** The records as they were written, byte for byte, in an object. */
  private static byte[] body(Page page, Instant now, List<String> search) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream(1024);
    body.write("{\"records\":[".getBytes(StandardCharsets.UTF_8));
    boolean first = true;
    for (Hit hit : page.hits()) {
      if (!first) {
        body.write(',');
      }
      first = false;
      body.write(hit.json());
    }
    body.write(']');
    if (page.more()) {
      Position last = page.hits().getLast().position();
      body.write(",\"next_cursor\":".getBytes(StandardCharsets.UTF_8));
      body.write(Json.write(Cursor.behind(last, now, search).encode()));
    }
    body.write('}');
    return body.toByteArray();
  }
}
