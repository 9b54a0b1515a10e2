package dev.spoor.shipper.stats;

import org.jspecify.annotations.Nullable;

/**
 * What one record adds to one metric.
 *
 * @param sample a duration in milliseconds or a gauge's value; null if the record has none
 * @param sums in the order of {@link Metric#sums}
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Observation(Series series, Metric.Outcome outcome, @Nullable Double sample, double[] sums) {}
