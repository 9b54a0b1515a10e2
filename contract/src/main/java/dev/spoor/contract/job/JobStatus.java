package dev.spoor.contract.job;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The states of a job. {@code accepted} is not among them: it is what a gateway says before the
 * ledger has read the job.
 *
 * <p>{@link #FAILED} means that the agent said no; {@link #DEAD} that the attempts ran out.
 */
public enum JobStatus {
  @JsonProperty("scheduled")
  SCHEDULED,
  @JsonProperty("queued")
  QUEUED,
  @JsonProperty("running")
  RUNNING,
  @JsonProperty("retrying")
  RETRYING,
  @JsonProperty("succeeded")
  SUCCEEDED,
  @JsonProperty("failed")
  FAILED,
  @JsonProperty("cancelled")
  CANCELLED,
  @JsonProperty("expired")
  EXPIRED,
  @JsonProperty("dead")
  DEAD;

  /** The states that may follow this one. Everything that is not listed is refused. */
  public Set<JobStatus> next() {
    return switch (this) {
      case SCHEDULED -> EnumSet.of(QUEUED, CANCELLED, EXPIRED, DEAD);
      case QUEUED -> EnumSet.of(RUNNING, CANCELLED, EXPIRED, DEAD);
      case RETRYING -> EnumSet.of(QUEUED, CANCELLED, EXPIRED, DEAD);
      case RUNNING -> EnumSet.of(QUEUED, RETRYING, SUCCEEDED, FAILED, CANCELLED, EXPIRED, DEAD);
      case FAILED, DEAD, EXPIRED, CANCELLED -> EnumSet.of(QUEUED);
      case SUCCEEDED -> EnumSet.noneOf(JobStatus.class);
    };
  }

  /** Whether a job in this state has ended; only a replay can wake it. */
  public boolean ended() {
    return switch (this) {
      case SCHEDULED, QUEUED, RUNNING, RETRYING -> false;
      case SUCCEEDED, FAILED, CANCELLED, EXPIRED, DEAD -> true;
    };
  }

  /** The name as it travels, for example {@code queued}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
