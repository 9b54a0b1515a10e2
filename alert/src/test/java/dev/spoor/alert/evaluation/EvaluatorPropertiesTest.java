package dev.spoor.alert.evaluation;

import static dev.spoor.alert.evaluation.Emitted.at;
import static dev.spoor.alert.evaluation.Emitted.http;
import static dev.spoor.alert.evaluation.Emitted.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.alert.rule.RuleFile;
import dev.spoor.alert.rule.Rules;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class EvaluatorPropertiesTest {
  /** Without the hours-long windows, which the story is too short for. */
  private static final Rules SHIPPED =
      RuleFile.shipped().without(List.of("JobFailureBudgetFast", "JobFailureBudgetSlow"));

  record Timed(Instant at, JsonNode record) {}

  static LongStream seeds() {
    return LongStream.range(1, 9);
  }

  /** An hour in which things go well and badly in turn. */
  private static List<Timed> story(Random random) {
    List<Timed> records = new ArrayList<>();
    double errors = 0;
    double agentErrors = 0;
    double memory = 0.5;
    for (int second = 0; second < 3600; second++) {
      if (random.nextInt(120) == 0) {
        errors = random.nextInt(3) == 0 ? random.nextDouble() : 0;
        agentErrors = random.nextInt(3) == 0 ? random.nextDouble() : 0;
        memory = random.nextDouble();
      }
      Instant at = at(Duration.ofMillis(second * 1000L + random.nextInt(1000)));
      records.add(
          new Timed(
              at,
              http(
                  random.nextDouble() < errors ? 503 : 200,
                  Math.exp(random.nextGaussian() * 2 + 6))));
      records.add(
          new Timed(at, Emitted.agent("a" + random.nextInt(3), random.nextDouble() < agentErrors)));
      if (second % 10 == 0) {
        records.add(new Timed(at, Emitted.memory("i1", memory)));
        records.add(new Timed(at, record(Map.of("event", "runtime.sample", "jobs_in_flight", 1))));
      }
      if (random.nextInt(300) == 0) {
        records.add(new Timed(at, record(Map.of("event", "job.dead"))));
      }
    }
    return records;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void quantilesAreWithinOnePercentOfARealValue(long seed) {
    Random random = new Random(seed);
    Evaluator evaluator = new Evaluator(SHIPPED, at(0), 100);
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      double value = Math.exp(random.nextGaussian() * 3 + 5);
      values.add(value);
      evaluator.add(http(200, value), at(1 + random.nextInt(290)));
    }
    evaluator.evaluate(at(295));
    Double found = evaluator.status("HighP95Latency").getFirst().value();
    Collections.sort(values);
    double exact = values.get((int) Math.floor(0.95 * (values.size() - 1)));
    assertThat(found).as("seed %d", seed).isNotNull();
    assertThat(Math.abs(found - exact) / exact).as("seed %d", seed).isLessThanOrEqualTo(0.01);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aSnapshotAtAnyPointChangesNothing(long seed) {
    Random random = new Random(seed);
    List<Timed> story = story(random);
    assertThat(run(story, new Random(seed), 0.1))
        .as("seed %d", seed)
        .isEqualTo(run(story, null, 0));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theOrderWithinAnEvaluationChangesNothing(long seed) {
    Random random = new Random(seed);
    List<Timed> story = story(random);
    List<Timed> mixed = new ArrayList<>();
    for (int from = 0; from < story.size(); from += 50) {
      List<Timed> some = new ArrayList<>(story.subList(from, Math.min(story.size(), from + 50)));
      Collections.shuffle(some, random);
      mixed.addAll(some);
    }
    // All of it is there before the first evaluation looks, so only panes tell the times apart.
    assertThat(afterAll(mixed)).as("seed %d", seed).isEqualTo(afterAll(story));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyFiringIsResolvedOnceAndNoneOverlap(long seed) {
    List<Alert> told = run(story(new Random(seed)), null, 0);
    assertThat(told).as("seed %d", seed).isNotEmpty();
    told.stream()
        .map(Alert::series)
        .distinct()
        .forEach(series -> {
          List<Alert> own = told.stream().filter(alert -> alert.series().equals(series)).toList();
          for (int i = 0; i < own.size(); i++) {
            assertThat(own.get(i).status())
                .as("seed %d, %s", seed, series)
                .isEqualTo(i % 2 == 0 ? Alert.Status.FIRING : Alert.Status.RESOLVED);
            if (i % 2 == 1) {
              assertThat(own.get(i).startsAt()).isEqualTo(own.get(i - 1).startsAt());
            }
          }
          assertThat(own.getLast().status())
              .as("a silent system is a calm one")
              .isEqualTo(Alert.Status.RESOLVED);
        });
  }

  private static List<Alert> afterAll(List<Timed> records) {
    Evaluator evaluator = new Evaluator(SHIPPED, at(0), 100);
    records.forEach(each -> evaluator.add(each.record, each.at));
    List<Alert> told = new ArrayList<>();
    for (int second = 5; second <= 3600 + 1500; second += 5) {
      told.addAll(evaluator.evaluate(at(second)));
    }
    return told.stream().sorted(java.util.Comparator.comparing(Alert::toString)).toList();
  }

  /** Told in order; with a chance of a restart from a snapshot after each evaluation. */
  private static List<Alert> run(
      List<Timed> story, @org.jspecify.annotations.Nullable Random restarts, double chance) {
    Evaluator evaluator = new Evaluator(SHIPPED, at(0), 100);
    List<Alert> told = new ArrayList<>();
    int next = 0;
    for (int second = 5; second <= 3600 + 1500; second += 5) {
      while (next < story.size() && !story.get(next).at.isAfter(at(second))) {
        evaluator.add(story.get(next).record, story.get(next).at);
        next++;
      }
      told.addAll(evaluator.evaluate(at(second)));
      if (restarts != null && second < 3700 && restarts.nextDouble() < chance) {
        Snapshot read = Json.read(Json.write(evaluator.snapshot()), Snapshot.class);
        evaluator = Evaluator.restore(SHIPPED, read, 100);
      }
    }
    return told;
  }
}
