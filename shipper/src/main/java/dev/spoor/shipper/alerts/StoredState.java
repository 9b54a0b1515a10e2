package dev.spoor.shipper.alerts;

import dev.spoor.alert.evaluation.Snapshot;
import dev.spoor.contract.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import tools.jackson.core.JacksonException;

/**
 * What one evaluator leaves to the next, as a record of {@code alerts.state}: JSON, compressed.
 *
 * @param offsets by topic and partition: the next one to be read
 * @param snapshot what was made of all before these
 * @param told by notifier: the changes that have arrived there, as {@link Delivery} names them
 */
record StoredState(
    Map<String, Map<Integer, Long>> offsets, Snapshot snapshot, Map<String, List<String>> told) {
  static final byte[] KEY = "evaluator".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  /** Nothing that we write is near it; a record that unpacks to more is not ours. */
  private static final int MAX_UNPACKED = 256 << 20;

  StoredState {
    offsets = java.util.Collections.unmodifiableMap(new TreeMap<>(offsets));
    told = java.util.Collections.unmodifiableMap(new TreeMap<>(told));
  }

  byte[] write() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(bytes)) {
      packed.write(Json.write(this));
    }
    return bytes.toByteArray();
  }

  /**
   * @throws IOException if this is no state, or one that this version cannot read
   */
  static StoredState read(byte[] bytes) throws IOException {
    byte[] json;
    try (GZIPInputStream packed = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      json = packed.readNBytes(MAX_UNPACKED);
    }
    try {
      StoredState state = Json.read(json, StoredState.class);
      if (state.snapshot().version() != Snapshot.VERSION) {
        throw new IOException("a snapshot of version " + state.snapshot().version());
      }
      return state;
    } catch (JacksonException | NullPointerException unreadable) {
      throw new IOException("not a state of the evaluator", unreadable);
    }
  }

  /**
   * A state as it is written.
   *
   * @param lacks what there was no room for; empty if nothing
   */
  @SuppressWarnings("ArrayRecordComponent") // written, never compared
  record Packed(byte[] bytes, String lacks) {}

  /**
   * The most of it that fits. What lacks panes has no offsets either, so that a successor reads all
   * that is in the windows again, and measures what was left out.
   */
  Packed pack(int maxBytes) throws IOException {
    byte[] all = write();
    if (all.length <= maxBytes) {
      return new Packed(all, "");
    }
    byte[] unmeasured = new StoredState(Map.of(), snapshot.withoutPanes(), told).write();
    if (unmeasured.length <= maxBytes) {
      return new Packed(unmeasured, "what was measured");
    }
    byte[] firing = new StoredState(Map.of(), snapshot.onlyFiring(), told).write();
    if (firing.length <= maxBytes) {
      return new Packed(firing, "what was measured and what does not fire");
    }
    return new Packed(new StoredState(Map.of(), snapshot.empty(), Map.of()).write(), "all alerts");
  }
}
