package dev.spoor.shipper.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.store.query.TimeSpan;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RefresherTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  private static final long LATE = Duration.ofMinutes(3).toMillis();

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final MemoryStore store = new MemoryStore(new Random(1), _ -> false);
  private final Refresher refresher =
      new Refresher(store, new IntakeMeters(meters, "store"), Clock.fixed(NOW, ZoneOffset.UTC));

  @AfterEach
  void close() {
    refresher.close();
  }

  private void commit(int records, long late) {
    for (int i = 0; i < records; i++) {
      refresher.taken(TimeSpan.nanos(NOW.minusSeconds(2)), late);
    }
    refresher.committed();
  }

  private long searchable() {
    return meters.get("spoor.shipper.delay").timer().count();
  }

  @Test
  void freshRecordsAreDueWithEveryCommit() throws Exception {
    for (int commit = 0; commit < 3; commit++) {
      assertThat(refresher.isDue()).isFalse();
      commit(10, 0);
      assertThat(refresher.isDue()).isTrue();
      refresher.begin();
    }
    refresher.await();
    assertThat(searchable()).isEqualTo(30);
    assertThat(meters.get("spoor.shipper.delay").timer().totalTime(TimeUnit.SECONDS)).isEqualTo(60);
  }

  @Test
  void lateOnesWaitAsLongAgain() throws Exception {
    commit(10, LATE);
    refresher.begin();
    commit(10, LATE);
    assertThat(refresher.isOwed()).isTrue();
    assertThat(refresher.isDue()).isFalse();
    // Fresh ones among them do not wait for so long.
    commit(100_000, 0);
    assertThat(refresher.isDue()).isTrue();
  }

  @Test
  void aClockThatIsWrongMakesNobodyWait() throws Exception {
    commit(1, 0);
    refresher.begin();
    commit(10, -LATE);
    assertThat(refresher.isDue()).isTrue();
  }

  @Test
  void whatIsCommittedIsPartOfTheNextOneIfTheRestIsForgotten() throws Exception {
    commit(3, LATE);
    refresher.taken(TimeSpan.nanos(NOW), 0);
    refresher.forget();
    commit(2, 0);
    refresher.begin();
    refresher.await();
    assertThat(searchable()).isEqualTo(5);
    assertThat(refresher.isOwed()).isFalse();
  }

  @Test
  void whatIsForgottenAndTakenAgainCountsOnce() throws Exception {
    commit(1, 0);
    refresher.begin();
    commit(1, 0);
    for (int tries = 0; tries < 100; tries++) {
      refresher.taken(TimeSpan.nanos(NOW), LATE);
      refresher.forget();
    }
    refresher.committed();
    // Late by nothing: the late one was never committed.
    assertThat(refresher.isDue()).isTrue();
  }

  @Test
  void aRefreshThatFailsIsToldOnce() throws Exception {
    store.failWithProbability(1);
    commit(3, 0);
    refresher.begin();
    assertThatThrownBy(refresher::await).isInstanceOf(IOException.class);
    store.failWithProbability(0);
    refresher.await();
    assertThat(searchable()).isZero();
  }

  @Test
  void aRefreshThatFailsIsMadeAgainThoughNothingIsCommittedSince() throws Exception {
    store.failWithProbability(1);
    commit(3, LATE);
    refresher.begin();
    assertThatThrownBy(refresher::await).isInstanceOf(IOException.class);
    assertThat(refresher.isOwed()).isTrue();
    assertThat(refresher.isDue()).isTrue();
    store.failWithProbability(0);
    refresher.begin();
    refresher.await();
    assertThat(refresher.isOwed()).isFalse();
    assertThat(refresher.isDue()).isFalse();
  }

  @Test
  void aRefreshThatNobodyWaitedForIsMadeAgain() throws Exception {
    commit(3, 0);
    refresher.begin();
    refresher.forget();
    assertThat(refresher.isOwed()).isTrue();
    refresher.begin();
    refresher.await();
    assertThat(refresher.isOwed()).isFalse();
  }
}
