package dev.spoor.telemetry.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.spoor.telemetry.journal.RecordBuffer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import net.logstash.logback.composite.AbstractCompositeJsonFormatter;
import net.logstash.logback.composite.JsonProviders;
import net.logstash.logback.composite.loggingevent.LoggingEventCompositeJsonFormatter;
import net.logstash.logback.encoder.LoggingEventCompositeJsonEncoder;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * logstash-logback-encoder with {@link RecordJson} as its provider. Generators and buffers come
 * from a small pool: the encoder's own are thread-local, and every virtual thread that logs once
 * would keep a set.
 */
final class RecordEncoder extends LoggingEventCompositeJsonEncoder {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                  .rootValueSeparator((String) null)
                  .build())
          .build();

  private final RecordJson json;
  private final AtomicReferenceArray<@Nullable Slot> pool =
      new AtomicReferenceArray<>(
          Integer.highestOneBit(Runtime.getRuntime().availableProcessors() * 8));

  RecordEncoder(RecordJson json) {
    this.json = json;
    JsonProviders<ILoggingEvent> providers = new JsonProviders<>();
    providers.addProvider(json);
    setProviders(providers);
    setLineSeparator("");
  }

  /** A buffer and the generator that writes into it. */
  static final class Slot {
    final RecordBuffer buffer = new RecordBuffer();
    final JsonGenerator generator = MAPPER.createGenerator(buffer);
  }

  Slot take() {
    int mask = pool.length() - 1;
    int start = (int) Thread.currentThread().threadId();
    for (int i = 0; i <= mask; i++) {
      Slot slot = pool.getAndSet((start + i) & mask, null);
      if (slot != null) {
        slot.buffer.clear();
        return slot;
      }
    }
    return new Slot();
  }

  void release(Slot slot) {
    int mask = pool.length() - 1;
    int start = (int) Thread.currentThread().threadId();
    for (int i = 0; i <= mask; i++) {
      if (pool.compareAndSet((start + i) & mask, null, slot)) {
        return;
      }
    }
  }

  /** Encodes into the slot; after an exception the slot must not be used again. */
  void encode(ILoggingEvent event, Slot slot) throws IOException {
    ((Formatter) getFormatter()).write(slot.generator, event);
  }

  /** A record that no logger made. */
  void encode(
      RecordBuffer into, String event, String level, String message, Map<String, ?> fields) {
    json.write(MAPPER.createGenerator(into), event, level, message, fields);
  }

  @Override
  protected AbstractCompositeJsonFormatter<ILoggingEvent> createFormatter() {
    return new Formatter(this);
  }

  private static final class Formatter extends LoggingEventCompositeJsonFormatter {
    Formatter(RecordEncoder encoder) {
      super(encoder);
      setFindAndRegisterJacksonModules(false);
    }

    void write(JsonGenerator generator, ILoggingEvent event) throws IOException {
      writeEventToGenerator(generator, event);
    }

    @Override
    public void writeEvent(ILoggingEvent event, OutputStream out) throws IOException {
      try (JsonGenerator generator = MAPPER.createGenerator(out)) {
        writeEventToGenerator(generator, event);
      }
    }
  }
}
