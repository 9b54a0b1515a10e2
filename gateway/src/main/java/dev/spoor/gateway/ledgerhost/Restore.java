package dev.spoor.gateway.ledgerhost;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Brings a partition's local store up to the end of its changelog, piece by piece, so that the
 * ledger's thread can show in between that it lives. Ledger's thread only.
 */
final class Restore implements AutoCloseable {
  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition changelog;
  private final RocksStore store;
  private final long end;
  private long records;

  /**
   * @param end of the changelog when no transaction of an earlier owner was open any more
   */
  Restore(Consumer<byte[], byte[]> consumer, TopicPartition changelog, RocksStore store, long end) {
    this.consumer = consumer;
    this.changelog = changelog;
    this.store = store;
    this.end = end;
    consumer.assign(List.of(changelog));
    consumer.seek(changelog, store.position());
  }

  /** Reads on for a moment; returns whether the end is reached. */
  boolean step(Duration atMost) {
    // The position also passes the markers of transactions, which are never handed out.
    if (consumer.position(changelog) < end) {
      List<RocksStore.Restored> piece = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(atMost)) {
        piece.add(new RocksStore.Restored(record.key(), record.value()));
      }
      long position = consumer.position(changelog);
      if (position > store.position()) {
        store.restore(piece, position);
        records += piece.size();
      }
    }
    return consumer.position(changelog) >= end;
  }

  long records() {
    return records;
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
  }
}
