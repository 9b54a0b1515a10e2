package dev.spoor.system.shipping;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The drill, small. The seed decides the stream, the faults and where the kills are aimed at. */
@Timeout(600)
class ShippingDrillIT {
  @Test
  void eachRecordMeetsItsFateOnceWhateverIsKilled() throws Exception {
    long seed = Long.getLong("spoor.test.seed", 3);
    System.out.println("seed " + seed);
    ShippingDrill.Report report =
        ShippingDrill.run(
            new DrillOptions(
                20_000, 40, 0.02, 2, seed, 3, 1, 0.2, null, null, 0, null, Duration.ofMinutes(4)));
    report.lines().forEach(System.out::println);
    assertThat(report.faults()).isEmpty();
  }
}
