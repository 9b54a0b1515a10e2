package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.AgentId;
import dev.spoor.contract.job.ClaimId;
import dev.spoor.contract.job.ErrorCategory;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.job.JobError;
import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobSpec;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.job.RequestId;
import dev.spoor.contract.job.StepId;
import dev.spoor.contract.job.StepKey;
import dev.spoor.contract.job.StepSummary;
import dev.spoor.contract.job.TenantId;
import dev.spoor.contract.job.Usage;
import dev.spoor.contract.job.WorkerId;
import dev.spoor.contract.ledger.Dispatch;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * One history: clients, a share queue, workers and a ledger under faults, all drawn from one seed.
 * The real partition and rules run in it; everything else is a model. After a time of trouble the
 * world is healed, and every job has to come to its end.
 */
final class LedgerSimulation {
  private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final long TROUBLE_MS = 120_000;
  private static final long HEALING_MS = 3_600_000;
  private static final long LOCK_MS = 10_000;
  private static final Duration DISPATCHED_LATELY = Duration.ofMinutes(1);
  private static final List<Priority> PRIORITIES = List.of(Priority.values());
  private static final JsonNode OUTPUT = Json.mapper().createObjectNode().put("n", 1);

  private final SplittableRandom random;
  private final LedgerRules rules;
  private final MemoryStore store = new MemoryStore();
  private final PromiseCheck check;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final List<Entry> log = new ArrayList<>();
  private final List<QueueRecord> queue = new ArrayList<>();

  /** Dispatches whose transaction is committed, and which the queue does not have yet. */
  private final List<Output.Queue> underway = new ArrayList<>();

  private final Map<WorkerId, Worker> workers = new LinkedHashMap<>();
  private final List<JobId> submitted = new ArrayList<>();
  private final Set<JobId> accepted = new HashSet<>();
  private final boolean forgery;
  private LedgerPartition partition;
  private long now = START;
  private long order;
  private int names;
  private boolean healed;
  private long ledgerDownUntil;

  private record Event(long at, long order, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private record Entry(LedgerInput input, Instant at) {}

  private static final class QueueRecord {
    final Priority priority;
    final Dispatch dispatch;
    final long at;
    long lockedUntil;
    boolean gone;

    QueueRecord(Priority priority, Dispatch dispatch, long at) {
      this.priority = priority;
      this.dispatch = dispatch;
      this.at = at;
    }
  }

  private final class Worker {
    final WorkerId id = new WorkerId("w-" + names++);
    final Map<JobId, Run> held = new LinkedHashMap<>();
    final Map<ClaimId, QueueRecord> claims = new LinkedHashMap<>();
    final Deque<WorkerMessage> inbox = new ArrayDeque<>();
    boolean dead;
    boolean leaving;
    long frozenUntil;
    long beatAckedAt = now;

    boolean active() {
      return !dead && now >= frozenUntil;
    }
  }

  private static final class Run {
    final WorkerMessage.Grant grant;
    final Set<StepKey> completed = new HashSet<>();
    int next;
    boolean ending;

    Run(WorkerMessage.Grant grant) {
      this.grant = grant;
      grant.completed().forEach(step -> completed.add(step.step().key()));
    }
  }

  LedgerSimulation(long seed, LedgerRules rules) {
    this.random = new SplittableRandom(seed);
    this.rules = rules;
    this.check = new PromiseCheck(rules.limits().leaseTimeout());
    this.partition = new LedgerPartition(0, rules, store, Map.of());
    this.forgery = chance(0.3);
  }

  /**
   * @throws BrokenPromise if the ledger did not keep one
   */
  void run() {
    int clients = 1 + random.nextInt(5);
    for (int i = 0; i < clients; i++) {
      after(random.nextLong(TROUBLE_MS / 2), this::submit);
    }
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      start(new Worker());
    }
    after(1, this::poll);
    after(500, this::tick);
    after(5_000, this::probe);
    for (int i = random.nextInt(6); i > 0; i--) {
      after(random.nextLong(TROUBLE_MS), this::trouble);
    }
    runUntil(START + TROUBLE_MS, false);
    heal();
    runUntil(START + TROUBLE_MS + HEALING_MS, true);
    check.everythingEnded(accepted);
    check.recount(store, rules.limits());
  }

  private void runUntil(long end, boolean untilEnded) {
    while (!events.isEmpty() && events.peek().at() <= end) {
      Event event = events.poll();
      now = event.at();
      event.action().run();
      if (untilEnded
          && partition.nextOffset() == log.size()
          && !partition.touched()
          && check.allEnded(accepted)) {
        return;
      }
    }
  }

  // ---- clients

  private void submit() {
    JobId jobId = new JobId(new UUID(random.nextLong(), random.nextLong()));
    submitted.add(jobId);
    LedgerInput.Submit submit = submitOf(jobId, "same");
    int copies = chance(0.3) ? 2 + random.nextInt(2) : 1;
    for (int i = 0; i < copies; i++) {
      LedgerInput.Submit copy =
          i > 0 && chance(0.3)
              ? submitOf(jobId, "other")
              : new LedgerInput.Submit(
                  jobId,
                  new RequestId("r-" + names++),
                  null,
                  submit.spec(),
                  "same",
                  submit.idempotent(),
                  submit.input());
      after(delay(), () -> append(copy));
    }
    while (chance(0.3)) {
      after(
          random.nextLong(60_000),
          () ->
              append(
                  new LedgerInput.Cancel(
                      jobId,
                      new RequestId("r-" + names++),
                      chance(0.2) ? new TenantId("other") : TenantId.DEFAULT)));
    }
    while (chance(0.4)) {
      boolean fromStart = random.nextBoolean();
      after(
          random.nextLong(90_000),
          () ->
              append(
                  new LedgerInput.Replay(
                      jobId,
                      new RequestId("r-" + names++),
                      chance(0.2) ? new TenantId("other") : TenantId.DEFAULT,
                      fromStart)));
    }
  }

  private LedgerInput.Submit submitOf(JobId jobId, String bodyHash) {
    JobSpec spec =
        new JobSpec(
            TenantId.DEFAULT,
            new FlowId("f"),
            null,
            PRIORITIES.get(random.nextInt(3)),
            Map.of(),
            chance(0.2) ? Duration.ofMillis(1 + random.nextLong(90_000)) : null,
            chance(0.2) ? Instant.ofEpochMilli(now + random.nextLong(30_000)) : null,
            1 + random.nextInt(4),
            null,
            null);
    return new LedgerInput.Submit(
        jobId, new RequestId("r-" + names++), null, spec, bodyHash, true, OUTPUT);
  }

  // ---- the log and the ledger

  private void append(LedgerInput input) {
    log.add(new Entry(input, Instant.ofEpochMilli(now)));
    if (input instanceof LedgerInput.Submit submit) {
      accepted.add(submit.jobId());
    }
  }

  private void tick() {
    if (now >= ledgerDownUntil) {
      append(new LedgerInput.Tick());
    }
    after(1_000, this::tick);
  }

  private void poll() {
    after(1 + random.nextInt(healed ? 100 : 400), this::poll);
    if (now < ledgerDownUntil) {
      return;
    }
    int from = (int) partition.nextOffset();
    int to = (int) Math.min(log.size(), from + 1L + random.nextInt(20));
    if (from >= to) {
      return;
    }
    List<PromiseCheck.Applied> batch = new ArrayList<>(to - from);
    for (int offset = from; offset < to; offset++) {
      Entry entry = log.get(offset);
      int mark = partition.outputs().size();
      partition.apply(offset, null, null, entry.input(), entry.at());
      batch.add(
          new PromiseCheck.Applied(
              entry.input(),
              entry.at(),
              List.copyOf(partition.outputs().subList(mark, partition.outputs().size()))));
    }
    if (!healed && chance(0.05)) {
      if (random.nextBoolean()) {
        // The transaction was aborted; the same process goes on.
        partition.dropped();
      } else {
        // The process died before the commit; another starts from what is committed.
        ledgerDownUntil = now + random.nextLong(60_000);
        takeOver();
      }
      return;
    }
    // What the transaction before it dispatched is on the queue before the next one commits.
    dispatch();
    store.write(partition.changes());
    partition.committed();
    for (PromiseCheck.Applied applied : batch) {
      check.committed(applied);
      applied.outputs().forEach(this::deliver);
    }
    after(random.nextInt(10), this::dispatch);
    if (chance(0.1)) {
      check.recount(store, rules.limits());
    }
    if (!healed && chance(0.02)) {
      // Right behind the commit, so that its dispatches may be lost.
      takeOver();
    }
  }

  /** Another process starts from what is committed, and sends again what may not have gone. */
  private void takeOver() {
    underway.removeIf(_ -> random.nextBoolean());
    dispatch();
    partition = new LedgerPartition(0, rules, store, Map.of());
    underway.addAll(partition.dispatchedWithin(DISPATCHED_LATELY));
    after(Math.max(1, ledgerDownUntil - now), this::dispatch);
  }

  private void dispatch() {
    for (Output.Queue out : underway) {
      if (healed || !chance(0.05)) {
        queue.add(new QueueRecord(out.priority(), out.dispatch(), out.at().toEpochMilli()));
      }
    }
    underway.clear();
  }

  private void deliver(Output output) {
    switch (output) {
      case Output.Queue out -> underway.add(out);
      case Output.Worker out -> {
        Worker worker = workers.get(out.message().workerId());
        if (worker != null) {
          worker.inbox.add(out.message());
          after(1 + random.nextInt(50), () -> listen(worker));
        }
      }
      case Output.Update ignored -> {}
      case Output.Telemetry ignored -> {}
      case Output.DeadLetter dead -> throw new AssertionError("a rule threw: " + dead.reason());
    }
  }

  /** What the broker says of the queue: see the design of the queue probe. */
  private void probe() {
    after(5_000, this::probe);
    queue.removeIf(record -> record.gone);
    for (Priority priority : Priority.values()) {
      long first = now;
      for (QueueRecord record : queue) {
        if (record.priority == priority) {
          first = Math.min(first, record.at);
        }
      }
      append(new LedgerInput.QueueProbe(priority, Instant.ofEpochMilli(first - 60_000)));
    }
  }

  // ---- workers

  private void start(Worker worker) {
    workers.put(worker.id, worker);
    after(1, () -> acquire(worker));
    after(random.nextLong(5_000), () -> beat(worker));
  }

  private void acquire(Worker worker) {
    if (worker.dead || worker.leaving) {
      return;
    }
    after(20 + random.nextInt(300), () -> acquire(worker));
    if (!worker.active() || worker.held.size() + worker.claims.size() >= 2) {
      return;
    }
    for (QueueRecord record : queue) {
      if (!record.gone && now >= record.lockedUntil) {
        record.lockedUntil = now + LOCK_MS;
        ClaimId claimId = new ClaimId("c-" + names++);
        worker.claims.put(claimId, record);
        send(
            worker,
            new LedgerInput.Claim(
                record.dispatch.jobId(), record.dispatch.dispatchNo(), claimId, worker.id, 0),
            () -> record.gone = true);
        // An answer that never comes (the ledger is down for long) does not take the slot for ever.
        after(90_000, () -> worker.claims.remove(claimId));
        return;
      }
    }
  }

  private void beat(Worker worker) {
    if (worker.dead || worker.leaving) {
      return;
    }
    after(5_000, () -> beat(worker));
    if (!worker.active()) {
      return;
    }
    if (now - worker.beatAckedAt > rules.limits().leaseTimeout().toMillis() * 2 / 3) {
      worker.held.clear();
    }
    long sentAt = now;
    if (healed || !chance(0.1)) {
      LedgerInput.Heartbeat heartbeat = heartbeat(worker, false);
      after(
          delay(),
          () -> {
            append(heartbeat);
            worker.beatAckedAt = Math.max(worker.beatAckedAt, sentAt);
          });
    }
  }

  private static LedgerInput.Heartbeat heartbeat(Worker worker, boolean leaving) {
    List<LedgerInput.Held> held = new ArrayList<>();
    worker
        .held
        .values()
        .forEach(run -> held.add(new LedgerInput.Held(run.grant.jobId(), run.grant.epoch())));
    return new LedgerInput.Heartbeat(worker.id, held, leaving);
  }

  private void listen(Worker worker) {
    if (worker.dead) {
      return;
    }
    if (!worker.active()) {
      after(worker.frozenUntil - now, () -> listen(worker));
      return;
    }
    while (!worker.inbox.isEmpty()) {
      switch (worker.inbox.poll()) {
        case WorkerMessage.Grant grant -> {
          if (worker.claims.remove(grant.claimId()) != null && !worker.leaving) {
            Run run = new Run(grant);
            worker.held.put(grant.jobId(), run);
            step(worker, run);
          }
        }
        case WorkerMessage.Refused refused -> worker.claims.remove(refused.claimId());
        case WorkerMessage.Stop stop -> {
          Run run = worker.held.get(stop.jobId());
          if (run != null && run.grant.epoch() == stop.epoch()) {
            worker.held.remove(stop.jobId());
          }
        }
      }
    }
  }

  private boolean holds(Worker worker, Run run) {
    return !worker.dead && worker.held.get(run.grant.jobId()) == run;
  }

  /** Runs the next step of the job; the flow is a line of one to three steps. */
  private void step(Worker worker, Run run) {
    long took = chance(0.1) ? random.nextLong(40_000) : random.nextLong(3_000);
    after(
        took,
        () -> {
          if (!holds(worker, run)) {
            return;
          }
          if (!worker.active()) {
            // Frozen in the middle of the call: it ends when the worker wakes.
            after(worker.frozenUntil - now, () -> stepDone(worker, run));
            return;
          }
          stepDone(worker, run);
        });
  }

  private void stepDone(Worker worker, Run run) {
    if (!holds(worker, run) || run.ending) {
      return;
    }
    JobId jobId = run.grant.jobId();
    long epoch = run.grant.epoch();
    if (!healed && chance(0.12)) {
      run.ending = true;
      JobError error = new JobError("no", null, ErrorCategory.PROVIDER, null);
      send(
          worker,
          new LedgerInput.AttemptFailed(jobId, worker.id, epoch, error, !chance(0.1), 0),
          () -> worker.held.remove(jobId, run));
      return;
    }
    int steps = 1 + Math.floorMod(jobId.value().hashCode(), 3);
    run.next++;
    while (run.next < steps && run.completed.contains(key(run.next))) {
      run.next++;
    }
    boolean last = run.next >= steps;
    JobError no =
        last && !healed && chance(0.1)
            ? new JobError("no", null, ErrorCategory.VALIDATION, null)
            : null;
    run.ending = last;
    send(
        worker,
        new LedgerInput.StepCompleted(
            jobId,
            worker.id,
            epoch,
            new StepSummary(
                key(run.next).stepId(),
                1,
                new AgentId("a"),
                "default",
                run.grant.attempt(),
                Instant.EPOCH,
                1,
                Usage.NONE,
                0),
            OUTPUT,
            last ? new LedgerInput.End(no) : null),
        () -> {
          if (last) {
            worker.held.remove(jobId, run);
          }
        });
    if (!last) {
      step(worker, run);
    }
  }

  private static StepKey key(int no) {
    return new StepKey(new StepId("s-" + no), 1);
  }

  /** To the log: late, doubled, out of order, or only when sent again. */
  private void send(Worker worker, LedgerInput input, Runnable acknowledged) {
    if (!healed && chance(0.05)) {
      after(
          1_000,
          () -> {
            if (!worker.dead) {
              send(worker, input, acknowledged);
            }
          });
      return;
    }
    int copies = !healed && chance(0.1) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      after(
          delay(),
          () -> {
            append(input);
            if (!worker.dead) {
              acknowledged.run();
            }
          });
    }
  }

  // ---- faults

  private void trouble() {
    List<Worker> alive = workers.values().stream().filter(w -> !w.dead && !w.leaving).toList();
    switch (random.nextInt(6)) {
      case 0 -> ledgerDownUntil = Math.max(ledgerDownUntil, now + random.nextLong(60_000));
      case 1 -> {
        if (!alive.isEmpty()) {
          alive.get(random.nextInt(alive.size())).dead = true;
        }
        after(random.nextLong(20_000), () -> start(new Worker()));
      }
      case 2, 3 -> {
        if (!alive.isEmpty()) {
          Worker worker = alive.get(random.nextInt(alive.size()));
          worker.frozenUntil = Math.max(worker.frozenUntil, now + random.nextLong(90_000));
        }
      }
      case 4 -> {
        if (!alive.isEmpty()) {
          leave(alive.get(random.nextInt(alive.size())));
        }
        after(random.nextLong(20_000), () -> start(new Worker()));
      }
      case 5 -> {
        if (forgery && !submitted.isEmpty()) {
          forge();
        }
      }
      default -> throw new AssertionError();
    }
  }

  private void leave(Worker worker) {
    worker.leaving = true;
    for (Run run : List.copyOf(worker.held.values())) {
      if (chance(0.7)) {
        worker.held.remove(run.grant.jobId());
        send(
            worker,
            new LedgerInput.Released(run.grant.jobId(), worker.id, run.grant.epoch(), "shutdown"),
            () -> {});
      }
    }
    LedgerInput.Heartbeat last = heartbeat(worker, true);
    after(
        delay(),
        () -> {
          worker.dead = true;
          append(last);
        });
  }

  /** Messages that no honest worker would send. */
  private void forge() {
    JobId jobId = submitted.get(random.nextInt(submitted.size()));
    WorkerId nobody = new WorkerId("nobody");
    long epoch = random.nextInt(4);
    append(
        switch (random.nextInt(4)) {
          case 0 ->
              new LedgerInput.Claim(
                  jobId, 2 + random.nextInt(9), new ClaimId("c-" + names++), nobody, 0);
          case 1 ->
              new LedgerInput.AttemptFailed(
                  jobId,
                  nobody,
                  epoch,
                  new JobError("no", null, ErrorCategory.PROVIDER, null),
                  false,
                  0);
          case 2 -> new LedgerInput.Released(jobId, nobody, epoch, "forged");
          case 3 ->
              new LedgerInput.Heartbeat(nobody, List.of(new LedgerInput.Held(jobId, epoch)), false);
          default -> throw new AssertionError();
        });
  }

  private void heal() {
    healed = true;
    ledgerDownUntil = 0;
    for (Worker worker : workers.values()) {
      worker.dead = true;
    }
    // Those that are called dead may be frozen for good; what they sent still arrives.
    start(new Worker());
  }

  private long delay() {
    if (healed) {
      return 1L + random.nextInt(20);
    }
    return chance(0.08) ? random.nextLong(45_000) : 1L + random.nextInt(100);
  }

  private boolean chance(double p) {
    return random.nextDouble() < p;
  }

  private void after(long ms, Runnable action) {
    events.add(new Event(now + Math.max(0, ms), order++, action));
  }
}
