package dev.spoor.alert.evaluation;

/** What a window says. */
sealed interface Measure {
  /** There is nothing in it. */
  record NoData() implements Measure {}

  /** Fewer records than the rule wants. */
  record TooFew(long samples) implements Measure {}

  /** A number, and how many records it is made of. */
  record Value(double value, long samples) implements Measure {}
}
