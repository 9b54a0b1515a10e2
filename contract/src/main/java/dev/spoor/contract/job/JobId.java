package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * A job's identity: a UUID (RFC 9562).
 *
 * <p>With an idempotency key it is a version 8 UUID of the tenant and the key, so one key is one
 * job at whatever gateway it arrives. Without one it is a version 7 UUID, ordered by time.
 */
public record JobId(@JsonValue UUID value) implements Comparable<JobId> {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public JobId {}

  /**
   * @throws IllegalArgumentException if {@code text} is not a UUID in its canonical 36-character
   *     form
   */
  public static JobId parse(String text) {
    if (text.length() != 36) {
      throw new IllegalArgumentException("a job id is a UUID of 36 characters");
    }
    return new JobId(UUID.fromString(text));
  }

  /**
   * The job of this tenant and key: the same arguments give the same id, everywhere and for ever.
   */
  public static JobId ofKey(TenantId tenant, String idempotencyKey) {
    MessageDigest sha256 = sha256();
    sha256.update(tenant.value().getBytes(StandardCharsets.UTF_8));
    sha256.update((byte) 0);
    sha256.update(idempotencyKey.getBytes(StandardCharsets.UTF_8));
    ByteBuffer hash = ByteBuffer.wrap(sha256.digest());
    return new JobId(new UUID(withVersion(hash.getLong(), 8), withVariant(hash.getLong())));
  }

  /**
   * A time-ordered id.
   *
   * @param epochMillis the time, in milliseconds since 1970
   * @param randomA 12 bits are used
   * @param randomB 62 bits are used
   */
  public static JobId ofTime(long epochMillis, long randomA, long randomB) {
    return new JobId(
        new UUID(withVersion((epochMillis << 16) | (randomA & 0xFFF), 7), withVariant(randomB)));
  }

  private static long withVersion(long high, int version) {
    return (high & ~0xF000L) | ((long) version << 12);
  }

  private static long withVariant(long low) {
    return (low & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public int compareTo(JobId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
