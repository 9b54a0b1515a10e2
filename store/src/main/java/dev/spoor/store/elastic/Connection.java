package dev.spoor.store.elastic;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Plain HTTP/1.1 to a cluster. One node is asked until it does not answer; the next request goes to
 * the next one. Nothing is retried here. Thread-safe.
 */
final class Connection implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final byte[] NOTHING = new byte[0];

  private final List<URI> uris;
  private final Optional<String> authorization;
  private final HttpClient http;
  private final AtomicInteger node = new AtomicInteger();
  private final CountDownLatch closing = new CountDownLatch(1);

  /** An answer with its whole body. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared; copies cost.
  record Reply(int status, byte[] body) {
    boolean isOk() {
      return status >= 200 && status < 300;
    }

    /** What is wrong, for people. */
    String reason() {
      String reason = "Elasticsearch answered " + Replies.reason(status, body);
      return status == 401 || status == 403
          ? reason
              + "; see SPOOR_ELASTICSEARCH_API_KEY, or _USERNAME and _PASSWORD, and what they may"
              + " do"
          : reason;
    }
  }

  /**
   * @throws IOException one sentence, if the certificates cannot be read
   */
  Connection(ElasticSettings settings) throws IOException {
    uris = settings.uris();
    authorization = settings.credentials().header();
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER);
    Path caFile = settings.caFile();
    if (caFile != null) {
      builder.sslContext(trusting(caFile));
    }
    http = builder.build();
  }

  /**
   * @param path with its query, from the slash
   * @param body null for none
   */
  Reply send(
      String method, String path, byte @Nullable [] body, String contentType, Duration timeout)
      throws IOException {
    return await(begin(method, path, body, contentType, timeout));
  }

  Reply get(String path, Duration timeout) throws IOException {
    return send("GET", path, null, "application/json", timeout);
  }

  /** The same without waiting; fails with an IOException or has the whole answer. */
  CompletableFuture<Reply> begin(
      String method, String path, byte @Nullable [] body, String contentType, Duration timeout)
      throws IOException {
    if (closing.getCount() == 0) {
      throw closed();
    }
    int used = node.get();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(at(uris.get(Math.floorMod(used, uris.size())), path))
            .timeout(timeout)
            .header("Accept", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    if (body != null) {
      request.header("Content-Type", contentType);
    }
    authorization.ifPresent(value -> request.header("Authorization", value));
    return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray())
        .thenApply(response ->
            new Reply(response.statusCode(), response.body() == null ? NOTHING : response.body()))
        .whenComplete((_, failed) -> {
          if (failed != null) {
            node.compareAndSet(used, used + 1);
          }
        });
  }

  /** Waits for an answer. */
  static Reply await(CompletableFuture<Reply> reply) throws IOException {
    try {
      return reply.get();
    } catch (InterruptedException stop) {
      reply.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while Elasticsearch was asked", stop);
    } catch (java.util.concurrent.ExecutionException failed) {
      throw failure(failed.getCause());
    } catch (CompletionException failed) {
      throw failure(failed.getCause());
    }
  }

  private static IOException failure(@Nullable Throwable cause) {
    if (cause instanceof java.net.http.HttpTimeoutException late) {
      return late;
    }
    String what = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
    return new IOException(
        "Elasticsearch does not answer ("
            + (cause == null ? "no reason" : cause.getClass().getSimpleName())
            + what
            + ")",
        cause);
  }

  /**
   * Waits, and not longer than until the end.
   *
   * @throws IOException if this is closed meanwhile
   */
  void pause(Duration duration) throws IOException {
    try {
      if (closing.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
        throw closed();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while waiting for Elasticsearch", stop);
    }
  }

  /** Fails what is under way. */
  @Override
  public void close() {
    closing.countDown();
    http.shutdownNow();
  }

  boolean isClosed() {
    return closing.getCount() == 0;
  }

  static IOException closed() {
    return new IOException("The store is closed");
  }

  private static URI at(URI node, String path) {
    String base = node.toString();
    return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
  }

  /** Trusts what the JVM trusts, and what the file names. */
  private static SSLContext trusting(Path caFile) throws IOException {
    try (InputStream in = Files.newInputStream(caFile)) {
      KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
      own.load(null, null);
      int count = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        own.setCertificateEntry("ca-" + count++, certificate);
      }
      if (count == 0) {
        throw new IOException("no certificate in it");
      }
      X509TrustManager jvm = trustManager(null);
      for (Certificate known : jvm.getAcceptedIssuers()) {
        own.setCertificateEntry("jvm-" + count++, known);
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {trustManager(own)}, null);
      return context;
    } catch (IOException | GeneralSecurityException wrong) {
      throw new IOException(
          "The certificates in " + caFile + " cannot be read as PEM: " + wrong.getMessage(), wrong);
    }
  }

  private static X509TrustManager trustManager(@Nullable KeyStore keys)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(keys);
    return Arrays.stream(factory.getTrustManagers())
        .filter(X509TrustManager.class::isInstance)
        .map(X509TrustManager.class::cast)
        .findFirst()
        .orElseThrow(() -> new GeneralSecurityException("no X.509 here"));
  }
}
