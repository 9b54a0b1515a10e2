package dev.spoor.gateway.status;

import dev.spoor.contract.ledger.JobUpdate;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which update of a job: its run, and its number within the run.
 *
 * @param runNo counts from 1
 * @param version counts from 1; 0 stands before the first
 */
record EventId(int runNo, long version) implements Comparable<EventId> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})\\.(\\d{1,18})");

  static EventId of(JobUpdate update) {
    return new EventId(update.runNo(), update.version());
  }

  /** Reads {@code Last-Event-ID}; empty if there is none or it is none of ours. */
  static Optional<EventId> parse(@Nullable String header) {
    if (header == null) {
      return Optional.empty();
    }
    var matcher = FORM.matcher(header.strip());
    return matcher.matches()
        ? Optional.of(
            new EventId(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2))))
        : Optional.empty();
  }

  @Override
  public int compareTo(EventId other) {
    int byRun = Integer.compare(runNo, other.runNo);
    return byRun != 0 ? byRun : Long.compare(version, other.version);
  }

  @Override
  public String toString() {
    return runNo + "." + version;
  }
}
