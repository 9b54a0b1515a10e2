package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import org.jspecify.annotations.Nullable;

/** What a batch did, to be counted once it is committed. */
public sealed interface Noted {
  /** A job was granted for the first time or again. */
  record Started(JobState job) implements Noted {}

  /** A job has ended. */
  record Ended(JobState job) implements Noted {}

  /** An input changed nothing. */
  record Refused(@Nullable JobId jobId, String why) implements Noted {}

  /** An input could not be applied; {@code fault} is null if it could not even be read. */
  record DeadLettered(String reason, @Nullable RuntimeException fault) implements Noted {}
}
