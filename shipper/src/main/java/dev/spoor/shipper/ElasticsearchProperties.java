package dev.spoor.shipper;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings below {@code spoor.elasticsearch}; without {@code ELASTICSEARCH_URIS} none of them
 * matters. {@link ElasticsearchSettings} checks them.
 *
 * @param apiKey as Elasticsearch gives it out, encoded
 * @param username with a password, in place of the key
 * @param caFile certificates in PEM, trusted beside the JVM's
 * @param prefix of the names of indices and template
 * @param requestTimeout for the answer to one bulk request
 * @param patience for one write without progress, before its records are read from Kafka again
 * @param retention how long a day is kept; 0 for ever
 * @param maxSize the oldest days go while all are larger; 0 for no bound
 * @param lifecyclePolicy of the cluster, in place of both
 */
@ConfigurationProperties("spoor.elasticsearch")
record ElasticsearchProperties(
    @Nullable String apiKey,
    @Nullable String username,
    @Nullable String password,
    @Nullable String caFile,
    @DefaultValue("spoor-") String prefix,
    @DefaultValue("30s") Duration requestTimeout,
    @DefaultValue("20s") Duration patience,
    @DefaultValue("30d") Duration retention,
    @DefaultValue("0B") DataSize maxSize,
    @Nullable String lifecyclePolicy) {
  @Override
  public String toString() {
    return "ElasticsearchProperties[***]";
  }
}
