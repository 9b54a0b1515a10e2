package dev.spoor.alert.rule;

/**
 * Something wrong in a file of rules.
 *
 * @param line counted from 1
 * @param pointer where, as a JSON pointer
 */
public record RuleFault(int line, String pointer, String detail) {
  @Override
  public String toString() {
    return "line " + line + " " + pointer + ": " + detail;
  }
}
