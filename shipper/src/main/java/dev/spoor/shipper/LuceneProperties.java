package dev.spoor.shipper;

import dev.spoor.store.lucene.LuceneSettings;
import dev.spoor.telemetry.app.SettingFaults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings below {@code spoor.lucene}; with {@code ELASTICSEARCH_URIS} none of them matters.
 *
 * @param retention how long a day is kept, 1 day and more; 0 for ever
 * @param maxSize of the index, 100 MB and more; the oldest days go first. 0 for no bound
 */
@ConfigurationProperties("spoor.lucene")
record LuceneProperties(
    @DefaultValue("30d") Duration retention, @DefaultValue("10GB") DataSize maxSize) {
  /**
   * @param problems gets one sentence for each wrong value; then the result is of no use
   */
  LuceneSettings settings(Path dir, List<String> problems) {
    SettingFaults faults =
        new SettingFaults("SPOOR_LUCENE_")
            .check(
                maxSize.toBytes() == 0 || maxSize.compareTo(DataSize.ofMegabytes(100)) >= 0,
                "MAX_SIZE",
                maxSize,
                "0 or 100MB and more");
    if (!retention.isZero()) {
      faults.between("RETENTION", retention, "1d", "36500d");
    }
    List<String> all = faults.all();
    problems.addAll(all);
    return all.isEmpty()
        ? new LuceneSettings(dir, retention, maxSize.toBytes())
        : LuceneSettings.keepingAll(dir);
  }
}
