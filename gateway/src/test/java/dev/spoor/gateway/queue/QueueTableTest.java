package dev.spoor.gateway.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.QueueStats;
import dev.spoor.contract.wire.Json;
import dev.spoor.testkit.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class QueueTableTest {
  private final SettableClock clock = SettableClock.at(Instant.parse("2030-01-01T00:00:00Z"));
  private final QueueTable table = new QueueTable(() -> 2, clock);

  private void count(int partition, long queued) {
    table.accept(
        new ConsumerRecord<>(
            "q",
            0,
            0,
            new byte[] {'0'},
            Json.write(
                new QueueStats(
                    partition,
                    "owner-" + partition,
                    "http://10.0.0." + partition + ":8080",
                    clock.instant(),
                    Map.of(JobStatus.QUEUED, queued, JobStatus.RUNNING, 9L),
                    Map.of(Priority.HIGH, queued),
                    Map.of(TenantId.DEFAULT, queued),
                    null,
                    List.of("w"),
                    1))));
  }

  @Test
  void knowsNoDepthUntilAllPartitionsAreCounted() {
    assertThat(table.current()).isEmpty();
    count(0, 5);
    assertThat(table.current()).isEmpty();
    count(1, 2);
    assertThat(table.current()).hasValue(7);
    count(1, 3);
    assertThat(table.current()).hasValue(8);
  }

  @Test
  void forgetsDepthThatIsOld() {
    count(0, 5);
    count(1, 2);
    clock.advance(Duration.ofSeconds(11));
    count(0, 5);
    assertThat(table.current()).isEmpty();
    assertThat(table.total().complete()).isFalse();
    assertThat(table.total().count(JobStatus.QUEUED)).isEqualTo(7);
  }

  @Test
  void countsAWorkerOnce() {
    count(0, 0);
    count(1, 0);
    assertThat(table.total().workers()).containsExactly("w");
  }
}
