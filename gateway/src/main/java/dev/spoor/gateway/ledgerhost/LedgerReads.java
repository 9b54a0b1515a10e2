package dev.spoor.gateway.ledgerhost;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.ledger.QueueStats;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.JobReads;
import dev.spoor.gateway.ledger.JobView;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;

/** Reads what is committed, from the local store, without a word to the ledger's thread. */
final class LedgerReads implements JobReads {
  private static final long WAIT_NANOS = Duration.ofSeconds(1).toNanos();

  private final Topics topics;
  private final int partitions;
  private final Admin admin;
  private final Map<Integer, OwnedPartition> owned;
  private final QueueStatsView stats;
  private final String instance;

  LedgerReads(
      Topics topics,
      int partitions,
      Admin admin,
      Map<Integer, OwnedPartition> owned,
      QueueStatsView stats,
      String instance) {
    this.topics = topics;
    this.partitions = partitions;
    this.admin = admin;
    this.owned = owned;
    this.stats = stats;
    this.instance = instance;
  }

  @Override
  public Found job(JobId jobId) {
    long start = System.nanoTime();
    int partition = partitionOf(jobId);
    OwnedPartition here = owned.get(partition);
    if (here == null) {
      return elsewhere(partition);
    }
    try {
      Optional<JobView> found = look(here, jobId);
      if (found.isPresent()) {
        return new Found.Here(found.get());
      }
      // A submit that was accepted a moment ago may lie in the log still.
      long end = LedgerTopics.end(admin, new TopicPartition(topics.ledgerIn(), partition));
      if (!here.awaitRead(end, WAIT_NANOS - (System.nanoTime() - start))) {
        return new Found.Moving();
      }
      return look(here, jobId)
          .<Found>map(Found.Here::new)
          .orElseGet(() -> owned.get(partition) == here ? new Found.Absent() : new Found.Moving());
    } catch (IllegalStateException e) {
      // The store was closed under our feet, or Kafka does not answer: not known now.
      return new Found.Moving();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Found.Moving();
    }
  }

  private static Optional<JobView> look(OwnedPartition partition, JobId jobId) {
    RocksStore store = partition.store;
    if (store == null || partition.snapshot() == null) {
      return Optional.empty();
    }
    return store.read(jobId).map(LedgerReads::view);
  }

  private static JobView view(RocksStore.Read read) {
    byte[] result = read.result();
    return read.job().view(result == null ? null : Json.tree(result));
  }

  private Found elsewhere(int partition) {
    QueueStats last = stats.fresh(partition);
    if (last == null || last.owner().equals(instance)) {
      return new Found.Moving();
    }
    return new Found.Elsewhere(URI.create(last.ownerUrl()));
  }

  /** As every producer's default partitioner has it for a key of this text. */
  private int partitionOf(JobId jobId) {
    return Utils.toPositive(Utils.murmur2(jobId.toString().getBytes(UTF_8))) % partitions;
  }

  @Override
  public Newest newest(NewestQuery query) {
    List<RocksStore.Newest> parts = new ArrayList<>();
    Round round = round(store -> parts.add(store.newest(query)));
    return new Newest(
        parts.stream()
            .flatMap(part -> part.jobs().stream())
            .sorted(Comparator.comparing(JobView::createdAt).reversed())
            .limit(query.limit())
            .toList(),
        parts.stream().anyMatch(RocksStore.Newest::truncated),
        round.here(),
        round.elsewhere(),
        round.moving());
  }

  @Override
  public Ended ended(EndedQuery query) {
    List<Stretch<JobView>> all = new ArrayList<>();
    Round round = round(store -> all.add(store.ended(query)));
    return new Ended(
        Stretch.merge(all, query.limit()), round.here(), round.elsewhere(), round.moving());
  }

  private record Round(Set<Integer> here, Map<URI, Set<Integer>> elsewhere, boolean moving) {}

  /** Reads every partition that is served here, and says where the others are. */
  private Round round(Consumer<RocksStore> read) {
    Set<Integer> here = new HashSet<>();
    Map<URI, Set<Integer>> elsewhere = new HashMap<>();
    boolean moving = false;
    for (int partition = 0; partition < partitions; partition++) {
      OwnedPartition mine = owned.get(partition);
      if (mine != null) {
        if (read(mine, read)) {
          here.add(partition);
        } else {
          moving = true;
        }
      } else if (elsewhere(partition) instanceof Found.Elsewhere(URI owner)) {
        elsewhere.computeIfAbsent(owner, _ -> new HashSet<>()).add(partition);
      } else {
        moving = true;
      }
    }
    return new Round(here, elsewhere, moving);
  }

  /** False, and nothing is read, while the partition is not served. */
  private static boolean read(OwnedPartition partition, Consumer<RocksStore> read) {
    RocksStore store = partition.store;
    if (store == null || partition.snapshot() == null) {
      return false;
    }
    try {
      read.accept(store);
      return true;
    } catch (IllegalStateException e) {
      // The store was closed under our feet.
      return false;
    }
  }
}
