package dev.spoor.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key as its owner holds it: {@code spoor_<id>_<secret>}, where the id is public and the secret
 * is 256 random bits in hexadecimal digits.
 *
 * <p>What is kept of it is its SHA-256, without salt and in one round. A slow, salted hash (bcrypt,
 * Argon2) protects what people choose, which can be guessed from lists; 256 random bits cannot, at
 * any speed, and a fast hash lets every request be checked without being a way to keep the server
 * busy.
 */
public final class ApiKey {
  /** Where a client finds its key. */
  public static final String VARIABLE = "SPOOR_API_KEY";

  static final String ID = "[a-z0-9]{4,32}";
  private static final int ID_BYTES = 6;
  private static final int SECRET_BYTES = 32;
  private static final Pattern FORM = Pattern.compile("spoor_(" + ID + ")_[0-9a-f]{64}");

  private final String id;
  private final String text;

  private ApiKey(String id, String text) {
    this.id = id;
    this.text = text;
  }

  /** Empty if the text is not of this form. */
  public static Optional<ApiKey> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    return matcher.matches() ? Optional.of(new ApiKey(matcher.group(1), text)) : Optional.empty();
  }

  /**
   * A new key.
   *
   * @param random cryptographically strong
   */
  public static ApiKey generate(RandomGenerator random) {
    byte[] id = new byte[ID_BYTES];
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(id);
    random.nextBytes(secret);
    HexFormat hex = HexFormat.of();
    String name = hex.formatHex(id);
    return new ApiKey(name, "spoor_" + name + "_" + hex.formatHex(secret));
  }

  public String id() {
    return id;
  }

  /** The key itself: a secret. */
  public String text() {
    return text;
  }

  /** SHA-256 of the whole text, in 64 lower-case hexadecimal digits. */
  public String sha256() {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public String toString() {
    return "ApiKey[" + id + ", ***]";
  }
}
