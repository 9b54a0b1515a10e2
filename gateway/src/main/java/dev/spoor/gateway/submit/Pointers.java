package dev.spoor.gateway.submit;

/** JSON pointers, RFC 6901. */
final class Pointers {
  /** A hostile name may be a megabyte long; its beginning is enough to find it. */
  private static final int MAX_NAME = 100;

  private Pointers() {}

  /**
   * A name as a segment; halves of surrogate pairs become question marks, so that it can be sent.
   */
  static String escape(String name) {
    String shown = name.length() > MAX_NAME ? name.substring(0, MAX_NAME) + "…" : name;
    StringBuilder escaped = new StringBuilder(shown.length() + 4);
    for (int i = 0; i < shown.length(); i++) {
      char c = shown.charAt(i);
      if (c == '~') {
        escaped.append("~0");
      } else if (c == '/') {
        escaped.append("~1");
      } else if (Character.isHighSurrogate(c)
          && i + 1 < shown.length()
          && Character.isLowSurrogate(shown.charAt(i + 1))) {
        escaped.append(c).append(shown.charAt(++i));
      } else {
        escaped.append(Character.isSurrogate(c) ? '?' : c);
      }
    }
    return escaped.toString();
  }
}
