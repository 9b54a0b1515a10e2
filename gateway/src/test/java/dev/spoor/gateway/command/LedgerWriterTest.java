package dev.spoor.gateway.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class LedgerWriterTest {
  private static final RequestId REQUEST = new RequestId("r-1");
  private static final LedgerInput.Cancel COMMAND =
      new LedgerInput.Cancel(JobId.ofKey(TenantId.DEFAULT, "k"), REQUEST, TenantId.DEFAULT);

  private static MockProducer<byte[], byte[]> mock(boolean autoComplete) {
    return new MockProducer<>(
        autoComplete, null, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static LedgerWriter writer(MockProducer<byte[], byte[]> producer) {
    return new LedgerWriter("in", producer, Duration.ofSeconds(1));
  }

  @Test
  void writesUnderTheJobsKeyWithItsHeaders() {
    MockProducer<byte[], byte[]> producer = mock(true);
    assertThat(writer(producer).write(COMMAND, REQUEST, "00-trace"))
        .isEqualTo(new Written.Durable());
    ProducerRecord<byte[], byte[]> record = producer.history().getFirst();
    assertThat(record.key()).asString().isEqualTo(COMMAND.jobId().toString());
    assertThat(Json.read(record.value(), LedgerInput.class)).isEqualTo(COMMAND);
    assertThat(record.headers().lastHeader("request_id").value()).asString().isEqualTo("r-1");
    assertThat(record.headers().lastHeader("traceparent").value()).asString().isEqualTo("00-trace");
  }

  @Test
  void isCertainOnlyOfWhatNeverEnteredTheBuffer() {
    // As KafkaProducer tells that it has no metadata: by the callback, on the caller's thread.
    MockProducer<byte[], byte[]> noMetadata =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            TimeoutException failure = new TimeoutException("not present in metadata");
            callback.onCompletion(null, failure);
            return CompletableFuture.failedFuture(failure);
          }
        };
    assertThat(writer(noMetadata).write(COMMAND, REQUEST, null))
        .isInstanceOf(Written.NotAccepted.class);

    MockProducer<byte[], byte[]> closed = mock(true);
    closed.close();
    assertThat(writer(closed).write(COMMAND, REQUEST, null))
        .isInstanceOf(Written.NotAccepted.class);

    MockProducer<byte[], byte[]> throwing = mock(true);
    throwing.sendException = new KafkaException("fatal");
    assertThat(writer(throwing).write(COMMAND, REQUEST, null))
        .isInstanceOf(Written.NotAccepted.class);
  }

  @Test
  void doesNotKnowWhatFailsLater() {
    MockProducer<byte[], byte[]> late =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            Thread.startVirtualThread(
                () -> callback.onCompletion(null, new TimeoutException("delivery")));
            return new CompletableFuture<>();
          }
        };
    assertThat(writer(late).write(COMMAND, REQUEST, null)).isInstanceOf(Written.Unknown.class);
  }
}
