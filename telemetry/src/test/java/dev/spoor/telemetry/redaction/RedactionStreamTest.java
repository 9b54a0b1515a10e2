package dev.spoor.telemetry.redaction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RedactionStreamTest {
  private static final String SECRET = "hunter2" + "Zq9";

  private final RedactionReport report = new RedactionReport();

  private byte[] copy(InputStream in) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new RedactionStream(RuleRedactor.STANDARD, report).copy(in, out);
    return out.toByteArray();
  }

  private String copy(String text) throws IOException {
    return new String(copy(new ByteArrayInputStream(text.getBytes(UTF_8))), UTF_8);
  }

  @Test
  void linesAreRedactedAndCountedByRule() throws IOException {
    assertThat(copy("password=" + SECRET + "\nhéllo\nhttps://u:" + SECRET + "@h/\npwd=" + SECRET))
        .isEqualTo(
            "password=[REDACTED:password]\nhéllo\nhttps://u:[REDACTED:url_password]@h/\n"
                + "pwd=[REDACTED:password]");
    assertThat(report.lines())
        .containsExactly(
            new RedactionReport.Line("field", "password", 2),
            new RedactionReport.Line("url", "url_password", 1));
    assertThat(report.total()).isEqualTo(3);
  }

  @Test
  void aKeyOverManyBlocksDoesNotComeThrough() throws IOException {
    StringBuilder key = new StringBuilder("before\n-----BEGIN PRIVATE KEY-----\n");
    for (int i = 0; i < 20_000; i++) {
      key.append("Zm9v".repeat(16)).append('\n');
    }
    key.append("-----END PRIVATE KEY-----\nafter password=").append(SECRET).append('\n');
    String redacted = copy(key.toString());
    assertThat(redacted)
        .doesNotContain("Zm9vZm9v")
        .doesNotContain(SECRET)
        .startsWith("before\n")
        .contains("after password=[REDACTED:password]\n");
  }

  @Test
  void aLineThatOnlySpeaksOfKeysTakesNothingWithIt() throws IOException {
    String text =
        "-----BEGIN PRIVATE KEY----- was expected in x\n" + "one two three\n".repeat(60_000);
    assertThat(copy(text)).endsWith("one two three\n").hasSizeGreaterThan(text.length() - 200);
  }

  @Test
  void bytesThatAreNoTextComeThrough() throws IOException {
    byte[] bytes = new byte[3 * RedactionStream.BLOCK + 17];
    new Random(1).nextBytes(bytes);
    byte[] copied = copy(new ByteArrayInputStream(bytes));
    assertThat(copied.length)
        .isCloseTo(bytes.length, org.assertj.core.data.Percentage.withPercentage(2));
    assertThat(copy("ключ ".repeat(200_000))).isEqualTo("ключ ".repeat(200_000));
  }

  @Test
  void memoryDoesNotGrowWithALongLine() throws IOException {
    long[] written = new long[1];
    InputStream endless =
        new InputStream() {
          private long left = 64L << 20;

          @Override
          public int read() {
            return left-- > 0 ? 'x' : -1;
          }

          @Override
          public int read(byte[] to, int offset, int length) {
            if (left <= 0) {
              return -1;
            }
            int count = (int) Math.min(left, length);
            java.util.Arrays.fill(to, offset, offset + count, (byte) 'x');
            left -= count;
            return count;
          }
        };
    OutputStream counted =
        new OutputStream() {
          @Override
          public void write(int b) {
            written[0]++;
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            written[0] += length;
          }
        };
    new RedactionStream(RuleRedactor.STANDARD, report).copy(endless, counted);
    assertThat(written[0]).isEqualTo(64L << 20);
  }

  @Test
  void whatIsThereGoesOutWhenTheInputPauses() throws Exception {
    PipedOutputStream typed = new PipedOutputStream();
    PipedInputStream in = new PipedInputStream(typed, 1 << 16);
    PipedInputStream seen = new PipedInputStream(1 << 16);
    PipedOutputStream out = new PipedOutputStream(seen);
    Thread copying =
        Thread.ofVirtual()
            .start(() -> {
              try {
                new RedactionStream(RuleRedactor.STANDARD, report).copy(in, out);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    typed.write("first password=hunter2Zq9\n".getBytes(UTF_8));
    typed.flush();
    assertThat(new String(seen.readNBytes(35), UTF_8))
        .isEqualTo("first password=[REDACTED:password]\n");
    typed.close();
    copying.join();
  }
}
