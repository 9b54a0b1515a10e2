package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import java.net.URI;
import java.util.List;

/** Reads of committed job state. Thread-safe; may block for a second at most. */
public interface JobReads {
  /**
   * Looks a job up. Before it says {@link Found.Absent} it has read up to the end its partition had
   * when asked.
   */
  Found job(JobId jobId);

  /**
   * The newest jobs of the partitions owned here, newest first, at most {@code limit} looked at.
   */
  List<JobView> newest(int limit);

  /** What a look-up gave. */
  sealed interface Found {
    /** Here it is. */
    record Here(JobView job) implements Found {}

    /** There is no such job. */
    record Absent() implements Found {}

    /** Another gateway owns the job's partition; ask there. */
    record Elsewhere(URI owner) implements Found {}

    /** The job's partition is between two owners; ask again soon. */
    record Moving() implements Found {}
  }
}
