package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes the ledger's Kafka clients. What the user configured wins over what is here. */
final class LedgerClients {
  private static final int MAX_REQUEST = 8 * 1024 * 1024;
  private static final int MIN_REQUEST_TIMEOUT = 1_000;

  private final KafkaConnection connection;
  private final Topics topics;
  private final LedgerSettings settings;
  private final String instance;

  LedgerClients(
      KafkaConnection connection, Topics topics, LedgerSettings settings, String instance) {
    this.connection = connection;
    this.topics = topics;
    this.settings = settings;
    this.instance = instance;
  }

  /** Reads {@code ledger-in} as a static member: a restart keeps its partitions. */
  Consumer<byte[], byte[]> owner() {
    Map<String, Object> own = reading("ledger");
    own.put(ConsumerConfig.GROUP_ID_CONFIG, topics.ledgerGroup());
    own.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, instance);
    own.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.maxBatch());
    // Positions come from the changelog; this only keeps the client from refusing to start.
    own.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    own.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    int session = (int) settings.sessionTimeout().toMillis();
    own.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, session);
    own.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, Math.max(100, session / 4));
    own.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, 120_000);
    return new KafkaConsumer<>(connection.with(own));
  }

  /** Reads one topic without a group. */
  Consumer<byte[], byte[]> reader(String name, boolean bulk) {
    Map<String, Object> own = reading(name);
    own.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    if (bulk) {
      own.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 20_000);
      own.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 64 << 20);
      own.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16 << 20);
    }
    return new KafkaConsumer<>(connection.with(own));
  }

  private Map<String, Object> reading(String name) {
    Map<String, Object> own = new HashMap<>();
    own.put(ConsumerConfig.CLIENT_ID_CONFIG, name + "-" + instance);
    own.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    own.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    own.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, requestTimeout());
    own.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    own.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    own.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    return own;
  }

  /** Writes what a batch gives, all or nothing. */
  Producer<byte[], byte[]> transactional() {
    Map<String, Object> own = writing("ledger");
    own.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.ledgerGroup() + "-" + instance);
    own.put(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) settings.transactionTimeout().toMillis());
    // On their way while the ledger asks for the offsets to go with the transaction, which takes
    // as long. Should a batch overtake another where a log has only just opened, the transaction is
    // aborted and comes again.
    own.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    own.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
    // Else every few transactions wait 100 ms for the end of the one before.
    own.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 2L);
    own.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, settings.transactionTimeout().toMillis());
    own.put(
        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
        (int) settings.transactionTimeout().toMillis() * 2);
    own.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, requestTimeout());
    return new KafkaProducer<>(connection.with(own));
  }

  /** Writes what goes to the queues, after the commit that it follows from. */
  Producer<byte[], byte[]> dispatching() {
    Map<String, Object> own = writing("ledger-dispatch");
    own.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    int limit = (int) settings.transactionTimeout().toMillis();
    own.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (long) limit);
    own.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, requestTimeout());
    own.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 2 * limit);
    return new KafkaProducer<>(connection.with(own));
  }

  /** Writes ticks, probes and statistics. */
  Producer<byte[], byte[]> plain() {
    Map<String, Object> own = writing("ledger-pulse");
    own.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    own.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 500L);
    // A tick that is late is of no use: the next one does its work.
    own.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 2_000);
    own.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 2_000);
    return new KafkaProducer<>(connection.with(own));
  }

  private Map<String, Object> writing(String name) {
    Map<String, Object> own = new HashMap<>();
    own.put(ProducerConfig.CLIENT_ID_CONFIG, name + "-" + instance);
    // With more, a second batch can overtake the first where the log has only just opened, and the
    // first is then refused for ever (KAFKA-15591, not mended in 4.3).
    own.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
    own.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    own.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    own.put(ProducerConfig.ACKS_CONFIG, "all");
    own.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    own.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 * 1024);
    own.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST);
    return own;
  }

  Admin admin() {
    return Admin.create(
        connection.with(
            Map.of(
                "client.id", "ledger-admin-" + instance, "request.timeout.ms", requestTimeout())));
  }

  /**
   * How long a broker may be silent before another is asked, in milliseconds. The ledger asks one
   * after the other: the end of a transaction, the next one's begin, the ends of its logs. A broker
   * that stands still answers none of them, so each must be given up well before the transaction's
   * limit, else the ledger stands as long as the broker does.
   */
  private int requestTimeout() {
    return Math.max(MIN_REQUEST_TIMEOUT, (int) settings.transactionTimeout().toMillis() / 3);
  }
}
