package dev.spoor.store.elastic;

import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.wire.Json;
import dev.spoor.store.Searchable;
import dev.spoor.store.TelemetryRecord;
import dev.spoor.store.query.FieldType;
import dev.spoor.store.query.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.databind.JsonNode;

/**
 * How a record becomes a document, and comes out of it unchanged.
 *
 * <p>Nearly always the document is the record's own bytes with our fields behind its own. Where a
 * value does not fit its field's mapping, or a name is one that Elasticsearch refuses or that means
 * something else to it, the document is made anew without that value, and has the whole record as a
 * text beside it. So mapping conflicts are rare, and what can be found is the same in every store.
 */
final class Documents {
  /** Terms {@code path\0value} of everything that the vocabulary does not know, and of labels. */
  static final String FLAT = "spoor.flat";

  /** Terms: paths that are no fields of their own. */
  static final String PATHS = "spoor.paths";

  /** Counts writes; what a tail goes by. The first of our fields. */
  static final String NO = "spoor.no";

  /** Beginning of the fields with the words of texts, where the server cannot split at dots. */
  static final String WORDS = "spoor.words.";

  static final char SEPARATOR = '\0';

  private static final String OURS = "spoor.";

  /** The record, where the document is made anew. Not in the mapping. */
  private static final String RECORD = "spoor.record";

  private static final byte[] CREATE = bytes("{\"create\":{\"_index\":\"");
  private static final byte[] ID = bytes("\",\"_id\":");
  private static final byte[] CREATED = bytes("}}\n");
  private static final byte[] OUR_PART = bytes(",\"" + NO + "\":");
  private static final byte[] END = bytes("}\n");
  private static final JsonStringEncoder ENCODER = JsonStringEncoder.getInstance();

  private static final int MAX_ID_BYTES = 512;

  /** So many characters have no more bytes than an id may have, with any number behind them. */
  private static final int SHORT_SOURCE = 160;

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu.MM.dd").withZone(ZoneOffset.UTC);

  /** A time that Elasticsearch reads as we do. */
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?Z");

  /** Beginnings of mapped names with dots: objects of these names would reach mapped fields. */
  private static final Set<String> BEGINNINGS = new HashSet<>();

  static {
    List<String> mapped = new ArrayList<>(Vocabulary.aliases().keySet());
    Vocabulary.all().forEach(field -> mapped.add(field.name()));
    mapped.add(NO);
    for (String name : mapped) {
      for (int dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
        BEGINNINGS.add(name.substring(0, dot));
      }
    }
  }

  private final String recordsPrefix;
  private final boolean ownWords;

  /** Of the last record: the next one is nearly always of the same day. */
  private volatile Day lastDay;

  /** A day's index. */
  private record Day(long epochDay, String index) {}

  /**
   * @param recordsPrefix the beginning of the names of the days' indices
   * @param ownWords whether texts go into {@link #WORDS} too
   */
  Documents(String recordsPrefix, boolean ownWords) {
    this.recordsPrefix = recordsPrefix;
    this.ownWords = ownWords;
    this.lastDay = day(Instant.EPOCH);
  }

  /** A text whose words end at dots, for {@link #WORDS}. */
  static String words(String text) {
    return text.replace('.', ' ');
  }

  /** The index of the record's day; it depends on the record alone. */
  String index(TelemetryRecord record) {
    Day day = lastDay;
    if (day.epochDay != epochDay(record.timestamp())) {
      day = day(record.timestamp());
      lastDay = day;
    }
    return day.index;
  }

  private Day day(Instant time) {
    return new Day(epochDay(time), recordsPrefix + DAY.format(time));
  }

  private static long epochDay(Instant time) {
    return Math.floorDiv(time.getEpochSecond(), Duration.ofDays(1).toSeconds());
  }

  /** The day of an index, null if it is none of ours. */
  static @Nullable Instant dayOf(String index, String recordsPrefix) {
    if (!index.startsWith(recordsPrefix)) {
      return null;
    }
    try {
      return java.time.LocalDate.parse(index.substring(recordsPrefix.length()), DAY)
          .atStartOfDay(ZoneOffset.UTC)
          .toInstant();
    } catch (java.time.DateTimeException none) {
      return null;
    }
  }

  /** {@code source-seq}, or a hash in place of a source that is too long for an id. */
  static String id(TelemetryRecord record) {
    String seq = "-" + record.seq();
    if (record.source().length() <= SHORT_SOURCE) {
      return intact(record.source()) + seq;
    }
    byte[] source = bytes(record.source());
    // Its bytes are its identity: halves of characters are question marks in them.
    String whole = new String(source, StandardCharsets.UTF_8);
    if (source.length + seq.length() <= MAX_ID_BYTES) {
      return whole + seq;
    }
    return "sha256." + Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(source)) + seq;
  }

  /** Writes the two lines of a bulk request that create the document. */
  void append(TelemetryRecord record, long no, ByteArrayOutputStream out) {
    out.writeBytes(CREATE);
    out.writeBytes(bytes(index(record)));
    out.writeBytes(ID);
    text(id(record), out);
    out.writeBytes(CREATED);
    Found found = new Found(ownWords, false);
    Searchable.tell(record.fields(), found);
    boolean asItIs = found.fits && isAsItIs(record);
    if (!asItIs) {
      found = new Found(ownWords, true);
      Searchable.tell(record.fields(), found);
    }
    if (asItIs) {
      out.write(record.json(), 0, record.json().length - 1);
    } else {
      anew(record, found, out);
    }
    out.writeBytes(OUR_PART);
    out.writeBytes(bytes(Long.toString(no)));
    values(FLAT, found.flat, out);
    values(PATHS, found.paths, out);
    found.words.forEach((field, texts) -> values(WORDS + field, texts, out));
    if (!asItIs) {
      name(RECORD, out);
      text(new String(record.json(), StandardCharsets.UTF_8), out);
    }
    out.writeBytes(END);
  }

  /**
   * The record that was made into this document.
   *
   * @throws UnreadableReplyException if it is none of ours
   */
  static byte[] record(byte[] source) throws UnreadableReplyException {
    // In a record this could only stand within a text, and there quotes have a backslash before
    // them; and ours is the last one of its kind.
    int ours = lastIndexOf(source, OUR_PART);
    if (ours < 0) {
      throw new UnreadableReplyException("a document that is no record of ours", null);
    }
    byte[] end = new byte[source.length - ours];
    System.arraycopy(source, ours, end, 0, end.length);
    end[0] = '{';
    JsonNode record;
    try {
      record = Json.tree(end).path(RECORD);
    } catch (JacksonException none) {
      throw new UnreadableReplyException("a document that is no record of ours", none);
    }
    if (record.isString()) {
      return bytes(record.stringValue());
    }
    byte[] json = new byte[ours + 1];
    System.arraycopy(source, 0, json, 0, ours);
    json[ours] = '}';
    return json;
  }

  private static int lastIndexOf(byte[] bytes, byte[] wanted) {
    for (int at = bytes.length - wanted.length; at >= 0; at--) {
      int i = 0;
      while (i < wanted.length && bytes[at + i] == wanted[i]) {
        i++;
      }
      if (i == wanted.length) {
        return at;
      }
    }
    return -1;
  }

  /**
   * Whether Elasticsearch takes the record's bytes, and finds in them what we would, if each of its
   * fields {@linkplain Found#fits fits}.
   */
  private static boolean isAsItIs(TelemetryRecord record) {
    byte[] json = record.json();
    if (json.length < 3 || json[0] != '{' || json[json.length - 1] != '}') {
      return false;
    }
    for (byte b : json) {
      // Between values; in a text it has a backslash.
      if (b == '\n' || b == '\r') {
        return false;
      }
    }
    JsonNode fields = record.fields();
    JsonNode timestamp = fields.path(Fields.TIMESTAMP);
    JsonNode source = fields.path(Fields.SOURCE);
    JsonNode seq = fields.path(Fields.SEQ);
    return timestamp.isString()
        && isTime(timestamp.stringValue(), record.timestamp())
        && source.isString()
        && source.stringValue().equals(record.source())
        && record.source().length() <= Searchable.MAX_KEYWORD
        && seq.isIntegralNumber()
        && seq.canConvertToLong()
        && seq.longValue() == record.seq();
  }

  /** Whether it says this time in a way that Elasticsearch reads as we do. */
  private static boolean isTime(String text, Instant time) {
    // The usual way first: the pattern and the parser are dear.
    return (text.equals(time.toString()) && text.charAt(0) != '+' && text.charAt(0) != '-')
        || (TIME.matcher(text).matches() && Instant.parse(text).equals(time));
  }

  private static boolean isAsItIs(String name, @Nullable FieldType type, JsonNode value) {
    if (type == null) {
      return isUnmapped(name, value);
    }
    if (value.isNull()) {
      return true;
    }
    return switch (type) {
      case DATE -> true;
      case TEXT -> value.isString() && value.stringValue().length() <= Searchable.MAX_TEXT;
      case KEYWORD -> value.isString() && value.stringValue().length() <= Searchable.MAX_KEYWORD;
      case LONG -> value.isIntegralNumber() && value.canConvertToLong();
      case DOUBLE -> value.isNumber() && Double.isFinite(value.doubleValue());
      case FLAT -> isFlattened(value);
    };
  }

  /** Whether Elasticsearch takes it and leaves it alone. */
  private static boolean isUnmapped(String name, JsonNode value) {
    return !name.isBlank()
        && !name.startsWith("_")
        && !name.startsWith(OURS)
        && name.length() <= Searchable.MAX_KEYWORD
        && !Vocabulary.aliases().containsKey(name)
        && !(value.isContainer() && BEGINNINGS.contains(name));
  }

  /** Whether a field of the type {@code flattened} takes it. */
  private static boolean isFlattened(JsonNode value) {
    if (!value.isObject()) {
      return false;
    }
    for (Map.Entry<String, JsonNode> label : value.properties()) {
      if (label.getValue().isContainer()
          || label.getKey().isBlank()
          || label.getKey().indexOf(SEPARATOR) >= 0
          || label.getKey().length() > Searchable.MAX_KEYWORD) {
        return false;
      }
    }
    return true;
  }

  /** The record without what does not fit, up to and without its closing brace. */
  private static void anew(TelemetryRecord record, Found found, ByteArrayOutputStream out) {
    ByteArrayOutputStream object = new ByteArrayOutputStream(record.json().length);
    try (JsonGenerator to = Json.mapper().createGenerator(object)) {
      to.writeStartObject();
      to.writeStringProperty(Fields.TIMESTAMP, record.timestamp().toString());
      to.writeStringProperty(Fields.SOURCE, record.source());
      to.writeNumberProperty(Fields.SEQ, record.seq());
      found.own.forEach((name, values) -> {
        to.writeName(name);
        to.writePOJO(values.size() == 1 ? values.getFirst() : values);
      });
      for (Map.Entry<String, JsonNode> field : record.fields().properties()) {
        FieldType type = Vocabulary.typeOf(field.getKey());
        if ((type == null && isUnmapped(field.getKey(), field.getValue()))
            || (type == FieldType.FLAT && isFlattened(field.getValue()))) {
          to.writeName(field.getKey());
          to.writeTree(field.getValue());
        }
      }
      to.writeEndObject();
    }
    out.write(object.toByteArray(), 0, object.size() - 1);
  }

  private static void values(
      String name, java.util.Collection<String> values, ByteArrayOutputStream out) {
    if (values.isEmpty()) {
      return;
    }
    name(name, out);
    char before = '[';
    for (String value : values) {
      out.write(before);
      text(value, out);
      before = ',';
    }
    out.write(']');
  }

  /** A name of ours, which has nothing in it to be escaped, behind other fields. */
  private static void name(String name, ByteArrayOutputStream out) {
    out.write(',');
    out.write('"');
    out.writeBytes(bytes(name));
    out.write('"');
    out.write(':');
  }

  /**
   * @param text without halves of characters
   */
  private static void text(String text, ByteArrayOutputStream out) {
    out.write('"');
    out.writeBytes(ENCODER.quoteAsUTF8(text));
    out.write('"');
  }

  /** Without halves of characters, which JSON can have and UTF-8 cannot. */
  private static String intact(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
      }
    }
    return text;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What can be found in one record. */
  private static final class Found implements Searchable.Sink {
    final Map<String, List<Object>> own = new LinkedHashMap<>();
    final Set<String> flat = new LinkedHashSet<>();
    final Set<String> paths = new LinkedHashSet<>();
    final Map<String, List<String>> words = new LinkedHashMap<>();
    private final boolean ownWords;
    private final boolean keepsOwn;

    /** Whether each field can be left as it is. */
    boolean fits = true;

    /**
     * @param keepsOwn whether the fields' own values are wanted
     */
    Found(boolean ownWords, boolean keepsOwn) {
      this.ownWords = ownWords;
      this.keepsOwn = keepsOwn;
    }

    @Override
    public void field(String name, @Nullable FieldType type, JsonNode value) {
      fits = fits && isAsItIs(name, type, value);
    }

    @Override
    public void text(String field, String value) {
      own(field, value);
      if (ownWords) {
        words.computeIfAbsent(field, _ -> new ArrayList<>()).add(intact(words(value)));
      }
    }

    @Override
    public void keyword(String field, String value) {
      own(field, value);
    }

    @Override
    public void whole(String field, long value) {
      own(field, value);
    }

    @Override
    public void decimal(String field, double value) {
      own(field, value);
    }

    @Override
    public void flat(String path, String value) {
      flat.add(intact(path + SEPARATOR + value));
    }

    @Override
    public void path(String path) {
      paths.add(intact(path));
    }

    private void own(String field, Object value) {
      if (!keepsOwn) {
        return;
      }
      own.computeIfAbsent(field, _ -> new ArrayList<>(1))
          .add(value instanceof String text ? intact(text) : value);
    }
  }
}
