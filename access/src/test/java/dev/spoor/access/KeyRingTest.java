package dev.spoor.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.spoor.contract.job.TenantId;
import dev.spoor.telemetry.app.RefusedSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class KeyRingTest {
  private static final String HASH = "0".repeat(64);

  private final ApiKey first = ApiKey.generate(new SecureRandom());
  private final ApiKey second = ApiKey.generate(new SecureRandom());
  private final AtomicLong now = new AtomicLong();
  @TempDir Path dir;
  private Path file = Path.of("");

  @BeforeEach
  void name() {
    file = dir.resolve("keys.jsonl");
  }

  private static String line(ApiKey key, String tenant, Limits limits) {
    return KeysFile.line(key, new TenantId(tenant), Set.of(Scope.READ, Scope.SUBMIT), limits);
  }

  private void write(String... lines) throws IOException {
    Files.writeString(file, String.join("\n", lines) + "\n");
  }

  private KeyRing ring() {
    return new KeyRing(file, now::get);
  }

  private void aSecondPasses() {
    now.addAndGet(KeyRing.LOOK_INTERVAL.toNanos());
  }

  @Test
  void knowsWhoseAKeyIs() throws IOException {
    write("# the keys", "", line(first, "acme", Limits.NONE), line(second, "other", Limits.NONE));
    KeyRing ring = ring();
    assertThat(ring.find(first.text()))
        .hasValueSatisfying(caller -> {
          assertThat(caller.tenant()).isEqualTo(new TenantId("acme"));
          assertThat(caller.keyId()).isEqualTo(first.id());
          assertThat(caller.may(Scope.SUBMIT)).isTrue();
          assertThat(caller.may(Scope.ADMIN)).isFalse();
          assertThat(caller.sees()).contains(new TenantId("acme"));
        });
    String theId = "spoor_" + first.id() + "_";
    assertThat(ring.find(theId + "0".repeat(64))).isEmpty();
    assertThat(ring.find(theId + second.text().substring(second.text().length() - 64))).isEmpty();
    assertThat(ring.find(ApiKey.generate(new SecureRandom()).text())).isEmpty();
    assertThat(ring.find("")).isEmpty();
  }

  @Test
  void theFileHasNoKey() throws IOException {
    write(line(first, "acme", Limits.NONE));
    assertThat(Files.readString(file))
        .contains(first.id())
        .doesNotContain(first.text())
        .doesNotContain(first.text().substring(first.text().length() - 64));
  }

  @Test
  void limitsAreTheTenants() throws IOException {
    Limits limits = new Limits(2.5, 7, 100L);
    write(line(first, "acme", limits), line(second, "acme", Limits.NONE));
    assertThat(ring().find(second.text()))
        .hasValueSatisfying(caller -> assertThat(caller.limits()).isEqualTo(limits));
  }

  @Test
  void allFaultsAreToldAtOnceAndNoHash() throws IOException {
    write(
        "{\"id\":\"good\",\"sha256\":\""
            + HASH
            + "\",\"tenant\":\"t\",\"scopes\":[\"read\"],"
            + "\"max_waiting\":5}",
        "{\"id\":\"No!\",\"sha256\":\"abc\",\"tenant\":\"a b\",\"scopes\":[\"write\"],\"x\":1}",
        "not json spoor " + HASH,
        "{\"id\":\"good\",\"sha256\":\""
            + HASH
            + "\",\"tenant\":\"t\",\"scopes\":[\"read\"],"
            + "\"max_waiting\":6}",
        "{\"id\":\"many\",\"sha256\":\""
            + HASH
            + "\",\"tenant\":\"t\",\"scopes\":[],"
            + "\"submits_per_second\":0,\"burst\":0,\"max_waiting\":\"5\"}",
        "{\"id\":\"last\",\"sha256\":\""
            + HASH
            + "\",\"tenant\":\"t\",\"scopes\":[\"read\"],"
            + "\"burst\":3}");
    List<String> problems = new ArrayList<>();
    KeysFile.read(file, problems);
    String where = "SPOOR_API_KEYS_FILE " + file + " line ";
    assertThat(problems)
        .containsExactly(
            where
                + "2: has 'x', expected burst, id, max_waiting, scopes, sha256, submits_per_second,"
                + " tenant",
            where + "2: id is 'No!', expected 4 to 32 lower-case letters and digits",
            where + "2: sha256 is not shown, expected 64 lower-case hexadecimal digits",
            where + "2: tenant is 'a b', expected 1 to 128 characters of letters, digits and ._:-",
            where + "2: scopes has 'write', expected some of submit, read, metrics, admin",
            where + "3: is no JSON, expected an object with id, sha256, tenant and scopes",
            where + "4: id is 'good', which line 1 has",
            where + "4: has other limits than line 1, expected the same for all keys of tenant t",
            where + "5: has no scopes, expected a list of submit, read, metrics, admin",
            where + "5: submits_per_second is 0, expected 0.001 to 1000000",
            where + "5: burst is 0, expected 1 to 1000000",
            where + "5: max_waiting is \"5\", expected 1 to 1000000000",
            where + "6: has burst without submits_per_second, expected both");
    assertThat(problems.toString()).doesNotContain(HASH);
    assertThatThrownBy(this::ring).isInstanceOf(RefusedSettings.class);
  }

  @Test
  void refusesAFileThatIsNotThereAndOneWithoutKeys() throws IOException {
    assertThatThrownBy(this::ring)
        .hasMessage(
            "SPOOR_API_KEYS_FILE is '" + file + "', expected a file; there is none of that name");
    write("# nothing");
    assertThatThrownBy(this::ring).hasMessageContaining("has no key");
  }

  @Test
  void aChangedFileIsReadAgainAfterASecondAtMost() throws IOException {
    write(line(first, "acme", Limits.NONE));
    KeyRing ring = ring();
    write(line(second, "acme", Limits.NONE), "# longer");
    assertThat(ring.find(second.text())).isEmpty();
    aSecondPasses();
    assertThat(ring.find(second.text())).isPresent();
    assertThat(ring.find(first.text())).isEmpty();
  }

  @Test
  void aBadNewVersionLeavesTheKeysAsTheyWereAndIsToldOnce() throws IOException {
    write(line(first, "acme", Limits.NONE));
    KeyRing ring = ring();
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    var logger = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(KeyRing.class);
    logger.addAppender(said);
    try {
      Files.writeString(file, "nonsense\n", StandardOpenOption.APPEND);
      for (int i = 0; i < 3; i++) {
        aSecondPasses();
        assertThat(ring.find(first.text())).isPresent();
      }
      assertThat(said.list).hasSize(1);
      assertThat(said.list.getFirst().getFormattedMessage()).contains("line 2: is no JSON");
      Files.delete(file);
      aSecondPasses();
      assertThat(ring.find(first.text())).isPresent();
      write(line(second, "acme", Limits.NONE));
      aSecondPasses();
      assertThat(ring.find(first.text())).isEmpty();
      assertThat(ring.find(second.text())).isPresent();
    } finally {
      logger.detachAppender(said);
    }
  }
}
