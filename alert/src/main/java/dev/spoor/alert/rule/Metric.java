package dev.spoor.alert.rule;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/** What a rule measures, over the records of a window. A closed set of forms. */
public sealed interface Metric {
  /** The events that matter to it. */
  Set<String> events();

  /** The share of the records {@code of} that are {@code part} too, from 0 to 1. */
  record Ratio(Filter part, Filter of) implements Metric {
    @Override
    public Set<String> events() {
      Set<String> events = new TreeSet<>(part.events());
      events.addAll(of.events());
      return events;
    }
  }

  /**
   * A quantile of a field's values.
   *
   * @param quantile above 0 and below 1
   */
  record Quantile(Filter where, String field, double quantile) implements Metric {
    @Override
    public Set<String> events() {
      return where.events();
    }
  }

  /**
   * The newest value of a field.
   *
   * @param every how often it is sampled; after three missed samples there is no value
   */
  record Latest(Filter where, String field, Duration every) implements Metric {
    /** Missed samples after which a series is stale. */
    static final int MISSED = 3;

    public Duration staleAfter() {
      return every.multipliedBy(MISSED);
    }

    @Override
    public Set<String> events() {
      return where.events();
    }
  }

  /** The sum of a field's values. */
  record Sum(Filter where, String field) implements Metric {
    @Override
    public Set<String> events() {
      return where.events();
    }
  }

  /** The number of records. */
  record Count(Filter where) implements Metric {
    @Override
    public Set<String> events() {
      return where.events();
    }
  }
}
