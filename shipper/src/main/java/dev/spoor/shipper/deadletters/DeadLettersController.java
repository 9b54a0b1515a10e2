package dev.spoor.shipper.deadletters;

import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.shipper.ingest.HandedBack;
import dev.spoor.shipper.ingest.IntakeThread;
import dev.spoor.shipper.ingest.Letter;
import dev.spoor.shipper.search.Parameters;
import dev.spoor.store.query.TimeSpan;
import dev.spoor.telemetry.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.core.JacksonException;

/**
 * {@code GET /v1/telemetry/dead-letters} and {@code POST /v1/telemetry/dead-letters/replay}. One
 * call at a time; each ends within {@link #MAX_TIME}, with a {@code next_cursor} if there is more.
 */
@RestController
public final class DeadLettersController {
  static final int DEFAULT_LISTED = 100;
  static final int MAX_LISTED = 1_000;
  static final int MAX_REPLAYED = 10_000;
  static final Duration MAX_TIME = Duration.ofSeconds(15);

  /** Letters that the intake gets at once: parsed, they are in memory together. */
  private static final int PIECE = 500;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final KafkaConnection kafka;
  private final String topic;
  private final IntakeThread intake;
  private final Clock clock;
  private final Semaphore turn = new Semaphore(1);

  public DeadLettersController(
      KafkaConnection kafka, String topic, IntakeThread intake, Clock clock) {
    this.kafka = kafka;
    this.topic = topic;
    this.intake = intake;
    this.clock = clock;
  }

  /** One letter, without its bytes: they may be large, and are what could not be read. */
  private record Listed(
      String identity,
      Instant at,
      String reason,
      String detail,
      @Nullable String origin,
      int bytes,
      boolean whole,
      int partition,
      long offset) {
    static Listed of(Letter letter) {
      byte[] value = letter.value();
      return new Listed(
          letter.identity(),
          letter.at(),
          letter.reason(),
          letter.detail(),
          letter.origin() == null ? null : letter.origin().toString(),
          value == null ? 0 : value.length,
          letter.whole(),
          letter.partition(),
          letter.offset());
    }
  }

  private record Listing(List<Listed> deadLetters, @Nullable String nextCursor) {}

  /**
   * The answer to a replay.
   *
   * @param lookedAt letters that were read, also those of other reasons
   */
  private record Replay(
      boolean dryRun,
      int lookedAt,
      int replayed,
      int already,
      int refused,
      int unreadable,
      int elsewhere,
      @Nullable String nextCursor) {}

  /** What is asked for. */
  private record Wanted(
      @Nullable String reason,
      @Nullable Instant from,
      int limit,
      LetterReader.@Nullable Place place,
      boolean dryRun) {
    boolean has(Letter letter) {
      return reason == null || reason.equals(letter.reason());
    }
  }

  @Requires(Scope.ADMIN)
  @GetMapping("/v1/telemetry/dead-letters")
  ResponseEntity<byte[]> list(HttpServletRequest request) {
    Wanted wanted =
        wanted(request, Set.of("reason", "from", "limit", "cursor"), DEFAULT_LISTED, MAX_LISTED);
    return reading(reader -> {
      LetterReader.Piece piece =
          reader.read(place(reader, wanted), wanted::has, wanted.limit(), deadline());
      return new Listing(piece.letters().stream().map(Listed::of).toList(), cursor(piece.place()));
    });
  }

  @Requires(Scope.ADMIN)
  @PostMapping("/v1/telemetry/dead-letters/replay")
  ResponseEntity<byte[]> replay(HttpServletRequest request) {
    Wanted wanted =
        wanted(
            request,
            Set.of("reason", "from", "limit", "cursor", "dry_run"),
            MAX_REPLAYED,
            MAX_REPLAYED);
    return reading(reader -> {
      long deadline = deadline();
      LetterReader.Place place = place(reader, wanted);
      HandedBack sum = HandedBack.NOTHING;
      int lookedAt = 0;
      int left = wanted.limit();
      while (left > 0 && !place.isEnd() && System.nanoTime() - deadline < 0) {
        LetterReader.Piece piece = reader.read(place, wanted::has, Math.min(left, PIECE), deadline);
        if (!piece.letters().isEmpty()) {
          sum = sum.plus(intake.handBack(piece.letters(), wanted.dryRun(), PATIENCE));
        }
        // Only now: of a piece that failed nothing is known, and it is handed back again.
        place = piece.place();
        lookedAt += piece.lookedAt();
        left -= piece.letters().size();
      }
      return new Replay(
          wanted.dryRun(),
          lookedAt,
          sum.replayed(),
          sum.already(),
          sum.refused(),
          sum.unreadable(),
          sum.elsewhere(),
          cursor(place));
    });
  }

  private interface Work {
    Object with(LetterReader reader) throws IOException;
  }

  private ResponseEntity<byte[]> reading(Work work) {
    if (!turn.tryAcquire()) {
      throw unavailable("another call reads the dead letters");
    }
    try (LetterReader reader = new LetterReader(kafka, topic)) {
      return ResponseEntity.ok()
          .contentType(MediaType.APPLICATION_JSON)
          .header("Cache-Control", "no-store")
          .body(Json.write(work.with(reader)));
    } catch (IOException failed) {
      throw unavailable(String.valueOf(failed.getMessage()));
    } finally {
      turn.release();
    }
  }

  private static RuntimeException unavailable(String why) {
    return Problem.of(
            503,
            "unavailable",
            "Not available now",
            why + "; call again, what is stored already is not stored twice")
        .withRetryAfter(Duration.ofSeconds(5))
        .asException();
  }

  private static long deadline() {
    return System.nanoTime() + MAX_TIME.toNanos();
  }

  private static LetterReader.Place place(LetterReader reader, Wanted wanted) throws IOException {
    return wanted.place() == null ? reader.begin(wanted.from()) : wanted.place();
  }

  private static @Nullable String cursor(LetterReader.Place place) {
    return place.isEnd()
        ? null
        : Base64.getUrlEncoder().withoutPadding().encodeToString(Json.write(place));
  }

  private Wanted wanted(HttpServletRequest request, Set<String> known, int usual, int max) {
    Parameters parameters = new Parameters(request.getParameterMap(), known);
    String reason = parameters.text("reason");
    if (!reason.isEmpty() && !Letter.isReason(reason)) {
      parameters.fault("reason", "must be one of " + Letter.reasons());
    }
    TimeSpan from = parameters.time("from", clock.instant());
    int limit = parameters.number("limit", 1, max, usual);
    LetterReader.Place place = null;
    String cursor = parameters.text("cursor");
    if (!cursor.isEmpty()) {
      try {
        place = Json.read(Base64.getUrlDecoder().decode(cursor), LetterReader.Place.class);
      } catch (IllegalArgumentException | JacksonException | NullPointerException notOne) {
        parameters.fault("cursor", "must be the next_cursor of an earlier answer");
      }
    }
    String dryRun = parameters.text("dry_run");
    if (!Set.of("", "true", "false").contains(dryRun)) {
      parameters.fault("dry_run", "must be true or false");
    }
    parameters.check();
    return new Wanted(
        reason.isEmpty() ? null : reason,
        from == null ? null : from.from(),
        limit,
        place,
        dryRun.equals("true"));
  }
}
