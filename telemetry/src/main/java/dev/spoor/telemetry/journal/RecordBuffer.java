package dev.spoor.telemetry.journal;

import java.io.OutputStream;
import java.util.Arrays;

/**
 * The bytes of one record while it is made: a JSON object that the journal completes with source
 * and seq. Grows as needed, is used again for the next record. Not thread-safe.
 */
public final class RecordBuffer extends OutputStream {
  private static final int KEEP = 64 << 10;
  private static final int MAX_DIGITS = 20;

  private byte[] bytes = new byte[1024];
  private int length;

  /** Empties it. */
  public void clear() {
    length = 0;
    if (bytes.length > KEEP) {
      bytes = new byte[1024];
    }
  }

  @Override
  public void write(int b) {
    ensure(1);
    bytes[length++] = (byte) b;
  }

  @Override
  public void write(byte[] from, int offset, int count) {
    ensure(count);
    System.arraycopy(from, offset, bytes, length, count);
    length += count;
  }

  /** The array behind it, valid until the next change. */
  public byte[] array() {
    return bytes;
  }

  public int length() {
    return length;
  }

  /** Cuts off what was written behind this length. */
  public void truncate(int to) {
    length = Math.min(length, to);
  }

  /** A copy of what is in it. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** Puts {@code ,"source":"…","seq":n} before the closing brace. */
  void seal(byte[] sourceAndSeqName, long seq) {
    ensure(sourceAndSeqName.length + MAX_DIGITS + 1);
    length--;
    System.arraycopy(sourceAndSeqName, 0, bytes, length, sourceAndSeqName.length);
    length += sourceAndSeqName.length;
    int digits = 1;
    for (long rest = seq; rest >= 10; rest /= 10) {
      digits++;
    }
    long rest = seq;
    for (int at = length + digits - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
    bytes[length++] = '}';
  }

  /** Takes off what {@link #seal} has put on. */
  void unseal(byte[] sourceAndSeqName) {
    int at = length - sourceAndSeqName.length;
    while (at > 0
        && !Arrays.equals(
            bytes,
            at,
            at + sourceAndSeqName.length,
            sourceAndSeqName,
            0,
            sourceAndSeqName.length)) {
      at--;
    }
    length = at;
    write('}');
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
