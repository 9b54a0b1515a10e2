package dev.spoor.telemetry.journal;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The two journals of a process, each a source of its own: {@code bulk} for plain lines below
 * WARNING, {@code keep} for everything else, so that chatter never displaces what matters. They
 * begin in memory; {@link #open} gives them a directory.
 *
 * <p>A thread of its own, {@code spoor-journal-keeper}, prepares segments and notices when the
 * directory fails or works again; {@link #close} stops it.
 */
public final class Journals {
  private static final Duration TICK = Duration.ofMillis(50);

  /** Between two tries of a directory that could not be used. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** After so long without one the next failure to force is told again. */
  private static final Duration FORGET = Duration.ofMinutes(10);

  private static final byte[] GAP = Events.GAP.getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CLOSED = Events.SOURCE_CLOSED.getBytes(StandardCharsets.US_ASCII);

  private final Journal bulk;
  private final Journal keep;
  private final RecordWriter writer;
  private final JournalLimits limits;
  private final Consumer<String> trouble;
  private final Thread keeper;
  private volatile @Nullable Path root;

  /** A directory that could not be used yet. */
  private volatile @Nullable Path wanted;

  private volatile @Nullable Duration force;
  private volatile boolean stopped;
  private @Nullable String said;

  private final LongAdder forceFailures = new LongAdder();

  /** The keeper's. */
  private long forceFailedAt;

  private volatile boolean open;
  private final List<Journal> inherited = new CopyOnWriteArrayList<>();
  private volatile JournalCounts past = new JournalCounts(0, 0, Map.of(), 0, 0, 0);

  /**
   * @param name unique for this run of the process, for example {@code gateway-host-1-18c2f-9a0b}
   * @param writer makes the journals' own records
   * @param trouble told once in one sentence when records are only in memory, and once when that is
   *     over, and when they cannot be forced to the disk; on the keeper's thread, so it may log
   */
  public Journals(
      String name, JournalLimits limits, RecordWriter writer, Consumer<String> trouble) {
    this.writer = writer;
    this.limits = limits;
    this.trouble = trouble;
    this.keep = new Journal(name + "-keep", limits, this::writeGap);
    this.bulk = new Journal(name + "-bulk", limits, this::writeGap);
    this.keeper = Thread.ofPlatform().name("spoor-journal-keeper").daemon().unstarted(this::run);
    keeper.start();
  }

  /**
   * From now on records survive the process. If the directory cannot be used, they stay in memory,
   * bounded and counted, and that is said.
   *
   * @param force how often mapped pages are written to the disk; null: the kernel decides, and
   *     power loss may cost what was logged last
   */
  public void open(Path directory, @Nullable Duration force) {
    this.force = force;
    open = true;
    String problem = openFolders(directory);
    if (problem != null) {
      say(problem);
      wanted = directory;
    }
  }

  /** Returns what is wrong with the directory, or null: then records survive the process. */
  private @Nullable String openFolders(Path directory) {
    try {
      JournalFolder keepFolder = JournalFolder.create(directory, keep.source());
      JournalFolder bulkFolder;
      try {
        bulkFolder = JournalFolder.create(directory, bulk.source());
      } catch (IOException e) {
        keepFolder.delete();
        throw e;
      }
      root = directory.toRealPath();
      keep.open(keepFolder);
      bulk.open(bulkFolder);
      return null;
    } catch (IOException e) {
      return directory + " cannot be written (" + e + ")";
    }
  }

  /**
   * Hands what is in memory to other journals, with new seqs there. Only for journals that were
   * never opened and never read: nobody has seen these seqs.
   */
  public void moveTo(Journals other) {
    bulk.moveTo(other.bulk);
    keep.moveTo(other.keep);
  }

  public Journal bulk() {
    return bulk;
  }

  public Journal keep() {
    return keep;
  }

  /** Appends to {@code bulk} or {@code keep}; see {@link Journal#append}. */
  public long append(boolean important, RecordBuffer record, byte[] event) {
    return (important ? keep : bulk).append(record, event);
  }

  /**
   * Takes over what dead processes left in the same directory. The caller ships each journal and
   * then calls {@link #finish(Journal, String)} for it, ships that too and closes it.
   */
  public List<Journal> takeOver() {
    Path directory = root;
    if (directory == null) {
      return List.of();
    }
    List<Journal> journals = new ArrayList<>();
    try {
      for (Path path : JournalFolder.folders(directory)) {
        takeOver(path).ifPresent(journals::add);
      }
    } catch (IOException e) {
      // Tried again with the next scan; the folders lose nothing by waiting.
      trouble.accept("Could not look for journals of dead processes: " + e);
    }
    inherited.addAll(journals);
    return journals;
  }

  /** Lets go of a journal that was taken over. Its counts stay. */
  public void leave(Journal journal) {
    JournalCounts counts = journal.counts();
    if (inherited.remove(journal)) {
      past =
          past.plus(
              new JournalCounts(
                  counts.logged() - counts.inJournal(),
                  counts.shipped(),
                  counts.dropped(),
                  0,
                  0,
                  0));
    }
    journal.close();
  }

  /**
   * What became of the records of this process and of those that it inherited from dead ones, which
   * count as logged here from then on.
   */
  public JournalCounts counts() {
    JournalCounts counts = bulk.counts().plus(keep.counts()).plus(past);
    for (Journal journal : inherited) {
      counts = counts.plus(journal.counts());
    }
    return counts;
  }

  /** Whether a directory was given and the last word has not been said. */
  public boolean isOpen() {
    return open;
  }

  private Optional<Journal> takeOver(Path path) throws IOException {
    if (isEmpty(path)) {
      return Optional.empty();
    }
    Optional<JournalFolder> folder = JournalFolder.takeOver(path);
    if (folder.isEmpty()) {
      return Optional.empty();
    }
    JournalFolder taken = folder.get();
    if (taken.segments().isEmpty()) {
      taken.delete();
      return Optional.empty();
    }
    return Optional.of(Journal.takeOver(taken, limits, this::writeGap));
  }

  private static boolean isEmpty(Path path) throws IOException {
    try (var files = Files.list(path)) {
      return files.findAny().isEmpty();
    }
  }

  /**
   * Says the last word of a source that was taken over, unless its owner has said it itself.
   *
   * @param lastEvent the event of its last record, or null if there was none to read
   */
  public void finish(Journal journal, @Nullable String lastEvent) {
    if (Events.SOURCE_CLOSED.equals(lastEvent)) {
      journal.finish((ended, lastSeq) -> {});
    } else {
      journal.finish(this::writeClosed);
    }
  }

  /** Both journals say their last word and take no more. */
  public void finish() {
    // keep last: the gaps of bulk are written there.
    bulk.finish(this::writeClosed);
    keep.finish(this::writeClosed);
  }

  /** Stops the keeper and gives the folders back. What is not shipped is left to a successor. */
  public void close() {
    stopped = true;
    open = false;
    keeper.interrupt();
    try {
      keeper.join(Duration.ofSeconds(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    bulk.close();
    keep.close();
  }

  private void writeGap(Gap gap) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(Fields.GAP_SOURCE, gap.source());
    fields.put(Fields.FROM, gap.from());
    fields.put(Fields.TO, gap.to());
    fields.put(Fields.REASON, gap.reason().wireName());
    RecordBuffer buffer = new RecordBuffer();
    writer.write(
        buffer,
        Events.GAP,
        "WARNING",
        (gap.to() - gap.from() + 1) + " records dropped: " + gap.reason().wireName(),
        fields);
    keep.append(buffer, GAP);
  }

  private void writeClosed(Journal journal, long lastSeq) {
    RecordBuffer buffer = new RecordBuffer();
    writer.write(
        buffer,
        Events.SOURCE_CLOSED,
        "INFO",
        "Closed the journal " + journal.source(),
        Map.of(Fields.LAST_SEQ, lastSeq));
    journal.append(buffer, CLOSED);
  }

  private void run() {
    long forcedAt = System.nanoTime();
    long triedAt = System.nanoTime();
    while (!stopped) {
      try {
        Thread.sleep(TICK);
      } catch (InterruptedException e) {
        return;
      }
      Path again = wanted;
      if (again != null && System.nanoTime() - triedAt >= RETRY.toNanos()) {
        triedAt = System.nanoTime();
        if (openFolders(again) == null) {
          wanted = null;
        }
      }
      String problem = keep.keep();
      String other = bulk.keep();
      if (root != null) {
        say(problem == null ? other : problem);
      }
      keep.leaveMemory();
      bulk.leaveMemory();
      Duration interval = force;
      if (interval != null && System.nanoTime() - forcedAt >= interval.toNanos()) {
        String refused = keep.force();
        String otherRefused = bulk.force();
        if (refused != null || otherRefused != null) {
          forceFailed(refused != null ? refused : String.valueOf(otherRefused));
        }
        forcedAt = System.nanoTime();
      }
    }
  }

  /**
   * Told once until there was peace for a while: the kernel says of a page only once that it could
   * not be written, so a try that succeeds behind it says nothing of what failed.
   */
  private void forceFailed(String problem) {
    long now = System.nanoTime();
    if (forceFailures.sum() == 0 || now - forceFailedAt > FORGET.toNanos()) {
      trouble.accept("Records may be lost with the power: " + problem);
    }
    forceFailures.increment();
    forceFailedAt = now;
  }

  /** How often records could not be forced to the disk, which costs them only with the power. */
  public long forceFailures() {
    return forceFailures.sum();
  }

  private void say(@Nullable String problem) {
    if (problem == null && said != null) {
      said = null;
      trouble.accept("The journal can be written again");
    } else if (problem != null && said == null) {
      said = problem;
      trouble.accept(
          "The journal cannot be written, records are kept in "
              + (limits.maxMemoryBytes() / (512 << 10))
              + " MiB of memory until it can be: "
              + problem);
    }
  }

  /** Whether records survive the process now. */
  public boolean isOnDisk() {
    return keep.isOnDisk() && bulk.isOnDisk();
  }
}
