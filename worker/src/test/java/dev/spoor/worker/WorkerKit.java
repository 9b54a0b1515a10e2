package dev.spoor.worker;

import dev.spoor.agent.flow.Flow;
import dev.spoor.agent.model.ModelClient;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.wire.KafkaConnection;
import dev.spoor.contract.wire.Topics;
import dev.spoor.telemetry.redaction.Redactor;
import dev.spoor.telemetry.tracing.Tracing;
import dev.spoor.worker.diagnostics.DiagnosticsFlows;
import dev.spoor.worker.flow.FlowCatalogue;
import dev.spoor.worker.memory.CachedMemory;
import dev.spoor.worker.memory.RocksMemory;
import dev.spoor.worker.model.Prices;
import dev.spoor.worker.model.ScriptedModel;
import dev.spoor.worker.review.ReviewFlow;
import dev.spoor.worker.review.ReviewScript;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.springframework.util.unit.DataSize;

/** A worker without Spring, for tests: closed with its memory. */
final class WorkerKit implements AutoCloseable {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  final WorkerId id = new WorkerId("w" + NUMBERS.incrementAndGet());
  final MeterRegistry meters = new SimpleMeterRegistry();
  final CachedMemory memory;
  final Worker worker;
  volatile boolean ready = true;

  private WorkerKit(Builder builder) {
    memory =
        new CachedMemory(RocksMemory.open(builder.memoryDir, Clock.systemUTC()), 8 * 1024 * 1024);
    List<Flow> flows = new ArrayList<>(DiagnosticsFlows.all());
    flows.add(ReviewFlow.flow());
    flows.addAll(builder.flows);
    worker =
        new Worker(
            new WorkerParts(
                id,
                builder.kafka,
                builder.topics,
                builder.properties(),
                new FlowCatalogue(flows),
                builder.model,
                Prices.load(null),
                memory,
                meters,
                builder.tracing,
                Redactor.standard(),
                Clock.systemUTC(),
                builder.nanoTime),
            () -> ready = false);
  }

  static Builder on(KafkaConnection kafka, Topics topics, Path memoryDir) {
    return new Builder(kafka, topics, memoryDir);
  }

  @Override
  public void close() {
    worker.stop();
    memory.close();
  }

  static final class Builder {
    private final KafkaConnection kafka;
    private final Topics topics;
    private final Path memoryDir;
    private final List<Flow> flows = new ArrayList<>();
    private ModelClient model = new ScriptedModel(new ReviewScript(), Duration.ZERO);
    private Tracing tracing = Tracing.OFF;
    private LongSupplier nanoTime = System::nanoTime;
    int slots = 64;
    Duration drain = Duration.ofSeconds(1);
    Duration lease = Duration.ofSeconds(30);
    Duration heartbeat = Duration.ofSeconds(1);
    Duration claim = Duration.ofSeconds(10);

    private Builder(KafkaConnection kafka, Topics topics, Path memoryDir) {
      this.kafka = kafka;
      this.topics = topics;
      this.memoryDir = memoryDir;
    }

    Builder flow(Flow flow) {
      flows.add(flow);
      return this;
    }

    Builder model(ModelClient newModel) {
      model = newModel;
      return this;
    }

    Builder tracing(Tracing newTracing) {
      tracing = newTracing;
      return this;
    }

    Builder nanoTime(LongSupplier newNanoTime) {
      nanoTime = newNanoTime;
      return this;
    }

    Builder slots(int newSlots) {
      slots = newSlots;
      return this;
    }

    Builder drain(Duration newDrain) {
      drain = newDrain;
      return this;
    }

    Builder claim(Duration newClaim) {
      claim = newClaim;
      return this;
    }

    private WorkerProperties properties() {
      return new WorkerProperties(
          slots,
          DataSize.ofMegabytes(64),
          drain,
          lease,
          heartbeat,
          claim,
          Duration.ofSeconds(30),
          null,
          Duration.ofSeconds(30),
          Duration.ZERO,
          null,
          null,
          DataSize.ofMegabytes(8),
          Duration.ofDays(7));
    }

    WorkerKit start() {
      WorkerKit kit = new WorkerKit(this);
      kit.worker.start();
      return kit;
    }
  }
}
