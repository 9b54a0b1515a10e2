package dev.spoor.store.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.spoor.contract.wire.Json;
import dev.spoor.store.PartitionId;
import dev.spoor.store.Search;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.query.Query;
import dev.spoor.testkit.TestElasticsearch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * TLS and credentials, in front of a real Elasticsearch: a proxy that ends TLS, asks for the right
 * {@code Authorization} and passes everything else on.
 */
@Timeout(180)
class SecuredElasticIT {
  private static final String SECRET = "aWQ6c2VjcmV0LWtleQ==";
  private static final String PASSWORD = "correct horse";
  private static final PartitionId P0 = new PartitionId("telemetry", 0);
  private static final Instant T0 = Instant.parse("2026-11-24T10:00:00Z");

  @TempDir private static Path dir;

  private final TestElasticsearch server = TestElasticsearch.shared();
  private final String prefix = TestElasticsearch.freshPrefix();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private @Nullable HttpsServer proxy;
  private volatile String expected = "ApiKey " + SECRET;

  @BeforeEach
  void start() throws Exception {
    HttpsServer started =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    started.setHttpsConfigurator(new HttpsConfigurator(identity("server")));
    started.createContext("/", this::pass);
    started.setExecutor(threads);
    started.start();
    proxy = started;
  }

  @AfterEach
  void stop() {
    if (proxy != null) {
      proxy.stop(0);
    }
    threads.shutdownNow();
    http.shutdownNow();
  }

  @Test
  void aTrustedServerIsWrittenToAndSearchedWithAKey() throws Exception {
    writeAndFind(new Credentials.ApiKey(SECRET));
    assertThat(refused).isEmpty();
  }

  @Test
  void aUserHasAPassword() throws Exception {
    // RFC 7617: base64 of spoor:correct horse.
    expected = "Basic c3Bvb3I6Y29ycmVjdCBob3JzZQ==";
    writeAndFind(new Credentials.Basic("spoor", PASSWORD));
    assertThat(refused).isEmpty();
  }

  @Test
  void aKeyThatIsNotKnownIsNamedByItsSettingAndNotByItself() throws Exception {
    try (ElasticStore store =
        open("localhost", certificate("server"), new Credentials.ApiKey("b3RoZXI="))) {
      assertThatThrownBy(() -> store.checkpoint(P0))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("401")
          .hasMessageContaining("SPOOR_ELASTICSEARCH_API_KEY")
          .hasMessageNotContaining("b3RoZXI");
      assertThatThrownBy(store::check).hasMessageContaining("401");
    }
    assertThat(refused).containsExactly("ApiKey b3RoZXI=");
  }

  @Test
  void aServerThatNobodyVouchesForIsToldNothing() throws Exception {
    certificate("another");
    for (Path trusted : new Path[] {null, dir.resolve("another.pem")}) {
      try (ElasticStore store = open("localhost", trusted, new Credentials.ApiKey(SECRET))) {
        assertThatThrownBy(() -> store.checkpoint(P0))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("Elasticsearch does not answer")
            .hasMessageContaining("certification path")
            .hasMessageNotContaining(SECRET);
      }
    }
  }

  @Test
  void aCertificateIsForOneName() throws Exception {
    try (ElasticStore store =
        open("127.0.0.1", certificate("server"), new Credentials.ApiKey(SECRET))) {
      assertThatThrownBy(() -> store.checkpoint(P0))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1");
    }
  }

  @Test
  void aFileWithoutCertificatesIsRefusedAtOnce() throws Exception {
    Path file = Files.writeString(dir.resolve("empty.pem"), "nothing");
    assertThatThrownBy(() -> open("localhost", file, new Credentials.Nobody()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("PEM");
  }

  private void writeAndFind(Credentials credentials) throws Exception {
    try (ElasticStore store = open("localhost", certificate("server"), credentials)) {
      store.checkpoint(P0);
      byte[] json =
          Json.write(Map.of("timestamp", T0.toString(), "source", "s", "seq", 1, "level", "INFO"));
      assertThat(store.write(List.of(new TelemetryRecord("s", 1, T0, Json.tree(json), json))))
          .isEmpty();
      store.commit(List.of());
      store.refresh();
      assertThat(
              store
                  .search(
                      new Search(
                          new Query.Everything(),
                          null,
                          null,
                          true,
                          9,
                          null,
                          Duration.ofSeconds(20)))
                  .hits())
          .hasSize(1);
      store.check();
    }
  }

  private ElasticStore open(String host, @Nullable Path trusted, Credentials credentials)
      throws IOException {
    if (proxy == null) {
      throw new IllegalStateException("not started");
    }
    return ElasticStore.open(
        new ElasticSettings(
            List.of(URI.create("https://" + host + ":" + proxy.getAddress().getPort())),
            prefix,
            credentials,
            trusted,
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ZERO,
            0),
        Clock.systemUTC(),
        new Random(1));
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
      if (!authorization.equals(expected)) {
        refused.add(authorization);
        byte[] answer = Json.write(Map.of("error", Map.of("type", "security_exception")));
        exchange.sendResponseHeaders(401, answer.length);
        exchange.getResponseBody().write(answer);
        return;
      }
      String type = exchange.getRequestHeaders().getFirst("Content-Type");
      HttpRequest.Builder request =
          HttpRequest.newBuilder(server.uri().resolve(exchange.getRequestURI().toString()))
              .method(
                  exchange.getRequestMethod(),
                  body.length == 0
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofByteArray(body));
      if (type != null) {
        request.header("Content-Type", type);
      }
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(
          answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
      exchange.getResponseBody().write(answer.body());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private static SSLContext identity(String name) throws Exception {
    certificate(name);
    KeyStore keys =
        KeyStore.getInstance(dir.resolve(name + ".p12").toFile(), "changeit".toCharArray());
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    return context;
  }

  /** Of its own signing, for {@code localhost}, made once by the JDK's {@code keytool}. */
  private static synchronized Path certificate(String name) throws Exception {
    Path file = dir.resolve(name + ".pem");
    if (!Files.exists(file)) {
      Path store = dir.resolve(name + ".p12");
      keytool(
          "-genkeypair",
          "-alias",
          name,
          "-keyalg",
          "EC",
          "-dname",
          "CN=" + name,
          "-ext",
          "san=dns:localhost",
          "-validity",
          "2",
          "-storetype",
          "PKCS12",
          "-keystore",
          store.toString(),
          "-storepass",
          "changeit");
      keytool(
          "-exportcert",
          "-rfc",
          "-alias",
          name,
          "-keystore",
          store.toString(),
          "-storepass",
          "changeit",
          "-file",
          file.toString());
    }
    return file;
  }

  private static void keytool(String... arguments) throws Exception {
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }
}
