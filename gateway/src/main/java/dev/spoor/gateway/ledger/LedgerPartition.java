package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.Priority;
import dev.spoor.contract.ledger.LedgerInput;
import dev.spoor.contract.ledger.WorkerMessage;
import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One partition of the ledger: applies the rules to what is read, in order, and collects what is to
 * be committed. The host reads {@link #outputs} and {@link #changes}, commits both with the offset,
 * and then says {@link #committed}; or {@link #dropped}, and nothing has happened.
 *
 * <p>Deterministic: it has no clock and no threads. Confined to the ledger's thread.
 */
public final class LedgerPartition {
  /** Jobs whose time has come that one input moves on; the rest waits for the next. */
  private static final int MAX_DUE = 500;

  /** Jobs that one probe of a queue sends out again. */
  private static final int MAX_AGAIN = 1_000;

  /** A worker that was silent for so many lease timeouts is forgotten. */
  private static final int FORGET_AFTER = 10;

  private final LedgerRules rules;
  private final PartitionStore store;
  private final JobTrail trail;
  private final Overlay overlay;
  private final List<Output> outputs = new ArrayList<>();
  private final List<Noted> noted = new ArrayList<>();

  private DepthCount depth;
  private Instant time;
  private long nextOffset;
  private long nextSeq;
  private boolean touched;

  /**
   * @param origin fields of every telemetry record: {@code service}, {@code instance} and so on
   */
  public LedgerPartition(
      int partition, LedgerRules rules, PartitionStore store, Map<String, String> origin) {
    this.rules = rules;
    this.store = store;
    this.trail = new JobTrail("ledger-" + partition, origin);
    this.overlay = new Overlay(store);
    PartitionFacts facts = store.facts();
    this.depth = new DepthCount(facts);
    this.time = facts.time();
    this.nextOffset = facts.nextOffset();
    this.nextSeq = facts.nextSeq();
  }

  /**
   * Applies one record of {@code ledger-in}. Never throws for what is in it.
   *
   * @param appendedAt when the broker appended it
   * @throws StoreFailedException if the state cannot be read: nothing of it may be committed
   */
  public void apply(
      long offset, byte @Nullable [] key, byte @Nullable [] value, Instant appendedAt) {
    LedgerInput input;
    try {
      input = Json.read(Objects.requireNonNull(value, "a record without value"), LedgerInput.class);
    } catch (JacksonException | NullPointerException | IllegalArgumentException e) {
      begin(offset, appendedAt);
      deadLetter(offset, key, value, jobOf(key), "cannot be read: " + firstLine(e), null);
      return;
    }
    apply(offset, key, value, input, appendedAt);
  }

  /** The same for an input that is decoded already. */
  void apply(
      long offset,
      byte @Nullable [] key,
      byte @Nullable [] value,
      LedgerInput input,
      Instant appendedAt) {
    begin(offset, appendedAt);
    int mark = outputs.size();
    int notedMark = noted.size();
    JobId jobId = input instanceof LedgerInput.OfJob ofJob ? ofJob.jobId() : null;
    try {
      switch (input) {
        case LedgerInput.OfJob ofJob -> ofJob(ofJob);
        case LedgerInput.Heartbeat heartbeat -> heartbeat(heartbeat);
        case LedgerInput.Tick ignored -> tick();
        case LedgerInput.QueueProbe probe -> probe(probe);
      }
    } catch (StoreFailedException e) {
      throw e;
    } catch (RuntimeException e) {
      // A rule is applied as a whole before anything of it is noted, so nothing is half done; what
      // an input about many jobs had done before stays done.
      if (jobId != null) {
        outputs.subList(mark, outputs.size()).clear();
        noted.subList(notedMark, noted.size()).clear();
      }
      deadLetter(offset, key, value, jobId, "a rule failed: " + firstLine(e), e);
    }
  }

  /**
   * Sets a record of {@code ledger-in} aside instead of applying it: what it gives cannot be
   * committed.
   */
  public void setAside(
      long offset,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Instant appendedAt,
      String reason) {
    begin(offset, appendedAt);
    deadLetter(offset, key, value, jobOf(key), reason, null);
  }

  private void begin(long offset, Instant appendedAt) {
    touched = true;
    nextOffset = offset + 1;
    if (appendedAt.isAfter(time)) {
      time = appendedAt;
    }
    due(MAX_DUE);
  }

  /**
   * Moves on jobs whose time has come, as of the latest record.
   *
   * @param max how many at most
   * @return whether there are more
   */
  public boolean due(int max) {
    int left = max;
    long now = time.toEpochMilli();
    for (Index index : DUE) {
      IndexEntry head = overlay.dueHead(index, now);
      while (head != null) {
        if (left-- == 0) {
          return true;
        }
        due(head);
        head = overlay.dueHead(index, now);
      }
    }
    return false;
  }

  private static final List<Index> DUE =
      List.of(Index.DEADLINE, Index.LEASE, Index.WAKE, Index.PURGE);

  private void due(IndexEntry entry) {
    touched = true;
    JobState state = null;
    try {
      state = overlay.job(entry.jobId());
      List<IndexEntry> wanted = state == null ? List.of() : state.indexEntries(rules.limits());
      if (state == null || !wanted.contains(entry)) {
        overlay.removeEntry(entry);
        // What had ended before the retention was changed stands where it was to go then.
        wanted.stream().filter(own -> own.index() == entry.index()).forEach(overlay::addEntry);
        return;
      }
      Transition transition =
          switch (entry.index()) {
            case DEADLINE -> rules.deadlineDue(state, time);
            case LEASE -> {
              Holder holder = state.holder();
              yield rules.leaseDue(
                  state, holder == null ? null : overlay.worker(holder.workerId()), time);
            }
            case WAKE -> rules.wakeDue(state, time);
            case PURGE -> rules.purgeDue(state);
            case QUEUED, DISPATCHED_HIGH, DISPATCHED_NORMAL, DISPATCHED_LOW, CREATED ->
                throw new IllegalStateException(entry.index() + " is not a time to act");
          };
      carryOut(entry.jobId(), state, transition);
      if (transition.next() != null
          && transition.next().indexEntries(rules.limits()).contains(entry)) {
        throw new IllegalStateException(entry.index() + " was due and would be so for ever");
      }
    } catch (StoreFailedException e) {
      throw e;
    } catch (RuntimeException e) {
      // Out of the way first: it would be the head for ever.
      overlay.removeEntry(entry);
      deadLetter(
          nextOffset - 1,
          entry.jobId().toString().getBytes(StandardCharsets.UTF_8),
          null,
          entry.jobId(),
          "a rule failed at " + entry.index() + ": " + firstLine(e),
          e);
    }
  }

  private void ofJob(LedgerInput.OfJob input) {
    JobState state = overlay.job(input.jobId());
    WorkerLease worker =
        input instanceof LedgerInput.Claim claim ? overlay.worker(claim.workerId()) : null;
    Transition transition = rules.apply(state, new Facts(depth.waiting(), worker), input, time);
    carryOut(input.jobId(), state, transition);
  }

  private void heartbeat(LedgerInput.Heartbeat heartbeat) {
    WorkerLease lease =
        WorkerLease.after(
            overlay.worker(heartbeat.workerId()), heartbeat, time, rules.limits().leaseTimeout());
    overlay.worker(heartbeat.workerId(), lease);
    if (heartbeat.leaving()) {
      handBackAll(heartbeat);
    }
  }

  /**
   * The worker is gone on purpose. What is still granted to it, it handed back in vain or never
   * saw: the grant came after it had stopped to listen. Nobody runs that.
   */
  private void handBackAll(LedgerInput.Heartbeat heartbeat) {
    IndexEntry entry = overlay.head(Index.LEASE);
    while (entry != null) {
      JobState state = overlay.job(entry.jobId());
      if (state != null
          && state.holder() != null
          && state.holder().workerId().equals(heartbeat.workerId())) {
        carryOut(entry.jobId(), state, rules.workerLeft(state, time));
      }
      IndexEntry next = entry.successor();
      entry = next == null ? null : overlay.firstFrom(next);
    }
  }

  private void tick() {
    Instant forget = time.minus(rules.limits().leaseTimeout().multipliedBy(FORGET_AFTER));
    for (WorkerLease lease : overlay.workers().values()) {
      if (lease.lastAt().isBefore(forget)) {
        overlay.worker(lease.workerId(), null);
      }
    }
  }

  private void probe(LedgerInput.QueueProbe probe) {
    Index index = dispatched(probe.priority());
    for (int i = 0; i < MAX_AGAIN; i++) {
      IndexEntry head = overlay.head(index);
      if (head == null || head.atMillis() >= probe.goneBefore().toEpochMilli()) {
        return;
      }
      JobState state = overlay.job(head.jobId());
      if (state == null) {
        overlay.removeEntry(head);
      } else {
        carryOut(head.jobId(), state, rules.dispatchAgain(state, time));
        if (head.equals(overlay.head(index))) {
          // Dispatched again within its own millisecond, or refused: no progress to be made.
          return;
        }
      }
    }
  }

  private static Index dispatched(Priority priority) {
    return switch (priority) {
      case HIGH -> Index.DISPATCHED_HIGH;
      case NORMAL -> Index.DISPATCHED_NORMAL;
      case LOW -> Index.DISPATCHED_LOW;
    };
  }

  /** Builds all outputs before it changes anything, so that a fault leaves nothing half done. */
  private void carryOut(JobId jobId, @Nullable JobState before, Transition transition) {
    JobState after = transition.next();
    JobState known = after == null ? before : after;
    String traceparent = known == null ? null : known.traceparent();
    List<Output> out = new ArrayList<>(transition.effects().size());
    List<Noted> notes = new ArrayList<>(2);
    long seq = nextSeq;
    for (Effect effect : transition.effects()) {
      switch (effect) {
        case Effect.Enqueue enqueue ->
            out.add(new Output.Queue(enqueue.priority(), enqueue.dispatch(), time, traceparent));
        case Effect.Give give -> {
          out.add(grant(give.state()));
          notes.add(new Noted.Started(give.state()));
        }
        case Effect.Tell tell -> out.add(new Output.Worker(tell.replyPartition(), tell.message()));
        case Effect.Publish publish -> out.add(new Output.Update(publish.update(), traceparent));
        case Effect.Trail line -> out.add(trail.record(line, seq++));
        case Effect.Refuse refuse -> notes.add(new Noted.Refused(refuse.jobId(), refuse.why()));
        case Effect.Keep ignored -> {}
        case Effect.Drop ignored -> {}
      }
    }
    if (after != null && after.status().ended() && (before == null || !before.status().ended())) {
      notes.add(new Noted.Ended(after));
    }
    nextSeq = seq;
    for (Effect effect : transition.effects()) {
      if (effect instanceof Effect.Keep keep) {
        overlay.data(keep.key(), keep.data());
      } else if (effect instanceof Effect.Drop drop) {
        overlay.data(drop.key(), null);
      }
    }
    if (!Objects.equals(before, after)) {
      overlay.job(jobId, before, after, rules.limits());
      depth.changed(before, after);
    }
    outputs.addAll(out);
    noted.addAll(notes);
  }

  private Output grant(JobState state) {
    Holder holder = Objects.requireNonNull(state.holder(), "a grant has a holder");
    List<WorkerMessage.CompletedStep> completed = new ArrayList<>(state.steps().size());
    for (KeptStep kept : state.steps()) {
      completed.add(
          new WorkerMessage.CompletedStep(
              kept.step(), json(new DataKey(state.jobId(), kept.dataNo()))));
    }
    return new Output.Worker(
        holder.replyPartition(),
        new WorkerMessage.Grant(
            holder.workerId(),
            holder.claimId(),
            state.jobId(),
            state.epoch(),
            state.runNo(),
            state.attempt(),
            state.spec(),
            Objects.requireNonNull(state.queuedAt(), "a granted job was queued"),
            state.deadlineAt(),
            state.requestId(),
            state.traceparent(),
            json(new DataKey(state.jobId(), DataKey.INPUT)),
            completed));
  }

  private JsonNode json(DataKey key) {
    return Json.tree(Objects.requireNonNull(overlay.data(key), () -> "no data at " + key));
  }

  private void deadLetter(
      long offset,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable JobId jobId,
      String reason,
      @Nullable RuntimeException fault) {
    if (jobId != null) {
      try {
        JobState state = overlay.job(jobId);
        if (state != null && !state.status().ended()) {
          carryOut(jobId, state, rules.internalFault(state, time));
        }
      } catch (RuntimeException e) {
        noted.add(new Noted.DeadLettered("the job could not be set aside", e));
      }
    }
    outputs.add(new Output.DeadLetter(offset, key, value, jobId, reason, time));
    noted.add(new Noted.DeadLettered(reason, fault));
  }

  private static @Nullable JobId jobOf(byte @Nullable [] key) {
    if (key == null || key.length != 36) {
      return null;
    }
    try {
      return JobId.parse(new String(key, StandardCharsets.US_ASCII));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Without the source excerpt that Jackson appends: it may be hostile or secret. */
  private static String firstLine(RuntimeException e) {
    String text =
        e instanceof JacksonException jackson ? jackson.getOriginalMessage() : e.getMessage();
    String line = text == null ? "" : text.lines().findFirst().orElse("");
    return e.getClass().getSimpleName() + ": " + line.substring(0, Math.min(300, line.length()));
  }

  /** Whether anything was read or moved since the last commit. */
  public boolean touched() {
    return touched;
  }

  /** What to write, in this order. A view; empty after {@link #committed}. */
  public List<Output> outputs() {
    return outputs;
  }

  /** What to count once it is committed. */
  public List<Noted> noted() {
    return noted;
  }

  /** A view: to be used before the next input. */
  public Changes changes() {
    return overlay.changes(
        new PartitionFacts(
            time, nextOffset, nextSeq, depth.ended(), depth.depth(), depth.byTenant()));
  }

  /** When the job was queued that has been waiting longest; null when none waits. */
  public @Nullable Instant oldestQueuedAt() {
    IndexEntry head = overlay.head(Index.QUEUED);
    return head == null ? null : Instant.ofEpochMilli(head.atMillis());
  }

  /** When the queued job was dispatched whose dispatch is the oldest; null when none waits. */
  public @Nullable Instant oldestDispatchedAt() {
    long oldest = Long.MAX_VALUE;
    for (Priority priority : Priority.values()) {
      IndexEntry head = overlay.head(dispatched(priority));
      oldest = head == null ? oldest : Math.min(oldest, head.atMillis());
    }
    return oldest == Long.MAX_VALUE ? null : Instant.ofEpochMilli(oldest);
  }

  /**
   * The dispatches of committed jobs that are queued and were dispatched less than {@code span}
   * before the partition's time. A host that writes dispatches after the commit writes these once
   * more when it takes the partition over: the last ones may be missing, and one too many does no
   * harm, because only the first claim of a dispatch counts.
   */
  public List<Output.Queue> dispatchedWithin(Duration span) {
    List<Output.Queue> again = new ArrayList<>();
    long since = Math.max(0, time.minus(span).toEpochMilli());
    for (Priority priority : Priority.values()) {
      Index index = dispatched(priority);
      IndexEntry entry = store.firstFrom(IndexEntry.from(index, since));
      while (entry != null) {
        JobState state = store.job(entry.jobId());
        if (state != null && state.status() == JobStatus.QUEUED) {
          again.add(
              new Output.Queue(
                  priority,
                  LedgerRules.dispatchOf(state),
                  Instant.ofEpochMilli(entry.atMillis()),
                  state.traceparent()));
        }
        IndexEntry next = entry.successor();
        entry = next == null ? null : store.firstFrom(next);
      }
    }
    return again;
  }

  /** The offset of {@code ledger-in} to be read next. */
  public long nextOffset() {
    return nextOffset;
  }

  /** The transaction is through, and the store has the changes. */
  public void committed() {
    overlay.committed();
    forget();
  }

  /** The transaction is not through: back to what the store has. */
  public void dropped() {
    overlay.dropped();
    forget();
    PartitionFacts facts = store.facts();
    depth = new DepthCount(facts);
    time = facts.time();
    nextOffset = facts.nextOffset();
    nextSeq = facts.nextSeq();
  }

  private void forget() {
    outputs.clear();
    noted.clear();
    touched = false;
  }
}
