package dev.spoor.alert.rule;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a value must not be.
 *
 * @param side on which side of the limit the breach is; the limit itself is none
 */
public record Threshold(Side side, double limit) {
  static final String EXPECTED = "'> NUMBER' or '< NUMBER'";

  private static final Pattern SYNTAX = Pattern.compile("([<>])\\s*(-?[0-9]+(?:\\.[0-9]+)?)");

  /** Where a breach lies. */
  public enum Side {
    ABOVE,
    BELOW
  }

  public boolean isBreachedBy(double value) {
    return switch (side) {
      case ABOVE -> value > limit;
      case BELOW -> value < limit;
    };
  }

  static Optional<Threshold> parse(String text) {
    Matcher matcher = SYNTAX.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new Threshold(
            matcher.group(1).equals(">") ? Side.ABOVE : Side.BELOW,
            Double.parseDouble(matcher.group(2))));
  }

  /** As it is written in a rule file; PromQL understands it too. */
  @Override
  public String toString() {
    String number =
        Math.rint(limit) == limit && Math.abs(limit) < 1e15
            ? Long.toString((long) limit)
            : java.math.BigDecimal.valueOf(limit).toPlainString();
    return (side == Side.ABOVE ? "> " : "< ") + number;
  }
}
