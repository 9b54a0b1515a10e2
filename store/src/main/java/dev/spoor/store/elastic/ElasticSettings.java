package dev.spoor.store.elastic;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which Elasticsearch, and how it is used.
 *
 * @param uris of nodes of one cluster; one is used until it does not answer, then the next
 * @param prefix of the names of our indices and our template
 * @param caFile certificates in PEM that are trusted beside the JVM's; null for the JVM's alone
 * @param requestTimeout for the answer to one bulk request
 * @param patience how long one write goes on trying while nothing is stored, before it fails
 * @param retention a day's index is deleted when its last record could be older than this; zero for
 *     never
 * @param maxBytes the oldest days are deleted while all of them together are larger; zero for no
 *     bound. Today always stays
 * @param lifecyclePolicy name of a policy of the cluster's index lifecycle management, which then
 *     says what becomes of a day's index and when it is deleted, in place of the two bounds; null
 *     for none
 */
public record ElasticSettings(
    List<URI> uris,
    String prefix,
    Credentials credentials,
    @Nullable Path caFile,
    Duration requestTimeout,
    Duration patience,
    Duration retention,
    long maxBytes,
    @Nullable String lifecyclePolicy) {
  public ElasticSettings {
    uris = List.copyOf(uris);
    if (uris.isEmpty()) {
      throw new IllegalArgumentException("No address of Elasticsearch");
    }
    if (!isPrefix(prefix)) {
      throw new IllegalArgumentException("No beginning of the name of an index: " + prefix);
    }
    if (lifecyclePolicy != null && !isPolicyName(lifecyclePolicy)) {
      throw new IllegalArgumentException("No name of a policy: " + lifecyclePolicy);
    }
  }

  /** Without a lifecycle policy. */
  public ElasticSettings(
      List<URI> uris,
      String prefix,
      Credentials credentials,
      @Nullable Path caFile,
      Duration requestTimeout,
      Duration patience,
      Duration retention,
      long maxBytes) {
    this(uris, prefix, credentials, caFile, requestTimeout, patience, retention, maxBytes, null);
  }

  /** Whether a policy may be named so: it becomes a part of an address. */
  public static boolean isPolicyName(String name) {
    return name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");
  }

  /** Whether names of indices may begin so. */
  public static boolean isPrefix(String prefix) {
    return prefix.matches("[a-z0-9][a-z0-9._-]{0,99}");
  }

  /** The index of one day is this and the day. */
  String recordsPrefix() {
    return prefix + "records-";
  }

  /** All indices with records. */
  String recordsPattern() {
    return recordsPrefix() + "*";
  }

  /** The index that says how far each partition has been read. */
  String progressIndex() {
    return prefix + "progress";
  }

  /** The index of the summaries. */
  String summariesIndex() {
    return prefix + "summaries";
  }

  String templateName() {
    return prefix + "records";
  }
}
