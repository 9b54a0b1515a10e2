package dev.spoor.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What a demo submits and how it judges; the whole of it runs in {@code DemoIT}. */
class DemoTest {
  @Test
  void aShortOneHasAllKinds() {
    List<DemoJobs.Job> jobs = jobs(7, 1);
    assertThat(jobs.stream().map(DemoJobs.Job::flow).collect(Collectors.toSet()))
        .isEqualTo(Set.of("echo", "review-story", "sleep", "log", "fail"));
    assertThat(jobs.stream().map(DemoJobs.Job::end).collect(Collectors.toSet()))
        .isEqualTo(Set.of(JobStatus.SUCCEEDED, JobStatus.DEAD, JobStatus.FAILED));
  }

  @Test
  void aSeedSubmitsTheSameAgain() {
    assertThat(jobs(200, 5)).isEqualTo(jobs(200, 5)).isNotEqualTo(jobs(200, 6));
  }

  @Test
  void secretsAreInTheMessageBesideTheWordThatFindsIt() {
    List<DemoJobs.Job> planted =
        jobs(200, 3).stream().filter(job -> !job.secrets().isEmpty()).toList();
    assertThat(planted).isNotEmpty();
    for (DemoJobs.Job job : planted) {
      assertThat(job.input().path("message").asString()).contains("marker").contains(job.secrets());
    }
  }

  @Test
  void aJobThatEndsInAnotherWayIsNotAsPlanned() {
    DemoJobs.Job job = jobs(1, 1).getFirst();
    assertThat(job.end()).isEqualTo(JobStatus.SUCCEEDED);
    assertThat(Demo.Done.of(job, status("succeeded")).isAsPlanned()).isTrue();
    assertThat(Demo.Done.of(job, status("dead")).isAsPlanned()).isFalse();
    assertThat(Demo.Done.of(job, JobFollower.nothing()).isAsPlanned()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "999ms", "25h", "soon", "-1m", ""})
  void aLengthThatCannotBeIsNamed(String length) {
    assertThatThrownBy(() -> Demo.Plan.of(length, 10, null))
        .isInstanceOf(CliException.class)
        .hasMessage("--for must be from 1s to 24h, was " + length + ".");
  }

  @Test
  void aRateThatCannotBeIsNamed() {
    assertThatThrownBy(() -> Demo.Plan.of("1m", 0, null))
        .hasMessage("--rate must be from 1 to 1000, was 0.");
    assertThat(Demo.Plan.of("90s", 20, 1L).jobs()).isEqualTo(1_800);
  }

  @Test
  void theBarIsAsLongAsTheTimeThatHasPassed() {
    assertThat(DemoView.bar(Duration.ofSeconds(15), Duration.ofMinutes(1)))
        .isEqualTo("█".repeat(7) + "░".repeat(23) + " 15.0 s of 1 min 00 s");
    assertThat(DemoView.bar(Duration.ofSeconds(90), Duration.ofMinutes(1)))
        .startsWith("█".repeat(30) + " 1 min 00 s of");
  }

  private static List<DemoJobs.Job> jobs(int count, long seed) {
    DemoJobs jobs = new DemoJobs(new Random(seed), "marker");
    List<DemoJobs.Job> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(jobs.next());
    }
    return all;
  }

  private static JsonNode status(String status) {
    return Json.mapper().createObjectNode().put("status", status);
  }
}
