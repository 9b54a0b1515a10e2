package dev.spoor.alert.rule;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What one field of a record must be. */
public sealed interface Condition {
  /**
   * @param value the field's, a missing node where the record does not have it
   */
  boolean holds(JsonNode value);

  /** One of these, as text; a number is compared as it is written. */
  record OneOf(Set<String> values) implements Condition {
    public OneOf {
      values = java.util.Collections.unmodifiableSet(new TreeSet<>(values));
    }

    @Override
    public boolean holds(JsonNode value) {
      return value.isValueNode() && !value.isNull() && values.contains(value.asString());
    }
  }

  /** A number within limits, both included. */
  record Between(@Nullable Double min, @Nullable Double max) implements Condition {
    @Override
    public boolean holds(JsonNode value) {
      if (!value.isNumber()) {
        return false;
      }
      double number = value.doubleValue();
      return (min == null || number >= min) && (max == null || number <= max);
    }
  }

  /** There at all. */
  record Present() implements Condition {
    @Override
    public boolean holds(JsonNode value) {
      return !value.isMissingNode() && !value.isNull();
    }
  }
}
