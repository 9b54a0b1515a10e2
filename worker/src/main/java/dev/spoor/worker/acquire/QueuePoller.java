package dev.spoor.worker.acquire;

import dev.spoor.contract.job.Priority;
import dev.spoor.contract.ledger.Dispatch;
import dev.spoor.contract.ledger.LedgerInput.Claim;
import dev.spoor.contract.wire.Headers;
import dev.spoor.contract.wire.Json;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.correlation.TraceContext;
import dev.spoor.worker.report.LedgerWriter;
import dev.spoor.worker.slot.SlotAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Takes dispatches from one queue topic and claims them. One platform thread and one share consumer
 * (which is not thread-safe; on virtual threads its poll loop hung now and then).
 *
 * <p>A record is accepted when its claim is in the ledger's log, and nothing runs before the
 * ledger's answer. So whatever dies in between, the ledger knows that the job was claimed or the
 * queue still has it.
 */
final class QueuePoller implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(QueuePoller.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PAUSE_AFTER_FAULT = Duration.ofSeconds(1);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);

  private final Priority priority;
  private final KafkaConnection kafka;
  private final Topics topics;
  private final String clientId;
  private final SlotAllocator slots;
  private final Claims claims;
  private final LedgerWriter ledger;
  private final AcquireMeters meters;
  private volatile boolean stopping;
  private volatile @Nullable KafkaShareConsumer<byte[], byte[]> current;

  QueuePoller(
      Priority priority,
      KafkaConnection kafka,
      Topics topics,
      String clientId,
      SlotAllocator slots,
      Claims claims,
      LedgerWriter ledger,
      AcquireMeters meters) {
    this.priority = priority;
    this.kafka = kafka;
    this.topics = topics;
    this.clientId = clientId;
    this.slots = slots;
    this.claims = claims;
    this.ledger = ledger;
    this.meters = meters;
  }

  /** Ends the loop soon, from any thread. Close the allocator too: the loop may wait for slots. */
  void stop() {
    stopping = true;
    KafkaShareConsumer<byte[], byte[]> consumer = current;
    if (consumer != null) {
      consumer.wakeup();
    }
  }

  @Override
  public void run() {
    while (!stopping) {
      try (KafkaShareConsumer<byte[], byte[]> consumer = consumer()) {
        current = consumer;
        try {
          consumer.subscribe(List.of(topics.jobs(priority)));
          loop(consumer);
        } finally {
          current = null;
          // What was acquired and not claimed goes back to the queue at once.
          consumer.close(CLOSE_LIMIT);
        }
      } catch (WakeupException | InterruptException | InterruptedException e) {
        if (!stopping) {
          log.atWarn().setCause(e).log("the poll loop of " + topics.jobs(priority) + " was woken");
        }
      } catch (RuntimeException e) {
        if (!stopping) {
          log.atError()
              .setCause(e)
              .log("the poll loop of " + topics.jobs(priority) + " broke; it starts again");
          pause();
        }
      }
    }
  }

  private KafkaShareConsumer<byte[], byte[]> consumer() {
    KafkaShareConsumer<byte[], byte[]> consumer =
        new KafkaShareConsumer<>(
            kafka.with(
                Map.of(
                    ConsumerConfig.GROUP_ID_CONFIG,
                    topics.workersGroup(),
                    ConsumerConfig.CLIENT_ID_CONFIG,
                    clientId + "-" + priority.wireName(),
                    ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG,
                    "explicit",
                    // As many as asked for and no more; the default hands out whole batches.
                    ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG,
                    "record_limit",
                    ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                    slots.batch())),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.setAcknowledgementCommitCallback((offsets, failure) -> {
      if (failure != null) {
        // The queue hands the record out again, and the ledger refuses the second claim.
        meters.notAccepted(offsets.values().stream().mapToInt(each -> each.size()).sum());
        log.atDebug().setCause(failure).log("records of a queue could not be accepted");
      }
    });
    return consumer;
  }

  private void loop(KafkaShareConsumer<byte[], byte[]> consumer) throws InterruptedException {
    boolean reserved = false;
    try {
      while (!stopping) {
        if (!reserved) {
          if (!slots.reserve(priority)) {
            return;
          }
          reserved = true;
        }
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        if (!records.isEmpty()) {
          reserved = false;
          claim(consumer, records);
        }
      }
    } finally {
      if (reserved) {
        slots.giveBack();
      }
    }
  }

  /** A claim that is under way, and the record that it answers for. */
  private record Sent(
      ConsumerRecord<byte[], byte[]> record, Claim claim, CompletableFuture<Void> written) {}

  private void claim(
      KafkaShareConsumer<byte[], byte[]> consumer, ConsumerRecords<byte[], byte[]> records)
      throws InterruptedException {
    List<ConsumerRecord<byte[], byte[]>> each = new ArrayList<>(records.count());
    List<Dispatch> dispatches = new ArrayList<>(records.count());
    long bytes = 0;
    for (ConsumerRecord<byte[], byte[]> record : records) {
      Dispatch dispatch = decode(record);
      if (dispatch == null) {
        // It will be no better next time, and nobody could run it: set aside, with its reason.
        consumer.acknowledge(record, AcknowledgeType.ACCEPT);
      } else {
        each.add(record);
        dispatches.add(dispatch);
        bytes += dispatch.inputBytes();
      }
    }
    slots.take(priority, dispatches.size(), bytes);
    List<Sent> sent = new ArrayList<>(dispatches.size());
    for (int i = 0; i < dispatches.size(); i++) {
      Claim claim = claims.open(dispatches.get(i));
      ConsumerRecord<byte[], byte[]> record = each.get(i);
      sent.add(new Sent(record, claim, ledger.send(claim, traceparent(record))));
    }
    for (Sent one : sent) {
      consumer.acknowledge(
          one.record(), isWritten(one) ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
    }
    // Asynchronous: the next poll carries the answers along if they have not left by then.
    consumer.commitAsync();
    meters.claimed(sent.size());
  }

  /** Handed on as it came, if it is one: what is written under this name is read as one. */
  private static @Nullable String traceparent(ConsumerRecord<byte[], byte[]> record) {
    Header header = record.headers().lastHeader(Headers.TRACEPARENT);
    return header == null || header.value() == null
        ? null
        : TraceContext.parse(new String(header.value(), StandardCharsets.UTF_8))
            .map(TraceContext::traceparent)
            .orElse(null);
  }

  private boolean isWritten(Sent sent) throws InterruptedException {
    try {
      sent.written().get();
      return true;
    } catch (ExecutionException e) {
      // Not known to be in the log. If it is there all the same and wins, its grant finds no open
      // claim and is handed back.
      log.atWarn()
          .setCause(e.getCause())
          .log("job " + sent.claim().jobId() + " could not be claimed; the queue has it again");
      claims.close(sent.claim().claimId()).ifPresent(open -> slots.release(open.bytes()));
      meters.claimFailed();
      return false;
    }
  }

  private @Nullable Dispatch decode(ConsumerRecord<byte[], byte[]> record) {
    String fault;
    try {
      byte[] value = record.value();
      if (value != null) {
        return Json.read(value, Dispatch.class);
      }
      fault = "no value";
    } catch (JacksonException e) {
      fault = e.getOriginalMessage();
    } catch (RuntimeException e) {
      fault = String.valueOf(e.getMessage());
    }
    meters.undecodable();
    log.atError()
        .log(
            "a record of "
                + record.topic()
                + ", partition "
                + record.partition()
                + ", offset "
                + record.offset()
                + ", is no dispatch and is set aside: "
                + fault);
    return null;
  }

  private void pause() {
    try {
      Thread.sleep(PAUSE_AFTER_FAULT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
