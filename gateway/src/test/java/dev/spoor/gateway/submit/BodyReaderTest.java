package dev.spoor.gateway.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.spoor.telemetry.problem.Fault;
import dev.spoor.telemetry.problem.Problem;
import dev.spoor.telemetry.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BodyReaderTest {
  private static Problem refused(byte[] body) {
    return catchThrowableOfType(ProblemException.class, () -> BodyReader.read(body)).problem();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u00a7',
      value = {
        "{                            | | not JSON",
        "{\"a\":}                     | | not JSON",
        "{'a':1}                      | | not JSON",
        "{\"a\":1,}                   | | not JSON",
        "{\"a\":NaN}                  | | not JSON",
        "{\"a\":01}                   | | not JSON",
        "// note {}                   | | not JSON",
        "{} {}                        | | something follows",
        "{\"a\":1,\"a\":2}            | /a | this name is there twice",
        "{\"a\":{\"b\":[{\"c\":1,\"c\":2}]}} | /a/b/0/c | this name is there twice",
      })
  void saysWhatAndWhere(String body, String pointer, String detail) {
    Problem problem = refused(body.strip().getBytes(StandardCharsets.UTF_8));
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.errors()).hasSize(1);
    Fault fault = problem.errors().getFirst();
    assertThat(fault.pointer()).isEqualTo(pointer == null ? "" : pointer);
    assertThat(fault.detail()).startsWith(detail);
  }

  @Test
  void refusesWhatIsNotUtf8() {
    assertThat(refused(new byte[] {'"', (byte) 0xC3, '"'}).detail()).contains("not UTF-8");
    // Overlong, and a surrogate in UTF-8: the classics.
    assertThat(refused(new byte[] {'"', (byte) 0xC0, (byte) 0x80, '"'}).detail())
        .contains("not UTF-8");
    assertThat(refused(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}).detail())
        .contains("not UTF-8");
    assertThat(refused("{}".getBytes(StandardCharsets.UTF_16)).status()).isEqualTo(400);
    assertThat(refused("\ufeff{}".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(400);
    assertThat(refused(new byte[0]).detail()).contains("empty");
  }

  @Test
  void takes64LevelsAndNoMore() {
    assertThat(BodyReader.read(nested(64)).isArray()).isTrue();
    assertThat(refused(nested(65)).detail()).isEqualTo("deeper than 64 levels");
  }

  private static byte[] nested(int levels) {
    return ("[".repeat(levels) + "]".repeat(levels)).getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void neverQuotesTheBody() {
    assertThat(refused("{\"a\": hunter2}".getBytes(StandardCharsets.UTF_8)).detail())
        .doesNotContain("hunter2");
  }
}
