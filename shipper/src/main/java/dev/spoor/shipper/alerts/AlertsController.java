package dev.spoor.shipper.alerts;

import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.alert.evaluation.Alert;
import dev.spoor.alert.evaluation.AlertStatus;
import dev.spoor.alert.evaluation.SeriesStatus;
import dev.spoor.alert.rule.Rule;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /v1/alerts} and {@code GET /v1/alerts/rules}. */
@RestController
final class AlertsController {
  private final Rules rules;
  private final Board board;

  AlertsController(Rules rules, Board board) {
    this.rules = rules;
    this.board = board;
  }

  /**
   * The body of {@code /v1/alerts}.
   *
   * @param evaluatedAt absent until there was an evaluation
   */
  private record AlertsBody(@Nullable Instant evaluatedAt, List<Alert> alerts) {}

  private record RulesBody(@Nullable Instant evaluatedAt, List<RuleBody> rules) {}

  private record SeriesBody(
      Map<String, String> labels, String status, @Nullable Double value, long samples) {}

  /**
   * A rule and how it stands.
   *
   * @param status the worst of its series
   * @param series by labels, those that are worst first
   */
  private record RuleBody(
      String name,
      String severity,
      String status,
      List<Duration> windows,
      String threshold,
      Duration holdFor,
      Duration keepFiringFor,
      int minSamples,
      List<String> groupBy,
      String unit,
      String runbook,
      List<SeriesBody> series) {}

  /** Firing first, then pending, then lately resolved. */
  @Requires(Scope.ADMIN)
  @GetMapping("/v1/alerts")
  ResponseEntity<byte[]> alerts() {
    Board.View view = board.view();
    List<Alert> alerts =
        view.alerts().stream()
            .sorted(
                Comparator.comparingInt((Alert alert) -> rank(alert.status()))
                    .thenComparing(Alert::activeAt, Comparator.reverseOrder()))
            .toList();
    return answer(new AlertsBody(view.evaluatedAt(), alerts));
  }

  private static int rank(Alert.Status status) {
    return switch (status) {
      case FIRING -> 0;
      case PENDING -> 1;
      case RESOLVED -> 2;
    };
  }

  @Requires(Scope.ADMIN)
  @GetMapping("/v1/alerts/rules")
  ResponseEntity<byte[]> rules() {
    Board.View view = board.view();
    return answer(
        new RulesBody(
            view.evaluatedAt(),
            rules.all().stream()
                .map(rule -> body(rule, view.byRule().getOrDefault(rule.name(), List.of())))
                .toList()));
  }

  private static RuleBody body(Rule rule, List<SeriesStatus> all) {
    List<SeriesStatus> series =
        all.stream().sorted(Comparator.comparingInt(each -> rank(each.status()))).toList();
    AlertStatus status = series.isEmpty() ? AlertStatus.NO_DATA : series.getFirst().status();
    return new RuleBody(
        rule.name(),
        rule.severity().wireName(),
        status.wireName(),
        rule.reach(),
        rule.threshold().toString(),
        rule.hold(),
        rule.keepFiringFor(),
        rule.minSamples(),
        rule.groupBy(),
        rule.unit().wireName(),
        rule.runbook(),
        series.stream()
            .map(each ->
                new SeriesBody(
                    each.labels(), each.status().wireName(), each.value(), each.samples()))
            .toList());
  }

  private static int rank(AlertStatus status) {
    return switch (status) {
      case FIRING -> 0;
      case PENDING -> 1;
      case RESOLVED -> 2;
      case INACTIVE -> 3;
      case TOO_FEW_SAMPLES -> 4;
      case NO_DATA -> 5;
    };
  }

  private static ResponseEntity<byte[]> answer(Object body) {
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header("Cache-Control", "no-store")
        .body(Json.write(body));
  }
}
