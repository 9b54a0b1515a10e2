package dev.spoor.shipper.stats;

import java.util.Collections;
import java.util.List;

/**
 * One combination of the values of a metric's labels.
 *
 * @param values in the order of {@link Metric#labels}; empty where a record has none
 */
record Series(Metric metric, List<String> values) {
  /** Longer values are cut. */
  static final int MAX_VALUE = 200;

  /** Stands for all values, where there were too many to keep apart. */
  static final String OTHER = "(other)";

  Series {
    values = List.copyOf(values);
    if (values.size() != metric.labels().size()) {
      throw new IllegalArgumentException(values + " are no values of " + metric.labels());
    }
  }

  static Series other(Metric metric) {
    return new Series(metric, Collections.nCopies(metric.labels().size(), OTHER));
  }

  String value(String label) {
    return values.get(metric.labels().indexOf(label));
  }
}
