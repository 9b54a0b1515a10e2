package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.Changes;
import dev.spoor.gateway.ledger.LedgerPartition;
import dev.spoor.gateway.ledger.LedgerRules;
import dev.spoor.gateway.ledger.Noted;
import dev.spoor.gateway.ledger.Output;
import dev.spoor.gateway.ledger.StoreFailedException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Cache;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledger's one thread: reads a batch of {@code ledger-in}, applies the rules above what is
 * committed, and commits outputs, changelog and offsets as one transaction; only then the local
 * store takes the changes over, and dispatches go to the queues. So whatever fails in between,
 * nothing has happened.
 *
 * <p>A partition is served once its changelog is read back to the end ({@link OwnedPartitions}).
 * Whatever went wrong and cannot be undone by an abort ends in the same way: a new producer, which
 * ends what the old one left open, and the changelog read back from where the local store is.
 */
final class LedgerLoop {
  private static final Logger log = LoggerFactory.getLogger(LedgerLoop.class);
  private static final Duration IDLE_POLL = Duration.ofSeconds(1);
  private static final int MAX_DUE = 2_000;

  /** Longer than what one transaction reads was in coming, but for the end of an outage. */
  private static final Duration DISPATCHED_LATELY = Duration.ofMinutes(1);

  private final LedgerClients clients;
  private final Topics topics;
  private final LedgerSettings settings;
  private final Outbox outbox;
  private final LedgerMeters meters;
  private final Dispatcher dispatcher;
  private final Consumer<byte[], byte[]> consumer;
  private final OwnedPartitions partitions;

  private @Nullable Producer<byte[], byte[]> producer;
  private volatile boolean stopping;
  private volatile @Nullable RuntimeException failure;
  private long lastBegunNanos = System.nanoTime();
  private boolean moreDue;
  private int failuresInARow;

  /** After an abort each record has a transaction of its own, until a batch is through again. */
  private boolean oneByOne;

  /** A record that cannot be committed, whatever is tried. */
  private @Nullable Poison poison;

  private record Poison(int partition, long offset, String reason) {}

  LedgerLoop(
      LedgerClients clients,
      Topics topics,
      LedgerSettings settings,
      LedgerRules rules,
      Outbox outbox,
      Map<String, String> origin,
      Path dir,
      Cache cache,
      Admin admin,
      LedgerMeters meters,
      ConcurrentHashMap<Integer, OwnedPartition> owned) {
    this.clients = clients;
    this.topics = topics;
    this.settings = settings;
    this.outbox = outbox;
    this.meters = meters;
    this.dispatcher = new Dispatcher(clients::dispatching, outbox);
    this.consumer = clients.owner();
    this.partitions =
        new OwnedPartitions(
            clients,
            topics,
            rules,
            settings.leaseTimeout(),
            origin,
            dir,
            cache,
            admin,
            consumer,
            owned);
  }

  void run() {
    try {
      consumer.subscribe(List.of(topics.ledgerIn()), partitions);
      while (!stopping) {
        try {
          turn();
        } catch (WakeupException e) {
          // Only to notice that it should stop.
        } catch (InterruptException e) {
          stopping = true;
        } catch (FencedInstanceIdException e) {
          failure = e;
          stopping = true;
          log.error(
              "Another gateway runs under this instance's name and has taken its place: give each a"
                  + " SPOOR_INSTANCE of its own",
              e);
        } catch (LostInputException e) {
          failure = e;
          stopping = true;
          log.error("The ledger cannot go on: {}", e.getMessage());
        } catch (RuntimeException e) {
          recover(e);
        }
      }
    } finally {
      close();
    }
  }

  void stop() {
    stopping = true;
    consumer.wakeup();
  }

  /** Why the loop has ended by itself; null if it has not. */
  @Nullable RuntimeException failure() {
    return failure;
  }

  private void turn() {
    boolean restoring = false;
    for (OwnedPartition partition : partitions) {
      if (partition.rules == null) {
        restoring |= !served(partition);
      }
    }
    List<ConsumerRecord<byte[], byte[]>> batch = poll(restoring ? Duration.ZERO : IDLE_POLL);
    if (batch.isEmpty()) {
      return;
    }
    gather(batch);
    boolean committed = oneByOne ? commitOneByOne(batch) : commit(batch);
    while (committed && moreDue && !stopping) {
      // Jobs whose time has come in a crowd: in bounded pieces.
      committed = commit(List.of());
    }
  }

  private boolean commitOneByOne(List<ConsumerRecord<byte[], byte[]>> batch) {
    for (ConsumerRecord<byte[], byte[]> record : batch) {
      // What comes behind an aborted one is fetched again: it must not overtake it.
      if (!commit(List.of(record))) {
        return false;
      }
    }
    oneByOne = false;
    return true;
  }

  private List<ConsumerRecord<byte[], byte[]>> poll(Duration atMost) {
    List<ConsumerRecord<byte[], byte[]>> batch = new ArrayList<>();
    consumer.poll(atMost).forEach(batch::add);
    return batch;
  }

  /**
   * At once when idle; under load a transaction carries what comes in {@code minGap}: small batches
   * cost as much as large ones.
   */
  private void gather(List<ConsumerRecord<byte[], byte[]>> batch) {
    long due = lastBegunNanos + settings.minGap().toNanos();
    long left = due - System.nanoTime();
    while (left > 0 && batch.size() < settings.maxBatch() && !stopping) {
      batch.addAll(poll(Duration.ofNanos(left)));
      left = due - System.nanoTime();
    }
  }

  // ---- one transaction

  /** Whether the transaction is through; if not, nothing of it has happened. */
  private boolean commit(List<ConsumerRecord<byte[], byte[]>> batch) {
    long started = System.nanoTime();
    moreDue = false;
    Producer<byte[], byte[]> writer = writer();
    writer.beginTransaction();
    Map<OwnedPartition, @Nullable Future<RecordMetadata>> touched = new HashMap<>();
    try {
      for (ConsumerRecord<byte[], byte[]> record : batch) {
        OwnedPartition partition = partitions.get(record.partition());
        LedgerPartition applied = partition == null ? null : partition.rules;
        // What was fetched before the partition moved, or before a step back, is not ours to read.
        if (applied != null && record.offset() >= applied.nextOffset()) {
          apply(applied, record);
        }
      }
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      for (OwnedPartition partition : partitions) {
        LedgerPartition applied = partition.rules;
        if (applied == null) {
          continue;
        }
        if (batch.isEmpty()) {
          moreDue |= applied.due(MAX_DUE);
        }
        if (applied.touched()) {
          moreDue |= !batch.isEmpty() && applied.due(0);
          touched.put(partition, send(writer, partition.partition, applied));
          offsets.put(partitions.input(partition), new OffsetAndMetadata(applied.nextOffset()));
        }
      }
      // The group's generation goes with it: who lost a partition cannot commit for it (KIP-447).
      writer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
    } catch (StoreFailedException e) {
      // No fault of any input's. All is read back, from a copy that is made anew if it is damaged.
      throw e;
    } catch (RuntimeException e) {
      undo(writer, batch, e);
      return false;
    }
    if (!end(writer, batch, touched)) {
      return false;
    }
    failuresInARow = 0;
    meters.transaction(System.nanoTime() - started);
    lastBegunNanos = started;
    return true;
  }

  private void apply(LedgerPartition applied, ConsumerRecord<byte[], byte[]> record) {
    Instant at = Instant.ofEpochMilli(record.timestamp());
    Poison bad = poison;
    if (bad != null && bad.partition() == record.partition() && bad.offset() == record.offset()) {
      applied.setAside(record.offset(), record.key(), record.value(), at, bad.reason());
    } else {
      applied.apply(record.offset(), record.key(), record.value(), at);
    }
  }

  private Future<RecordMetadata> send(
      Producer<byte[], byte[]> writer, int partition, LedgerPartition applied) {
    for (Output output : applied.outputs()) {
      if (!(output instanceof Output.Queue)) {
        var _ = writer.send(outbox.record(partition, output));
      }
    }
    List<Future<RecordMetadata>> last = new ArrayList<>(1);
    ChangelogSend changelog = new ChangelogSend(writer, partition, last);
    ChangelogCodec.write(applied.changes(), changelog);
    return last.getLast();
  }

  private final class ChangelogSend implements ChangelogCodec.Sink {
    private final Producer<byte[], byte[]> writer;
    private final int partition;
    private final List<Future<RecordMetadata>> last;

    ChangelogSend(
        Producer<byte[], byte[]> writer, int partition, List<Future<RecordMetadata>> last) {
      this.writer = writer;
      this.partition = partition;
      this.last = last;
    }

    @Override
    public void record(byte[] key, byte @Nullable [] value) {
      Future<RecordMetadata> sent = writer.send(outbox.state(partition, key, value));
      last.clear();
      last.add(sent);
    }
  }

  private boolean end(
      Producer<byte[], byte[]> writer,
      List<ConsumerRecord<byte[], byte[]>> batch,
      Map<OwnedPartition, @Nullable Future<RecordMetadata>> touched) {
    dispatcher.await();
    try {
      writer.commitTransaction();
    } catch (TimeoutException | InterruptException e) {
      // It may be committed or not: only the log knows. Read back what it says.
      throw new IllegalStateException("the end of a transaction is not known", e);
    } catch (RuntimeException e) {
      undo(writer, batch, e);
      return false;
    }
    touched.forEach((partition, sent) -> {
      LedgerPartition applied = partition.rules;
      RocksStore store = partition.store;
      if (applied == null || store == null || sent == null) {
        return;
      }
      Changes changes = applied.changes();
      // On their way while the store writes; acknowledged before the next commit.
      for (Output output : applied.outputs()) {
        if (output instanceof Output.Queue queue) {
          dispatcher.send(partition.partition, queue);
        }
      }
      // All of the transaction is acknowledged, so this does not wait. Behind the last record
      // comes the transaction's marker; a restart reads it once more, and nothing else.
      store.write(changes, sent.resultNow().offset() + 1);
      List<Noted> noted = List.copyOf(applied.noted());
      applied.committed();
      partitions.publish(partition, applied, store);
      noted.forEach(this::note);
    });
    return true;
  }

  private void note(Noted noted) {
    meters.noted(noted);
    switch (noted) {
      case Noted.Refused refused ->
          log.debug("The ledger refused {} for job {}", refused.why(), refused.jobId());
      case Noted.DeadLettered dead ->
          log.warn("The ledger set an input aside: {}", dead.reason(), dead.fault());
      case Noted.Started ignored -> {}
      case Noted.Ended ignored -> {}
    }
  }

  /** Nothing of the batch has happened; it is read again. */
  private void undo(
      Producer<byte[], byte[]> writer,
      List<ConsumerRecord<byte[], byte[]>> batch,
      RuntimeException cause) {
    meters.aborted();
    // Throws if the producer is done for, and then all is read back.
    writer.abortTransaction();
    log.warn("A ledger transaction of {} inputs was aborted", batch.size(), cause);
    if (oneByOne && batch.size() == 1 && tooLarge(cause)) {
      // It would be too large for ever, and the ledger never stops on a record.
      ConsumerRecord<byte[], byte[]> record = batch.getFirst();
      poison =
          new Poison(
              record.partition(), record.offset(), "what it gives is too large for its topic");
    }
    oneByOne = true;
    for (OwnedPartition partition : partitions) {
      LedgerPartition applied = partition.rules;
      if (applied != null) {
        applied.dropped();
        consumer.seek(partitions.input(partition), applied.nextOffset());
      }
    }
    backOff();
  }

  private static boolean tooLarge(Throwable fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof RecordTooLargeException) {
        return true;
      }
    }
    return false;
  }

  private void recover(RuntimeException cause) {
    log.warn(
        "The ledger starts its {} partitions anew from their changelog: {}",
        partitions.count(),
        cause.toString(),
        cause);
    meters.aborted();
    closeProducer();
    dispatcher.drop();
    partitions.releaseAll();
    backOff();
  }

  private void backOff() {
    failuresInARow++;
    try {
      Thread.sleep(Math.min(2_000, 10L << Math.min(failuresInARow, 10)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
  }

  private Producer<byte[], byte[]> writer() {
    Producer<byte[], byte[]> writer = producer;
    if (writer == null) {
      writer = clients.transactional();
      producer = writer;
      // Ends what an earlier process or producer of this name left open.
      writer.initTransactions();
    }
    return writer;
  }

  private void closeProducer() {
    Producer<byte[], byte[]> old = producer;
    producer = null;
    if (old != null) {
      old.close(Duration.ZERO);
    }
  }

  /** Goes on with the reading back of a partition; true once it is served. */
  private boolean served(OwnedPartition partition) {
    // Ends what an earlier process of our own name left open.
    writer();
    LedgerPartition applied = partitions.restored(partition);
    if (applied == null) {
      return false;
    }
    for (Output.Queue dispatch : applied.dispatchedWithin(DISPATCHED_LATELY)) {
      // Whoever had the partition may have been killed before it could send these.
      dispatcher.send(partition.partition, dispatch);
    }
    partition.rules = applied;
    TopicPartition input = partitions.input(partition);
    consumer.seek(input, applied.nextOffset());
    consumer.resume(List.of(input));
    partitions.publish(partition, applied, Objects.requireNonNull(partition.store));
    return true;
  }

  private void close() {
    try {
      closeProducer();
      dispatcher.close();
    } finally {
      // Leaves the group, static or not: an orderly stop gives its partitions to the others at
      // once.
      consumer.close(
          CloseOptions.timeout(Duration.ofSeconds(2))
              .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
      partitions.loseAll();
    }
  }
}
