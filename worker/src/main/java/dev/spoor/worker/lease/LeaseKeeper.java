package dev.spoor.worker.lease;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.LedgerInput.Heartbeat;
import dev.spoor.contract.ledger.LedgerInput.Held;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Keeps the leases of this worker: says to each partition of the ledger what the worker holds
 * there, and finds the leases that were not confirmed in time. Thread-safe. It has no thread: the
 * worker's timer calls {@link #beat} every five seconds and {@link #findLost} more often.
 */
public final class LeaseKeeper {
  /** Sends a heartbeat; completes when it is in the log. */
  @FunctionalInterface
  public interface Sender {
    CompletableFuture<Void> send(int partition, Heartbeat heartbeat);
  }

  private final WorkerId workerId;
  private final int partitions;
  private final Duration limit;
  private final Sender sender;
  private final LongSupplier nanoTime;
  private final Consumer<Lease> onLost;
  private final Set<Lease> leases = ConcurrentHashMap.newKeySet();
  private volatile long acknowledgedAt;

  /**
   * @param partitions of {@code ledger-in}
   * @param leaseTimeout the ledger's; a lease that was not confirmed for two thirds of it is lost
   * @param nanoTime a monotonic clock
   * @param onLost told once of each lease that {@link #findLost} finds
   */
  public LeaseKeeper(
      WorkerId workerId,
      int partitions,
      Duration leaseTimeout,
      Sender sender,
      LongSupplier nanoTime,
      Consumer<Lease> onLost) {
    this.workerId = workerId;
    this.partitions = partitions;
    this.limit = leaseTimeout.multipliedBy(2).dividedBy(3);
    this.sender = sender;
    this.nanoTime = nanoTime;
    this.onLost = onLost;
    this.acknowledgedAt = nanoTime.getAsLong();
  }

  /** How long a lease lasts here without a confirmation. */
  public Duration limit() {
    return limit;
  }

  /**
   * A job was granted.
   *
   * @param partition of {@code ledger-in}
   * @param claimSentAt when its claim was sent: the ledger counts from when that was appended
   */
  public Lease hold(JobId jobId, long epoch, int partition, long claimSentAt) {
    Lease lease = new Lease(new Held(jobId, epoch), partition, limit, claimSentAt);
    leases.add(lease);
    return lease;
  }

  /** The job has ended, or was taken away: the ledger hears no more of it. */
  public void drop(Lease lease) {
    lease.lose();
    leases.remove(lease);
  }

  /** Tells each partition what is held there, also when that is nothing. */
  public void beat() {
    findLost();
    List<List<Lease>> byPartition = byPartition();
    for (int partition = 0; partition < partitions; partition++) {
      List<Lease> listed = byPartition.get(partition);
      List<Held> held = listed.stream().map(Lease::held).toList();
      long sentAt = nanoTime.getAsLong();
      var _ =
          sender
              .send(partition, new Heartbeat(workerId, held, false))
              .thenRun(() -> {
                listed.forEach(lease -> lease.confirm(sentAt));
                acknowledgedAt = sentAt;
              });
    }
  }

  /** The last heartbeat: the worker goes on purpose. Completes when all partitions have it. */
  public CompletableFuture<Void> leave() {
    List<CompletableFuture<Void>> sent = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      sent.add(sender.send(partition, new Heartbeat(workerId, List.of(), true)));
    }
    return CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new));
  }

  /** Lets go of every lease that was not confirmed in time. */
  public void findLost() {
    long now = nanoTime.getAsLong();
    List<Lease> overdue = leases.stream().filter(lease -> !lease.isValid(now)).toList();
    for (Lease lease : overdue) {
      if (leases.remove(lease)) {
        onLost.accept(lease);
      }
    }
  }

  /** How long ago the last heartbeat was sent that is known to be in the log. */
  public Duration sinceAcknowledged() {
    return Duration.ofNanos(nanoTime.getAsLong() - acknowledgedAt);
  }

  public int held() {
    return leases.size();
  }

  private List<List<Lease>> byPartition() {
    List<List<Lease>> byPartition = new ArrayList<>(partitions);
    for (int partition = 0; partition < partitions; partition++) {
      byPartition.add(new ArrayList<>());
    }
    for (Lease lease : leases) {
      byPartition.get(lease.partition()).add(lease);
    }
    return byPartition;
  }
}
