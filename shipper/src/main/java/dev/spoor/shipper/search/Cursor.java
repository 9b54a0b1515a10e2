package dev.spoor.shipper.search;

import dev.spoor.contract.wire.Json;
import dev.spoor.store.Position;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * Where the next page of a search begins. It holds what {@code now} was, so that {@code now-15m}
 * means the same on every page.
 *
 * @param now of the first page
 * @param search which search it belongs to
 */
record Cursor(Instant now, String search, Instant timestamp, String source, long seq) {
  static Cursor behind(Position last, Instant now, List<String> search) {
    return new Cursor(now, fingerprint(search), last.timestamp(), last.source(), last.seq());
  }

  Position position() {
    return new Position(timestamp, source, seq);
  }

  boolean belongsTo(List<String> other) {
    return search.equals(fingerprint(other));
  }

  String encode() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.write(this));
  }

  static Optional<Cursor> decode(String text) {
    try {
      return Optional.of(Json.read(Base64.getUrlDecoder().decode(text), Cursor.class));
    } catch (IllegalArgumentException | JacksonException notOne) {
      return Optional.empty();
    }
  }

  private static String fingerprint(List<String> search) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(String.join("\0", search).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(Arrays.copyOf(hash, 8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
