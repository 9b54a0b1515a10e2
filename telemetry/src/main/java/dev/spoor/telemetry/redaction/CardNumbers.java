package dev.spoor.telemetry.redaction;

import static dev.spoor.telemetry.redaction.Chars.isAlphanumeric;
import static dev.spoor.telemetry.redaction.Chars.isDigit;

/** Numbers that are secrets: cards, and the bot tokens that begin with a number. */
final class CardNumbers {
  private CardNumbers() {}

  /** Card numbers: 13 to 19 digits of a known issuer that pass the Luhn check. */
  static int digits(Scan scan, int i) {
    if (i > 0) {
      char before = scan.text.charAt(i - 1);
      if (before == '-' || before == '_' || before == '.' || before == '+') {
        return -1;
      }
    }
    if (scan.text.charAt(i) < '2' || scan.text.charAt(i) > '6') {
      return telegram(scan, i);
    }
    int at = i;
    int count = 0;
    int sum = 0;
    int alternate = 0;
    int prefix = 0;
    char separator = 0;
    int group = 0;
    while (at < scan.length && count < 20) {
      char c = scan.text.charAt(at);
      if (isDigit(c)) {
        int digit = c - '0';
        if (count < 4) {
          prefix = prefix * 10 + digit;
        }
        // Both parities at once: the scan.length is not known yet.
        int twice = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += (count & 1) == 0 ? twice : digit;
        alternate += (count & 1) == 0 ? digit : twice;
        count++;
        group++;
      } else if ((c == ' ' || c == '-')
          && at + 1 < scan.length
          && isDigit(scan.text.charAt(at + 1))
          && (separator == 0 || separator == c)
          && group >= 4
          && group <= 6
          && count < 16) {
        separator = c;
        group = 0;
      } else {
        break;
      }
      at++;
    }
    boolean boundary =
        at == scan.length
            || !(isAlphanumeric(scan.text.charAt(at))
                || scan.text.charAt(at) == '_'
                || scan.text.charAt(at) == '-'
                || (scan.text.charAt(at) == '.'
                    && at + 1 < scan.length
                    && isDigit(scan.text.charAt(at + 1))));
    if (boundary && isCardLength(prefix, count) && ((count & 1) == 0 ? sum : alternate) % 10 == 0) {
      return scan.hit("card", "card", i, at);
    }
    return telegram(scan, i);
  }

  static boolean isCardLength(int prefix, int count) {
    int two = prefix / 100;
    if (prefix / 1000 == 4) {
      return count == 13 || count == 16 || count == 19;
    }
    if ((two >= 51 && two <= 55) || (prefix >= 2221 && prefix <= 2720)) {
      return count == 16;
    }
    if (two == 34 || two == 37) {
      return count == 15;
    }
    if (prefix == 6011 || two == 65 || (prefix / 10 >= 644 && prefix / 10 <= 649)) {
      return count >= 16 && count <= 19;
    }
    if (prefix >= 3528 && prefix <= 3589) {
      return count >= 16 && count <= 19;
    }
    if (two == 36 || two == 38 || two == 39 || (prefix / 10 >= 300 && prefix / 10 <= 305)) {
      return count == 14;
    }
    return two == 62 && count >= 16 && count <= 19;
  }

  /** Telegram bot tokens are 8 to 10 digits, {@code :AA} and 33 characters more. */
  static int telegram(Scan scan, int i) {
    int at = i;
    while (at < scan.length && at - i < 11 && isDigit(scan.text.charAt(at))) {
      at++;
    }
    if (at - i < 8 || !scan.text.startsWith(":AA", at)) {
      return -1;
    }
    int end = at + 3;
    while (end < scan.length
        && end - at < 48
        && TokenShapes.Alphabet.URL_SAFE.has(scan.text.charAt(end))) {
      end++;
    }
    return end - at >= 32 ? scan.hit("telegram_token", "telegram_token", i, end) : -1;
  }
}
