package dev.spoor.telemetry.redaction;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Redacts a stream of any length in bounded memory. Works on blocks of whole lines: where the input
 * pauses, what is there goes out; a private key is kept until its last line. A line longer than a
 * block is cut at a space.
 *
 * <p>Bytes that are no UTF-8 come through as they are.
 */
public final class RedactionStream {
  /** Bytes; many times what a secret of several lines has. */
  static final int BLOCK = 256 << 10;

  /** Lines at the end of a full block that wait for the next: a value may follow its name. */
  private static final int KEPT = 8 << 10;

  private final RuleRedactor redactor;
  private final RedactionReport report;
  private byte[] block = new byte[BLOCK];
  private int size;

  /** Inside a key that was longer than a block: nothing goes out until it ends. */
  private boolean insideKey;

  /**
   * @param report gets what is found
   */
  public RedactionStream(RuleRedactor redactor, RedactionReport report) {
    this.redactor = redactor;
    this.report = report;
  }

  /**
   * Copies until the input ends.
   *
   * @throws IOException if the input cannot be read or the output cannot be written
   */
  public void copy(InputStream in, OutputStream out) throws IOException {
    while (true) {
      int read = in.read(block, size, block.length - size);
      if (read < 0) {
        write(size, out);
        out.flush();
        return;
      }
      size += read;
      if (size == block.length) {
        write(cutOfFullBlock(), out);
      } else if (in.available() == 0) {
        int cut = afterLastLine(size);
        if (cut > 0 && !isInKey(cut)) {
          write(cut, out);
          out.flush();
        }
      }
    }
  }

  private int cutOfFullBlock() {
    int cut = afterLastLine(size - KEPT);
    if (cut > 0) {
      int key = openKey(cut);
      return key > 0 ? key : cut;
    }
    for (int i = size - KEPT; i > size / 2; i--) {
      if (block[i] == ' ' || block[i] == ',') {
        return i;
      }
    }
    // UTF-8's first bytes are no continuation: do not cut a character.
    int i = size - KEPT;
    while (i > 0 && (block[i] & 0xC0) == 0x80) {
      i--;
    }
    return i == 0 ? size - KEPT : i;
  }

  private int afterLastLine(int end) {
    for (int i = end; i > 0; i--) {
      if (block[i - 1] == '\n') {
        return i;
      }
    }
    return 0;
  }

  private boolean isInKey(int end) {
    return openKey(end) >= 0;
  }

  /** Where a private key begins that may go on behind there, or -1. */
  private int openKey(int end) {
    String text = new String(block, 0, end, StandardCharsets.ISO_8859_1);
    int begin = openKey(text);
    return begin < 0 ? -1 : text.lastIndexOf('\n', begin) + 1;
  }

  private static int openKey(String text) {
    int begin = text.lastIndexOf("BEGIN");
    if (begin < 0) {
      return -1;
    }
    int labelEnd = text.indexOf("----", begin);
    if (labelEnd < 0
        || labelEnd - begin > 64
        || !PemBlocks.isPrivate(text, begin, labelEnd)
        || PemBlocks.end(text, labelEnd) >= 0) {
      return -1;
    }
    return text.substring(PemBlocks.openEnd(text, labelEnd)).isBlank() ? begin : -1;
  }

  private void write(int end, OutputStream out) throws IOException {
    byte[] part = Arrays.copyOf(block, end);
    System.arraycopy(block, end, block, 0, size - end);
    size -= end;
    Charset charset = isUtf8(part) ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    String text = new String(part, charset);
    if (insideKey) {
      int close = PemBlocks.end(text, 0);
      int from = close < 0 ? PemBlocks.bodyEnd(text, 0) : close;
      text = text.substring(from);
      insideKey = close < 0 && text.isBlank();
    }
    insideKey |= openKey(text) >= 0;
    out.write(redactor.redact(text, report).getBytes(charset));
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
