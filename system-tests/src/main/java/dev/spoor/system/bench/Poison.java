package dev.spoor.system.bench;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A record that nothing can store, and the reason that its dead letter must have. */
public enum Poison {
  BAD_JSON("not_json"),
  BAD_UTF8("bad_utf8"),
  TEN_MEGABYTES("too_large"),
  DEEP("too_deep"),
  MANY_FIELDS("too_many_fields"),
  CONTROL_CHARACTERS("not_json"),
  FORGED_LINES("not_json"),
  NO_SOURCE("no_identity"),
  NO_SEQ("no_identity"),
  WRONG_KEY("wrong_key"),
  EMPTY("empty"),
  NOT_AN_OBJECT("not_an_object"),
  CONFLICT("refused"),
  TOO_LARGE_FOR_THE_STORE("refused");

  public static final int DEPTH = 10_000;
  public static final int FIELDS = 10_000;
  public static final int MEGABYTES = 10;

  /** A field of the vocabulary that somebody else has mapped as a number. */
  public static final String CONFLICTING = Fields.ENVIRONMENT;

  /** What the fake store refuses as too long. */
  public static final String HUGE = "\"drill\":\"huge\"";

  private static final byte[] LARGE = large();

  private final String reason;

  Poison(String reason) {
    this.reason = reason;
  }

  public String reason() {
    return reason;
  }

  /** Whether key and headers say whose it is, so that the audit has it by its number. */
  public boolean hasIdentity() {
    return this != NO_SEQ && this != WRONG_KEY;
  }

  /**
   * @param good a record that could be stored
   */
  public byte[] spoil(Map<String, Object> good) {
    return switch (this) {
      case BAD_JSON -> {
        byte[] json = Json.write(good);
        yield Arrays.copyOf(json, json.length - 5);
      }
      case BAD_UTF8 -> {
        byte[] json = Json.write(good);
        json[json.length / 2] = (byte) 0xc3;
        json[json.length / 2 + 1] = (byte) 0x28;
        yield json;
      }
      case TEN_MEGABYTES -> LARGE;
      case DEEP -> bytes("{\"a\":".repeat(DEPTH) + "1" + "}".repeat(DEPTH));
      case MANY_FIELDS -> {
        for (int i = 0; i < FIELDS; i++) {
          good.put("f" + i, i);
        }
        yield Json.write(good);
      }
      case CONTROL_CHARACTERS -> {
        good.put(Fields.MESSAGE, "here it rings");
        yield bytes(text(good).replace("it rings", "\u0007\u0000\u001b[2J"));
      }
      case FORGED_LINES ->
          // What would be three lines of a bulk request.
          bytes(text(good) + "\n{\"delete\":{\"_index\":\"spoor-progress\"}}\n" + text(good));
      case NO_SOURCE -> {
        good.remove(Fields.SOURCE);
        yield Json.write(good);
      }
      case NO_SEQ -> {
        good.remove(Fields.SEQ);
        yield Json.write(good);
      }
      case WRONG_KEY -> Json.write(good);
      case EMPTY -> new byte[0];
      case NOT_AN_OBJECT -> bytes("[" + text(good) + "]");
      case CONFLICT -> {
        good.put(CONFLICTING, "a text where others have numbers");
        yield Json.write(good);
      }
      case TOO_LARGE_FOR_THE_STORE -> {
        Map<String, Object> huge = new LinkedHashMap<>(good);
        huge.put("drill", "huge");
        huge.put("more", "x".repeat(200_000));
        yield Json.write(huge);
      }
    };
  }

  private static byte[] large() {
    byte[] large = new byte[MEGABYTES << 20];
    byte[] line = bytes("a line of a log that somebody sent as one record; ");
    for (int i = 0; i < large.length; i++) {
      large[i] = line[i % line.length];
    }
    return large;
  }

  private static String text(Map<String, Object> record) {
    return new String(Json.write(record), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
