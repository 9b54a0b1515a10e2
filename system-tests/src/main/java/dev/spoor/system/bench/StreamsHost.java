package dev.spoor.system.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.gateway.ledger.Changes;
import dev.spoor.gateway.ledger.DataKey;
import dev.spoor.gateway.ledger.Index;
import dev.spoor.gateway.ledger.IndexEntry;
import dev.spoor.gateway.ledger.JobState;
import dev.spoor.gateway.ledger.LedgerLimits;
import dev.spoor.gateway.ledger.LedgerPartition;
import dev.spoor.gateway.ledger.LedgerRules;
import dev.spoor.gateway.ledger.Output;
import dev.spoor.gateway.ledger.PartitionFacts;
import dev.spoor.gateway.ledger.PartitionStore;
import dev.spoor.gateway.ledger.WorkerLease;
import dev.spoor.gateway.ledgerhost.ChangelogCodec;
import dev.spoor.gateway.ledgerhost.Outbox;
import dev.spoor.telemetry.redaction.Redactor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * The same rules under Kafka Streams, exactly once: the host that was not taken. One store with a
 * changelog holds everything, as Streams has it; its cache folds several writes of a key within a
 * commit interval into one.
 */
final class StreamsHost implements LedgerHost {
  private static final String STORE = "ledger";
  private static final String TOPIC = "topic";

  private final Topics topics;
  private final int partitions;
  private final KafkaStreams streams;

  StreamsHost(
      KafkaConnection connection, Topics topics, int partitions, Path dir, int commitMillis) {
    this.topics = topics;
    this.partitions = partitions;
    Properties config = new Properties();
    config.putAll(
        connection.with(
            Map.of(
                StreamsConfig.APPLICATION_ID_CONFIG,
                topics.prefix() + "ledger-streams",
                StreamsConfig.STATE_DIR_CONFIG,
                dir.toString(),
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                StreamsConfig.EXACTLY_ONCE_V2,
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                commitMillis,
                StreamsConfig.POLL_MS_CONFIG,
                Math.min(10, commitMillis),
                StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
                64L << 20,
                StreamsConfig.REPLICATION_FACTOR_CONFIG,
                1)));
    config.put(StreamsConfig.producerPrefix("retry.backoff.ms"), 2);
    config.put(StreamsConfig.producerPrefix("linger.ms"), 20);
    config.put(StreamsConfig.producerPrefix("batch.size"), 128 * 1024);
    config.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), 10_000);
    config.put(StreamsConfig.mainConsumerPrefix("session.timeout.ms"), 6_000);
    config.put(StreamsConfig.mainConsumerPrefix("heartbeat.interval.ms"), 1_500);
    config.put(StreamsConfig.mainConsumerPrefix("group.instance.id"), "bench");
    config.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    streams = new KafkaStreams(topology(), config);
  }

  private Topology topology() {
    Topology topology = new Topology();
    var bytes = Serdes.ByteArray();
    topology.addSource("in", bytes.deserializer(), bytes.deserializer(), topics.ledgerIn());
    topology.addProcessor("rules", Rules::new, "in");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(STORE), Serdes.Bytes(), Serdes.ByteArray())
            .withCachingEnabled(),
        "rules");
    topology.addSink(
        "out",
        (key, value, context) -> new String(context.headers().lastHeader(TOPIC).value(), UTF_8),
        bytes.serializer(),
        bytes.serializer(),
        (topic, key, value, count) ->
            topic.equals(topics.grants()) ? Optional.of(java.util.Set.of(0)) : Optional.empty(),
        "rules");
    return topology;
  }

  @Override
  public void start() {
    streams.start();
    long end = System.nanoTime() + Duration.ofMinutes(5).toNanos();
    while (streams.state() != KafkaStreams.State.RUNNING) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("Streams is " + streams.state());
      }
      LedgerBench.sleep(5);
    }
  }

  @Override
  public void stop() {
    streams.close(Duration.ofSeconds(10));
  }

  private final class Rules implements Processor<byte[], byte[], byte[], byte[]> {
    private final Outbox outbox = new Outbox(topics, partitions, Redactor.standard());
    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable StreamsStore store;
    private @Nullable LedgerPartition partition;

    @Override
    public void init(ProcessorContext<byte[], byte[]> newContext) {
      context = newContext;
      StreamsStore opened = new StreamsStore(newContext.getStateStore(STORE));
      store = opened;
      partition =
          new LedgerPartition(
              newContext.taskId().partition(),
              new LedgerRules(LedgerLimits.DEFAULT),
              opened,
              Map.of("service", "bench"));
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      ProcessorContext<byte[], byte[]> to = java.util.Objects.requireNonNull(context);
      LedgerPartition applied = java.util.Objects.requireNonNull(partition);
      applied.apply(
          to.recordMetadata().orElseThrow().offset(),
          record.key(),
          record.value(),
          Instant.ofEpochMilli(record.timestamp()));
      for (Output output : applied.outputs()) {
        ProducerRecord<byte[], byte[]> out = outbox.record(to.taskId().partition(), output);
        Record<byte[], byte[]> forward = record.withKey(out.key()).withValue(out.value());
        forward.headers().remove(TOPIC).add(TOPIC, out.topic().getBytes(UTF_8));
        to.forward(forward);
      }
      java.util.Objects.requireNonNull(store).write(applied.changes());
      applied.committed();
    }
  }

  private static final class StreamsStore implements PartitionStore {
    private final KeyValueStore<Bytes, byte[]> store;
    private final Map<WorkerId, WorkerLease> workers = new HashMap<>();
    private PartitionFacts facts;

    StreamsStore(KeyValueStore<Bytes, byte[]> store) {
      this.store = store;
      byte[] known = store.get(Bytes.wrap(new byte[] {'f'}));
      this.facts = known == null ? PartitionFacts.NONE : Json.read(known, PartitionFacts.class);
      try (KeyValueIterator<Bytes, byte[]> all =
          store.range(Bytes.wrap(new byte[] {'w'}), Bytes.wrap(new byte[] {'x'}))) {
        all.forEachRemaining(entry -> {
          WorkerLease lease = Json.read(entry.value, WorkerLease.class);
          workers.put(lease.workerId(), lease);
        });
      }
    }

    void write(Changes changes) {
      ChangelogCodec.write(changes, (key, value) -> store.put(Bytes.wrap(key), value));
      changes
          .index()
          .forEach(
              (entry, added) -> store.put(Bytes.wrap(key(entry)), added ? new byte[] {1} : null));
      changes
          .workers()
          .forEach((id, lease) ->
              lease.ifPresentOrElse(now -> workers.put(id, now), () -> workers.remove(id)));
      facts = changes.facts();
    }

    private static byte[] id(JobId jobId) {
      return ByteBuffer.allocate(16)
          .putLong(jobId.value().getMostSignificantBits())
          .putLong(jobId.value().getLeastSignificantBits())
          .array();
    }

    private static byte[] key(IndexEntry entry) {
      return ByteBuffer.allocate(26)
          .put((byte) 'i')
          .put(entry.index().code())
          .putLong(entry.atMillis())
          .put(id(entry.jobId()))
          .array();
    }

    @Override
    public @Nullable JobState job(JobId jobId) {
      byte[] value =
          store.get(Bytes.wrap(ByteBuffer.allocate(17).put((byte) 'j').put(id(jobId)).array()));
      return value == null ? null : Json.read(value, JobState.class);
    }

    @Override
    public byte @Nullable [] data(DataKey key) {
      return store.get(
          Bytes.wrap(
              ByteBuffer.allocate(21)
                  .put((byte) 'd')
                  .put(id(key.jobId()))
                  .putInt(key.no())
                  .array()));
    }

    @Override
    public Map<WorkerId, WorkerLease> workers() {
      return workers;
    }

    @Override
    public PartitionFacts facts() {
      return facts;
    }

    @Override
    public @Nullable IndexEntry firstFrom(IndexEntry from) {
      byte[] behind = {'i', (byte) (from.index().code() + 1)};
      try (KeyValueIterator<Bytes, byte[]> found =
          store.range(Bytes.wrap(key(from)), Bytes.wrap(behind))) {
        if (!found.hasNext()) {
          return null;
        }
        ByteBuffer key = ByteBuffer.wrap(found.next().key.get());
        key.get();
        return new IndexEntry(
            Index.ofCode(key.get()),
            key.getLong(),
            new JobId(new UUID(key.getLong(), key.getLong())));
      }
    }
  }
}
