package dev.spoor.gateway.ledger;

import dev.spoor.contract.job.JobId;
import dev.spoor.contract.job.JobStatus;
import dev.spoor.contract.job.TenantId;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads of committed job state. Thread-safe; may block for a second at most. */
public interface JobReads {
  /**
   * Looks a job up. Before it says {@link Found.Absent} it has read up to the end its partition had
   * when asked.
   */
  Found job(JobId jobId);

  /**
   * The newest jobs of what is served here, without their results, and where the others are. Looks
   * at a bounded number of jobs: {@link Newest#truncated} says if that was too few.
   */
  Newest newest(NewestQuery query);

  /**
   * Which of the newest jobs.
   *
   * @param limit at most so many
   */
  record NewestQuery(TenantId tenant, Predicate<JobView> filter, int limit) {
    /** Any of this tenant. */
    public static NewestQuery of(TenantId tenant, int limit) {
      return new NewestQuery(tenant, _ -> true, limit);
    }

    public boolean wants(JobView job) {
      return job.spec().tenant().equals(tenant) && filter.test(job);
    }
  }

  /**
   * A part of all jobs, and which.
   *
   * @param jobs of the partitions {@code here}, newest first
   * @param truncated whether older jobs that are wanted may be left out though there is room
   * @param here the partitions that were read
   * @param elsewhere the partitions of other gateways, by where these answer
   * @param moving whether nobody serves some partition now: its jobs are in no list
   */
  record Newest(
      List<JobView> jobs,
      boolean truncated,
      Set<Integer> here,
      Map<URI, Set<Integer>> elsewhere,
      boolean moving) {}

  /**
   * Jobs of what is served here that have ended, the latest end first. Looks at a bounded number of
   * ended jobs: {@link Stretch#reached} says how far.
   */
  Ended ended(EndedQuery query);

  /**
   * Which ended jobs.
   *
   * @param from the earliest end, in milliseconds since 1970
   * @param below where the last page ended; null to begin with the latest
   * @param limit at most so many
   */
  record EndedQuery(
      TenantId tenant,
      Set<JobStatus> statuses,
      Predicate<JobView> filter,
      long from,
      @Nullable Place below,
      int limit) {
    public EndedQuery {
      statuses = Set.copyOf(statuses);
    }

    public boolean wants(JobView job) {
      return job.spec().tenant().equals(tenant)
          && statuses.contains(job.status())
          && filter.test(job);
    }
  }

  /**
   * Where an ended job stands among all that have ended. Ordered by the end, then by the job's id
   * read as 128 unsigned bits.
   *
   * @param endedMillis milliseconds since 1970, rounded up
   */
  record Place(long endedMillis, JobId jobId) implements Comparable<Place> {
    public Place {
      Objects.requireNonNull(jobId);
    }

    private static final Comparator<Place> ORDER =
        Comparator.comparingLong(Place::endedMillis)
            .thenComparing(Place::jobId, IndexEntry::compareBits);

    /** Before all that ended at this time or later, so behind all that ended before. */
    public static Place before(long millis) {
      return new Place(millis, new JobId(new UUID(0, 0)));
    }

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  /** An ended job at its place. */
  record Row<T>(Place place, T job) {}

  /**
   * Ended jobs in a row, the latest first.
   *
   * @param reached every job that is wanted and not below it is among the rows; null if no more are
   *     to be found
   */
  record Stretch<T>(List<Row<T>> rows, @Nullable Place reached) {
    public Stretch {
      rows = List.copyOf(rows);
    }

    /** One of several that are of different partitions. */
    public static <T> Stretch<T> merge(Collection<Stretch<T>> all, int limit) {
      Place reached =
          all.stream()
              .map(Stretch::reached)
              .filter(place -> place != null)
              .max(Comparator.naturalOrder())
              .orElse(null);
      List<Row<T>> rows = new ArrayList<>();
      for (Stretch<T> one : all) {
        for (Row<T> row : one.rows()) {
          // Below it another may have some that are not here: they would be passed over.
          if (reached == null || row.place().compareTo(reached) >= 0) {
            rows.add(row);
          }
        }
      }
      rows.sort(Comparator.comparing((Row<T> row) -> row.place()).reversed());
      return rows.size() <= limit
          ? new Stretch<>(rows, reached)
          : new Stretch<>(rows.subList(0, limit), rows.get(limit - 1).place());
    }
  }

  /**
   * A part of the ended jobs; the rest as in {@link Newest}.
   *
   * @param stretch of the partitions {@code here}
   */
  record Ended(
      Stretch<JobView> stretch,
      Set<Integer> here,
      Map<URI, Set<Integer>> elsewhere,
      boolean moving) {}

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
