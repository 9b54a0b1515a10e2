package dev.spoor.alert.evaluation;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a rule stands for one set of labels.
 *
 * @param value absent where there is none
 * @param samples records in the window
 */
public record SeriesStatus(
    String rule,
    Map<String, String> labels,
    AlertStatus status,
    @Nullable Double value,
    long samples) {}
