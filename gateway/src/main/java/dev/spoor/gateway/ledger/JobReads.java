package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads of committed job state. Thread-safe; may block for a second at most. */
public interface JobReads {
  /**
   * Looks a job up. Before it says {@link Found.Absent} it has read up to the end its partition had
   * when asked.
   */
  Found job(JobId jobId);

  /** The newest jobs of what is served here, at most {@code limit}, and where the others are. */
  Newest newest(int limit);

  /**
   * A part of all jobs, and which.
   *
   * @param jobs of the partitions {@code here}, newest first
   * @param here the partitions that were read
   * @param elsewhere the partitions of other gateways, by where these answer
   * @param moving whether nobody serves some partition now: its jobs are in no list
   */
  record Newest(
      List<JobView> jobs, Set<Integer> here, Map<URI, Set<Integer>> elsewhere, boolean moving) {}

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
