package dev.spoor.store.elastic;

import dev.spoor.store.Refusal;
import dev.spoor.store.TelemetryStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Sends records with {@code _bulk} until each of them is stored or refused. Only {@code create} is
 * used, so that whatever has been sent before, answered or not, may be sent again.
 *
 * <p>Of what was begun together, two requests are under way at once. An answer is read item by
 * item: what is there already is as good as stored, what the server has no room for now is sent
 * again, alone, and what its mapping refuses is told to the caller. A request that is not answered,
 * not readable, or refused as a whole is sent again after a pause; one that is too long is sent in
 * halves. That ends when everything is dealt with, or with an exception when nothing was for as
 * long as the patience lasts.
 *
 * <p>One thread at a time.
 */
final class Bulk {
  /** A request's body; single records may be longer. */
  static final int MAX_BODY_BYTES = 4 * 1024 * 1024;

  /** Smaller halves would cost more requests than two at once save. */
  private static final int MIN_BODY_BYTES = 512 * 1024;

  private static final int AT_ONCE = 2;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(5);

  /** Errors of a document, whoever it is offered to. */
  private static final Set<String> REFUSALS =
      Set.of(
          "document_parsing_exception",
          "mapper_parsing_exception",
          "strict_dynamic_mapping_exception");

  private static final String PATH =
      "/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason";

  private final Connection connection;
  private final Duration timeout;
  private final Duration patience;
  private final RandomGenerator random;

  /**
   * @param timeout for the answer to one request
   * @param patience without any progress
   */
  Bulk(Connection connection, Duration timeout, Duration patience, RandomGenerator random) {
    this.connection = connection;
    this.timeout = timeout;
    this.patience = patience;
    this.random = random;
  }

  /** Lines for the server, and where those of each item end. */
  static final class Lines {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 * 1024);
    private int[] ends = new int[256];
    private int count;

    /** Where the next item is written to, before {@link #end}. */
    ByteArrayOutputStream out() {
      return bytes;
    }

    void end() {
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, count * 2);
      }
      ends[count++] = bytes.size();
    }
  }

  /** Some of the items, by their positions. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Batch(int[] items, int busy) {
    Batch half(boolean first) {
      int middle = items.length / 2;
      return new Batch(
          first ? Arrays.copyOf(items, middle) : Arrays.copyOfRange(items, middle, items.length),
          0);
    }
  }

  private record Sent(Batch batch, CompletableFuture<Connection.Reply> reply) {}

  /**
   * Sends the first requests, and the rest while it is waited for.
   *
   * @throws IOException if this is closed
   */
  TelemetryStore.Writing begin(Lines lines) throws IOException {
    Sending sending = new Sending(lines);
    sending.sendMore();
    return sending;
  }

  /** One call. */
  private final class Sending implements TelemetryStore.Writing {
    private final byte[] bytes;
    private final int[] ends;
    private final Deque<Batch> work = new ArrayDeque<>();
    private final Deque<Sent> underWay = new ArrayDeque<>();
    private final List<Refusal> refused = new ArrayList<>();
    private long lastProgress = System.nanoTime();
    private Duration pause = FIRST_PAUSE;
    private boolean mustPause;

    Sending(Lines lines) {
      bytes = lines.bytes.toByteArray();
      ends = Arrays.copyOf(lines.ends, lines.count);
      int wanted = Math.clamp(bytes.length / AT_ONCE + 1, MIN_BODY_BYTES, MAX_BODY_BYTES);
      int from = 0;
      for (int i = 0; i < ends.length; i++) {
        if (ends[i] - start(from) >= wanted || i == ends.length - 1) {
          work.add(new Batch(range(from, i + 1), 0));
          from = i + 1;
        }
      }
    }

    @Override
    public List<Refusal> await() throws IOException {
      try {
        while (!work.isEmpty() || !underWay.isEmpty()) {
          if (mustPause) {
            mustPause = false;
            // With jitter, so that several shippers do not come back in step.
            connection.pause(pause.multipliedBy(50 + random.nextInt(100)).dividedBy(100));
            Duration next = pause.multipliedBy(2);
            pause = next.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : next;
          }
          sendMore();
          answered(underWay.removeFirst());
        }
        return refused;
      } finally {
        // After a failure nobody waits for the other one; what it stores is found there again.
        underWay.forEach(sent -> sent.reply.cancel(true));
      }
    }

    void sendMore() throws IOException {
      while (!work.isEmpty() && underWay.size() < AT_ONCE) {
        Batch batch = work.removeFirst();
        underWay.addLast(
            new Sent(
                batch,
                connection.begin("POST", PATH, body(batch), "application/x-ndjson", timeout)));
      }
    }

    private void answered(Sent sent) throws IOException {
      Batch batch = sent.batch;
      Connection.Reply reply;
      try {
        reply = Connection.await(sent.reply);
      } catch (IOException away) {
        if (connection.isClosed() || Thread.currentThread().isInterrupted()) {
          throw away;
        }
        again(new Batch(batch.items, 0), away);
        return;
      }
      switch (reply.status()) {
        case 200 -> {
          List<Replies.Item> items;
          try {
            items = Replies.items(reply.body(), batch.items.length);
          } catch (UnreadableReplyException unreadable) {
            // It may all be stored; then the server will say so of each.
            again(new Batch(batch.items, 0), unreadable);
            return;
          }
          each(batch, items);
        }
        case 413 -> {
          if (batch.items.length == 1) {
            refuse(batch.items[0], "larger than Elasticsearch takes: " + reply.reason());
          } else {
            halve(batch);
          }
        }
        case 429 -> {
          // A batch that is larger than all of the server's room is refused for ever.
          if (batch.busy >= 1 && batch.items.length > 1) {
            checkPatience(reply.reason(), null);
            halve(batch);
            mustPause = true;
          } else {
            again(new Batch(batch.items, batch.busy + 1), new IOException(reply.reason()));
          }
        }
        default -> {
          if (reply.status() >= 500) {
            again(new Batch(batch.items, 0), new IOException(reply.reason()));
          } else {
            // Not about one record: the lines are ours, and each document is judged by itself.
            throw new IOException(reply.reason());
          }
        }
      }
    }

    private void each(Batch batch, List<Replies.Item> items) throws IOException {
      boolean anyStored = false;
      for (Replies.Item item : items) {
        anyStored |= isStored(item);
      }
      int[] later = new int[items.size()];
      int count = 0;
      Replies.Item why = null;
      for (int i = 0; i < items.size(); i++) {
        Replies.Item item = items.get(i);
        if (isStored(item)) {
          continue;
        }
        if (isRefused(item, anyStored)) {
          refuse(batch.items[i], item.errorType() + ": " + item.reason());
        } else {
          later[count++] = batch.items[i];
          why = item;
        }
      }
      if (count < items.size()) {
        progress();
      }
      if (why != null) {
        again(
            new Batch(Arrays.copyOf(later, count), 0),
            new IOException(
                "Elasticsearch did not store "
                    + count
                    + " records: "
                    + why.status()
                    + " "
                    + why.errorType()
                    + ": "
                    + why.reason()));
      }
    }

    /** A conflict of versions is the record itself, stored before. */
    private static boolean isStored(Replies.Item item) {
      return item.status() == 200
          || item.status() == 201
          || (item.status() == 409 && "version_conflict_engine_exception".equals(item.errorType()));
    }

    /**
     * Whether it is the document's fault. Other errors with 400 may be the server's, as the one of
     * too many shards is; they count as the document's if others were stored beside it.
     */
    private static boolean isRefused(Replies.Item item, boolean anyStored) {
      return item.status() == 400
          && item.errorType() != null
          && (REFUSALS.contains(item.errorType())
              || (anyStored && item.errorType().equals("illegal_argument_exception")));
    }

    private void refuse(int item, String why) {
      refused.add(new Refusal(item, why));
      progress();
    }

    private void halve(Batch batch) {
      work.addFirst(batch.half(false));
      work.addFirst(batch.half(true));
    }

    private void progress() {
      lastProgress = System.nanoTime();
      pause = FIRST_PAUSE;
    }

    private void again(Batch batch, IOException why) throws IOException {
      checkPatience(String.valueOf(why.getMessage()), why);
      work.addFirst(batch);
      mustPause = true;
    }

    private void checkPatience(String why, @Nullable IOException cause) throws IOException {
      if (System.nanoTime() - lastProgress > patience.toNanos()) {
        throw new IOException(why, cause);
      }
    }

    private byte[] body(Batch batch) {
      int size = 0;
      for (int item : batch.items) {
        size += ends[item] - start(item);
      }
      byte[] body = new byte[size];
      int at = 0;
      for (int item : batch.items) {
        int length = ends[item] - start(item);
        System.arraycopy(bytes, start(item), body, at, length);
        at += length;
      }
      return body;
    }

    private int start(int item) {
      return item == 0 ? 0 : ends[item - 1];
    }

    private static int[] range(int from, int until) {
      int[] range = new int[until - from];
      for (int i = from; i < until; i++) {
        range[i - from] = i;
      }
      return range;
    }
  }
}
