package dev.spoor.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.contract.job.JobId;
import dev.spoor.gateway.ledger.JobReads.Place;
import dev.spoor.gateway.ledger.JobReads.Row;
import dev.spoor.gateway.ledger.JobReads.Stretch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StretchTest {
  private static final int JOBS = 400;

  /** As a partition reads: at most so many jobs, and of at most so many that it looks at. */
  private static Stretch<Boolean> read(
      List<Row<Boolean>> partition, @Nullable Place below, int limit, int maxScan) {
    List<Row<Boolean>> found = new ArrayList<>();
    int scanned = 0;
    for (Row<Boolean> row : partition) {
      if (below != null && row.place().compareTo(below) >= 0) {
        continue;
      }
      if (row.job()) {
        found.add(row);
      }
      if (found.size() == limit || ++scanned == maxScan) {
        return new Stretch<>(found, row.place());
      }
    }
    return new Stretch<>(found, null);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void pagesOfSeveralPartitionsAreAllWantedJobsOnceInOrder(long seed) {
    Random random = new Random(seed);
    List<List<Row<Boolean>>> partitions = new ArrayList<>();
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      partitions.add(new ArrayList<>());
    }
    List<Place> wanted = new ArrayList<>();
    for (int i = 0; i < JOBS; i++) {
      // Few times, so that many jobs end at the same; ids of both signs.
      Place place =
          new Place(random.nextInt(40), new JobId(new UUID(random.nextLong(), random.nextLong())));
      boolean want = random.nextInt(4) == 0;
      partitions.get(random.nextInt(count)).add(new Row<>(place, want));
      if (want) {
        wanted.add(place);
      }
    }
    Comparator<Row<Boolean>> latest = Comparator.comparing((Row<Boolean> row) -> row.place());
    partitions.forEach(partition -> partition.sort(latest.reversed()));
    wanted.sort(Comparator.reverseOrder());

    int limit = 1 + random.nextInt(20);
    int maxScan = 1 + random.nextInt(50);
    List<Place> seen = new ArrayList<>();
    Place below = null;
    int pages = 0;
    do {
      Place from = below;
      Stretch<Boolean> page =
          Stretch.merge(
              partitions.stream().map(one -> read(one, from, limit, maxScan)).toList(), limit);
      assertThat(page.rows()).hasSizeLessThanOrEqualTo(limit);
      page.rows().forEach(row -> seen.add(row.place()));
      below = page.reached();
    } while (below != null && ++pages <= 2 * JOBS);
    assertThat(seen).isEqualTo(wanted);
  }
}
