package dev.spoor.contract.job;

/** The one rule for names that travel: 1 to 128 characters of letters, digits and {@code ._:-}. */
final class Names {
  private static final int MAX_LENGTH = 128;

  private Names() {}

  /**
   * @throws IllegalArgumentException naming the field and the rule, never the value: it may be
   *     hostile
   */
  static void check(String field, String value) {
    if (!isName(value)) {
      throw new IllegalArgumentException(
          field + " must be 1 to " + MAX_LENGTH + " characters of letters, digits and ._:-");
    }
  }

  static boolean isName(String value) {
    if (value.isEmpty() || value.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean ok =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '.'
              || c == '_'
              || c == ':'
              || c == '-';
      if (!ok) {
        return false;
      }
    }
    return true;
  }
}
