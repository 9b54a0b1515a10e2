package dev.spoor.shipper.ingest;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.store.TelemetryRecord;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and checks the bytes of a record. Emitters send well-formed records; this is for everything
 * else that can be written to a topic. Thread-safe.
 *
 * <p>A record that is fine stays byte for byte. One thing is repaired: a {@code timestamp} that is
 * missing, unreadable, before 2020 or more than a day ahead of Kafka's becomes Kafka's, and what it
 * was is kept in {@code timestamp_original}.
 */
final class Decoder {
  static final int MAX_FIELDS = 1000;
  static final int MAX_SOURCE = 200;

  /**
   * More than a record with all its values may have: a name, a beginning and an end for each, and
   * those of the record. Reading stops there, so that a long record is no large tree first.
   */
  private static final JsonMapper MAPPER = Json.ofAtMost(3 * MAX_FIELDS + 2);

  private static final Instant EARLIEST = Instant.parse("2020-01-01T00:00:00Z");
  private static final Duration AHEAD = Duration.ofDays(1);

  private final int maxBytes;

  /**
   * @param maxBytes larger records are not read
   */
  Decoder(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * @param kafkaTime when Kafka got the record, or its producer made it
   */
  Decoded decode(byte @Nullable [] key, byte @Nullable [] value, Instant kafkaTime) {
    if (value == null) {
      return unreadable(DeadLetterReason.EMPTY, "no value");
    }
    if (value.length == 0) {
      return unreadable(DeadLetterReason.EMPTY, "a value of no bytes");
    }
    if (value.length > maxBytes) {
      return unreadable(DeadLetterReason.TOO_LARGE, value.length + " bytes, more than " + maxBytes);
    }
    if (!isUtf8(value)) {
      return unreadable(DeadLetterReason.BAD_UTF8, "not UTF-8");
    }
    JsonNode tree;
    try {
      tree = MAPPER.readTree(value);
    } catch (StreamConstraintsException beyond) {
      String what = beyond.getOriginalMessage();
      DeadLetterReason reason = DeadLetterReason.NOT_JSON;
      if (what.contains("depth")) {
        reason = DeadLetterReason.TOO_DEEP;
      } else if (what.contains("Token count")) {
        reason = DeadLetterReason.TOO_MANY_FIELDS;
      }
      return unreadable(reason, what);
    } catch (JacksonException notJson) {
      return unreadable(DeadLetterReason.NOT_JSON, notJson.getOriginalMessage());
    }
    if (!(tree instanceof ObjectNode fields)) {
      return unreadable(DeadLetterReason.NOT_AN_OBJECT, "a JSON " + tree.getNodeType());
    }
    int values = values(fields, 0);
    if (values > MAX_FIELDS) {
      return unreadable(DeadLetterReason.TOO_MANY_FIELDS, "more than " + MAX_FIELDS + " values");
    }
    JsonNode source = fields.path(Fields.SOURCE);
    JsonNode seq = fields.path(Fields.SEQ);
    if (!source.isString() || !isName(source.stringValue())) {
      return unreadable(
          DeadLetterReason.NO_IDENTITY,
          "source must be a text of 1 to " + MAX_SOURCE + " characters");
    }
    if (!isSeq(seq)) {
      return unreadable(DeadLetterReason.NO_IDENTITY, "seq must be a whole number from 1");
    }
    if (key == null || !Arrays.equals(key, source.stringValue().getBytes(StandardCharsets.UTF_8))) {
      return unreadable(DeadLetterReason.WRONG_KEY, "the record's key must be its source");
    }
    return readable(source.stringValue(), seq.longValue(), fields, value, kafkaTime);
  }

  private static Decoded readable(
      String source, long seq, ObjectNode fields, byte[] json, Instant kafkaTime) {
    JsonNode timestamp = fields.path(Fields.TIMESTAMP);
    Instant time = time(timestamp, kafkaTime);
    if (time != null) {
      return new Decoded.Good(new TelemetryRecord(source, seq, time, fields, json));
    }
    if (!timestamp.isMissingNode() && !fields.has(Fields.TIMESTAMP_ORIGINAL)) {
      fields.put(
          Fields.TIMESTAMP_ORIGINAL,
          timestamp.isString() ? timestamp.stringValue() : timestamp.toString());
    }
    fields.put(Fields.TIMESTAMP, kafkaTime.toString());
    return new Decoded.Good(
        new TelemetryRecord(source, seq, kafkaTime, fields, Json.write(fields)));
  }

  private static @Nullable Instant time(JsonNode timestamp, Instant kafkaTime) {
    if (!timestamp.isString() || timestamp.stringValue().length() > 40) {
      return null;
    }
    try {
      Instant time = Instant.parse(timestamp.stringValue());
      return time.isBefore(EARLIEST) || time.isAfter(kafkaTime.plus(AHEAD)) ? null : time;
    } catch (DateTimeParseException unreadable) {
      return null;
    }
  }

  private static Decoded unreadable(DeadLetterReason reason, String detail) {
    return new Decoded.Bad(reason, detail);
  }

  static boolean isName(String source) {
    if (source.isEmpty() || source.length() > MAX_SOURCE) {
      return false;
    }
    return source.chars().noneMatch(Character::isISOControl);
  }

  private static boolean isSeq(JsonNode seq) {
    return seq.isIntegralNumber() && seq.canConvertToLong() && isSeq(seq.longValue());
  }

  /** The upper bound leaves room for arithmetic. */
  static boolean isSeq(long seq) {
    return seq >= 1 && seq < Long.MAX_VALUE / 2;
  }

  /** Counts values that are no containers, and stops when there are too many. */
  private static int values(JsonNode node, int before) {
    int count = before;
    for (JsonNode inner : node) {
      count = inner.isContainer() ? values(inner, count + 1) : count + 1;
      if (count > MAX_FIELDS) {
        return count;
      }
    }
    return count;
  }

  private static boolean isUtf8(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        try {
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
          return true;
        } catch (CharacterCodingException malformed) {
          return false;
        }
      }
    }
    return true;
  }
}
