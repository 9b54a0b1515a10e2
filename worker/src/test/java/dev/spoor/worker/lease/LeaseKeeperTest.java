package dev.spoor.worker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.LedgerInput.Heartbeat;
import dev.spoor.contract.ledger.LedgerInput.Held;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {
  private static final JobId JOB = JobId.parse("0198b1a2-0000-7000-8000-000000000001");
  private static final JobId OTHER = JobId.parse("0198b1a2-0000-7000-8000-000000000002");

  /** Two thirds of 30 s. */
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private record Sent(int partition, Heartbeat heartbeat, CompletableFuture<Void> written) {}

  private long now = 1_000_000_000L;
  private final List<Sent> sent = new ArrayList<>();
  private final List<Lease> lost = new ArrayList<>();
  private final LeaseKeeper keeper =
      new LeaseKeeper(
          new WorkerId("w"),
          2,
          Duration.ofSeconds(30),
          (partition, heartbeat) -> {
            Sent each = new Sent(partition, heartbeat, new CompletableFuture<>());
            sent.add(each);
            return each.written();
          },
          () -> now,
          lost::add);

  @Test
  void tellsEachPartitionWhatIsHeldThereAlsoNothing() {
    keeper.hold(JOB, 7, 1, now);
    keeper.beat();
    assertThat(sent).extracting(Sent::partition).containsExactly(0, 1);
    assertThat(sent.get(0).heartbeat())
        .isEqualTo(new Heartbeat(new WorkerId("w"), List.of(), false));
    assertThat(sent.get(1).heartbeat())
        .isEqualTo(new Heartbeat(new WorkerId("w"), List.of(new Held(JOB, 7)), false));
  }

  @Test
  void aLeaseEndsTwoThirdsAfterItsClaimWasSent() {
    Lease lease = keeper.hold(JOB, 1, 0, now);
    advance(LIMIT.minusNanos(1));
    assertThat(lease.isValid(now)).isTrue();
    advance(Duration.ofNanos(1));
    assertThat(lease.isValid(now)).isFalse();
  }

  @Test
  void anAcknowledgedHeartbeatCountsFromItsSending() {
    Lease lease = keeper.hold(JOB, 1, 0, now);
    advance(Duration.ofSeconds(5));
    keeper.beat();
    advance(Duration.ofSeconds(12));
    acknowledgeAll();
    advance(Duration.ofSeconds(8).minusNanos(1));
    assertThat(lease.isValid(now)).isTrue();
    advance(Duration.ofNanos(1));
    assertThat(lease.isValid(now)).isFalse();
  }

  @Test
  void anUnacknowledgedHeartbeatExtendsNothing() {
    Lease lease = keeper.hold(JOB, 1, 0, now);
    for (int i = 0; i < 4; i++) {
      advance(Duration.ofSeconds(5));
      keeper.beat();
    }
    keeper.findLost();
    assertThat(lost).containsExactly(lease);
    assertThat(keeper.held()).isZero();
  }

  @Test
  void aProcessThatWasFrozenForTooLongIsNotFooledByItsNextHeartbeat() {
    Lease lease = keeper.hold(JOB, 1, 0, now);
    keeper.beat();
    acknowledgeAll();
    // Frozen. The timer's thread wakes first, sends and is acknowledged before anyone looks.
    advance(Duration.ofSeconds(60));
    keeper.beat();
    acknowledgeAll();
    assertThat(lease.isValid(now)).isFalse();
    assertThat(lost).containsExactly(lease);
  }

  @Test
  void aLateAcknowledgementOfATooLateHeartbeatFoolsNobody() {
    Lease lease = keeper.hold(JOB, 1, 0, now);
    long frozenUntil = now + LIMIT.toNanos();
    lease.confirm(frozenUntil);
    assertThat(lease.isValid(frozenUntil)).isFalse();
  }

  @Test
  void aHeartbeatThatDoesNotListTheJobDoesNotExtendIt() {
    keeper.beat();
    Lease lease = keeper.hold(JOB, 1, 0, now);
    advance(Duration.ofSeconds(19));
    acknowledgeAll();
    advance(Duration.ofSeconds(1));
    assertThat(lease.isValid(now)).isFalse();
  }

  @Test
  void whatWasDroppedIsNotListed() {
    Lease lease = keeper.hold(JOB, 1, 0, now);
    keeper.hold(OTHER, 2, 0, now);
    keeper.drop(lease);
    keeper.beat();
    assertThat(sent.getFirst().heartbeat().held()).containsExactly(new Held(OTHER, 2));
    assertThat(lost).isEmpty();
  }

  @Test
  void theLastHeartbeatSaysThatTheWorkerLeaves() {
    CompletableFuture<Void> told = keeper.leave();
    assertThat(sent).hasSize(2).allMatch(each -> each.heartbeat().leaving());
    assertThat(told).isNotDone();
    acknowledgeAll();
    assertThat(told).isDone();
  }

  @Test
  void knowsForHowLongNobodyHasHeardOfTheWorker() {
    keeper.beat();
    acknowledgeAll();
    advance(Duration.ofSeconds(7));
    assertThat(keeper.sinceAcknowledged()).isEqualTo(Duration.ofSeconds(7));
  }

  private void advance(Duration time) {
    now += time.toNanos();
  }

  private void acknowledgeAll() {
    sent.forEach(each -> each.written().complete(null));
  }
}
