package dev.spoor.telemetry.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxy;
import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.contract.telemetry.GoogleCloud;
import dev.spoor.telemetry.redaction.Redactor;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.logstash.logback.composite.AbstractJsonProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;
import tools.jackson.core.JsonGenerator;

/**
 * Writes a logging event as the fields of a record. Whatever a caller hands in, the result is one
 * bounded, well-formed object without secrets.
 */
final class RecordJson extends AbstractJsonProvider<ILoggingEvent> {
  static final int MAX_MESSAGE = 32 << 10;
  static final int MAX_VALUE = 16 << 10;
  static final int MAX_EXCEPTION = 48 << 10;

  /** Of all strings that the caller gave. */
  static final int MAX_RECORD = 192 << 10;

  private static final int MAX_NAME = 128;
  private static final int MAX_FIELDS = 128;
  private static final int MAX_DEPTH = 5;
  private static final int MAX_ELEMENTS = 256;
  private static final int MAX_DIGITS = 64;
  private static final int MAX_EVENT = 64;

  private static final Instant EARLIEST = Instant.parse("2020-01-01T00:00:00Z");
  private static final Duration MAX_FUTURE = Duration.ofDays(1);

  /** Written by the pipeline: a caller's field of this name gets another. */
  private static final Set<String> RESERVED =
      Set.of(
          Fields.TIMESTAMP,
          Fields.TIMESTAMP_ORIGINAL,
          Fields.LEVEL,
          Fields.MESSAGE,
          Fields.LOGGER,
          Fields.MODULE,
          Fields.FUNCTION,
          Fields.LINE,
          Fields.THREAD,
          Fields.SERVICE,
          Fields.INSTANCE,
          Fields.VERSION,
          Fields.ENVIRONMENT,
          Fields.SOURCE,
          Fields.SEQ,
          Fields.EXCEPTION);

  private static final Set<String> GOOGLE_CLOUD =
      Set.of(GoogleCloud.SEVERITY, GoogleCloud.TRACE, GoogleCloud.SPAN_ID);

  /** {name: password, value: …}, as headers, forms and environments are often kept. */
  private static final Set<String> NAME_NAMES = Set.of("name", "key", "field", "header");

  private static final Set<String> VALUE_NAMES = Set.of("value", "val", "values");
  private static final int MAX_ANNOUNCING = 8;

  /** Put before a caller's field whose name is taken. */
  static final String RENAMED = "field_";

  private final Redactor redactor;
  private final Strings strings;
  private volatile LogSettings settings;
  private final Timestamps timestamps = new Timestamps();

  RecordJson(Redactor redactor, LogSettings settings) {
    this.redactor = redactor;
    this.strings = new Strings(redactor);
    this.settings = settings;
  }

  void settings(LogSettings newSettings) {
    settings = newSettings;
  }

  /** The kind of record, as the caller names it. */
  static String eventOf(ILoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (int i = pairs.size() - 1; i >= 0; i--) {
        KeyValuePair pair = pairs.get(i);
        if (Fields.EVENT.equals(pair.key) && pair.value instanceof String name && isEvent(name)) {
          return name;
        }
      }
    }
    return Events.LOG;
  }

  private static boolean isEvent(String name) {
    if (name.isEmpty() || name.length() > MAX_EVENT) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_')) {
        return false;
      }
    }
    return true;
  }

  static String levelName(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> "ERROR";
      case Level.WARN_INT -> "WARNING";
      case Level.INFO_INT -> "INFO";
      default -> "DEBUG";
    };
  }

  @Override
  public void writeTo(JsonGenerator json, ILoggingEvent event) {
    new Writing(json).write(event);
  }

  /** A record that no logger made. */
  void write(
      JsonGenerator json, String event, String level, String message, Map<String, ?> fields) {
    Writing writing = new Writing(json);
    json.writeStartObject();
    writing.timestamp(Instant.now());
    writing.level(level);
    json.writeStringProperty(Fields.EVENT, event);
    json.writeStringProperty(Fields.MESSAGE, message);
    writing.who();
    fields.forEach((name, value) -> {
      json.writeName(name);
      writing.value(value, 0);
    });
    json.writeEndObject();
    json.flush();
  }

  /** One record; counts down what is left of its bounds. */
  private final class Writing {
    private final JsonGenerator json;
    private int budget = MAX_RECORD;
    private int elements = MAX_ELEMENTS;

    /** Names that were changed to be fit: no two may become one. */
    private @Nullable Set<String> cleanNames;

    Writing(JsonGenerator json) {
      this.json = json;
    }

    void write(ILoggingEvent event) {
      List<KeyValuePair> pairs = event.getKeyValuePairs();
      timestamp(event.getInstant());
      level(levelName(event.getLevel()));
      json.writeStringProperty(Fields.EVENT, eventOf(event));
      json.writeName(Fields.MESSAGE);
      text(message(event), MAX_MESSAGE);
      caller(event);
      who();
      json.writeName(Fields.THREAD);
      text(event.getThreadName(), MAX_NAME);
      pairs(pairs);
      mdc(event.getMDCPropertyMap(), pairs);
      googleCloudTrace(event, pairs);
      error(event.getThrowableProxy(), pairs);
    }

    /** A broken argument must not cost the record. */
    private String message(ILoggingEvent event) {
      try {
        String message = event.getFormattedMessage();
        return message == null ? "" : message;
      } catch (RuntimeException | StackOverflowError e) {
        return event.getMessage() + " [arguments failed: " + e.getClass().getName() + "]";
      }
    }

    void level(String name) {
      json.writeStringProperty(Fields.LEVEL, name);
      if (settings.googleCloudProject() != null) {
        json.writeStringProperty(GoogleCloud.SEVERITY, name);
      }
    }

    void timestamp(Instant instant) {
      Instant now = instant == null ? Instant.now() : instant;
      if (now.isBefore(EARLIEST)) {
        json.writeStringProperty(Fields.TIMESTAMP, timestamps.format(EARLIEST));
        json.writeStringProperty(Fields.TIMESTAMP_ORIGINAL, now.toString());
      } else if (now.isAfter(Instant.now().plus(MAX_FUTURE))) {
        json.writeStringProperty(Fields.TIMESTAMP, timestamps.format(Instant.now()));
        json.writeStringProperty(Fields.TIMESTAMP_ORIGINAL, now.toString());
      } else {
        json.writeStringProperty(Fields.TIMESTAMP, timestamps.format(now));
      }
    }

    private void caller(ILoggingEvent event) {
      String logger = event.getLoggerName();
      json.writeName(Fields.LOGGER);
      text(logger, MAX_NAME * 2);
      boolean full =
          switch (settings.caller()) {
            case ALWAYS -> true;
            case NEVER -> false;
            case WARNING -> event.getLevel().isGreaterOrEqual(Level.WARN);
          };
      StackTraceElement site = full ? callSite(event) : null;
      json.writeName(Fields.MODULE);
      if (site != null) {
        text(simple(site.getClassName()), MAX_NAME);
        json.writeStringProperty(Fields.FUNCTION, site.getMethodName());
        json.writeNumberProperty(Fields.LINE, site.getLineNumber());
      } else {
        text(simple(logger), MAX_NAME);
      }
    }

    private @Nullable StackTraceElement callSite(ILoggingEvent event) {
      StackWalker.StackFrame found = event.hasCallerData() ? null : CallSite.find();
      if (found != null) {
        return found.toStackTraceElement();
      }
      StackTraceElement[] stack = event.getCallerData();
      return stack != null && stack.length > 0 ? stack[0] : null;
    }

    private String simple(String className) {
      return className.substring(className.lastIndexOf('.') + 1);
    }

    void who() {
      LogSettings who = settings;
      json.writeStringProperty(Fields.SERVICE, who.service());
      json.writeStringProperty(Fields.INSTANCE, who.instance());
      json.writeStringProperty(Fields.VERSION, who.version());
      json.writeStringProperty(Fields.ENVIRONMENT, who.environment());
    }

    private void pairs(@Nullable List<KeyValuePair> pairs) {
      if (pairs == null) {
        return;
      }
      int count = Math.min(pairs.size(), MAX_FIELDS);
      for (int i = 0; i < count; i++) {
        KeyValuePair pair = pairs.get(i);
        String key = String.valueOf(pair.key);
        if (!isOverwritten(pairs, key, i + 1, count)
            && !(key.equals(Fields.EVENT) && pair.value instanceof String name && isEvent(name))) {
          field(key, pair.value);
        }
      }
      if (pairs.size() > count) {
        json.writeNumberProperty("fields_dropped", pairs.size() - count);
      }
    }

    private void googleCloudTrace(ILoggingEvent event, @Nullable List<KeyValuePair> pairs) {
      String project = settings.googleCloudProject();
      if (project == null) {
        return;
      }
      String trace = correlation(Fields.TRACE_ID, event, pairs);
      if (trace != null) {
        json.writeName(GoogleCloud.TRACE);
        text("projects/" + project + "/traces/" + trace, MAX_NAME * 2);
      }
      String span = correlation(Fields.SPAN_ID, event, pairs);
      if (span != null) {
        json.writeName(GoogleCloud.SPAN_ID);
        text(span, MAX_NAME);
      }
    }

    private @Nullable String correlation(
        String name, ILoggingEvent event, @Nullable List<KeyValuePair> pairs) {
      if (pairs != null) {
        for (int i = pairs.size() - 1; i >= 0; i--) {
          if (name.equals(pairs.get(i).key) && pairs.get(i).value instanceof String value) {
            return value;
          }
        }
      }
      return event.getMDCPropertyMap().get(name);
    }

    private boolean isOverwritten(List<KeyValuePair> pairs, String key, int from, int to) {
      for (int i = from; i < to; i++) {
        if (key.equals(pairs.get(i).key)) {
          return true;
        }
      }
      return false;
    }

    private void mdc(Map<String, String> fields, @Nullable List<KeyValuePair> pairs) {
      int count = 0;
      for (Map.Entry<String, String> field : fields.entrySet()) {
        if (count++ == MAX_FIELDS) {
          break;
        }
        if (pairs == null || !isOverwritten(pairs, field.getKey(), 0, pairs.size())) {
          field(field.getKey(), field.getValue());
        }
      }
    }

    private void field(String key, @Nullable Object value) {
      String name = key.isBlank() ? "_" : key;
      if (RESERVED.contains(name)
          || name.equals(Fields.EVENT)
          || (settings.googleCloudProject() != null && GOOGLE_CLOUD.contains(name))) {
        name = RENAMED + name;
      }
      String kind = redactor.kindOfField(name);
      if (name.length() > 24 || !isPlain(name)) {
        name = cleanName(name);
      }
      json.writeName(name);
      if (kind != null && value != null && !(value instanceof Boolean)) {
        json.writeString(Redactor.mask(kind));
      } else {
        value(value, 0);
      }
    }

    /** Fit to be written; readers refuse an object that has a name twice. */
    private String cleanName(String name) {
      String clean = strings.clean(name, MAX_NAME);
      if (clean.equals(name)) {
        return clean;
      }
      if (cleanNames == null) {
        cleanNames = new HashSet<>();
      }
      String unique = clean;
      for (int i = 2; !cleanNames.add(unique); i++) {
        unique = clean + "#" + i;
      }
      return unique;
    }

    private boolean isPlain(String name) {
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        if (!((c >= 'a' && c <= 'z') || c == '_' || c == '.')) {
          return false;
        }
      }
      return true;
    }

    void value(@Nullable Object value, int depth) {
      switch (value) {
        case null -> json.writeNull();
        case String string -> text(string, MAX_VALUE);
        case Boolean bool -> json.writeBoolean(bool);
        case Integer number -> json.writeNumber(number);
        case Long number -> json.writeNumber(number);
        case Short number -> json.writeNumber((int) number);
        case Byte number -> json.writeNumber((int) number);
        case Double number -> {
          if (Double.isFinite(number)) {
            json.writeNumber(number);
          } else {
            json.writeString(number.toString());
          }
        }
        case Float number -> {
          if (Float.isFinite(number)) {
            json.writeNumber(number);
          } else {
            json.writeString(number.toString());
          }
        }
        case BigInteger number -> {
          if (number.bitLength() < MAX_DIGITS * 3) {
            json.writeNumber(number);
          } else {
            json.writeString("[integer of " + number.bitLength() + " bits]");
          }
        }
        case BigDecimal number -> {
          if (number.precision() <= MAX_DIGITS && Math.abs(number.scale()) <= MAX_DIGITS) {
            json.writeNumber(number);
          } else {
            json.writeString("[decimal of " + number.precision() + " digits]");
          }
        }
        case Map<?, ?> map -> object(map, depth);
        case Iterable<?> many when !(value instanceof java.nio.file.Path) -> array(many, depth);
        case byte[] bytes -> json.writeString("[" + bytes.length + " bytes]");
        case Object array when array.getClass().isArray() -> elements(array, depth);
        default -> text(toString(value), MAX_VALUE);
      }
    }

    private void object(Map<?, ?> map, int depth) {
      if (depth >= MAX_DEPTH) {
        json.writeString("[too deep]");
        return;
      }
      String announced = announced(map);
      json.writeStartObject();
      try {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          if (elements-- <= 0) {
            break;
          }
          String name = toString(entry.getKey());
          String kind = redactor.kindOfField(name);
          if (kind == null && announced != null && VALUE_NAMES.contains(name)) {
            kind = announced;
          }
          json.writeName(cleanName(name));
          if (kind != null && entry.getValue() != null) {
            json.writeString(Redactor.mask(kind));
          } else {
            value(entry.getValue(), depth + 1);
          }
        }
      } finally {
        json.writeEndObject();
      }
    }

    /** The kind that an entry {@code name} says of the entry {@code value}; null if none does. */
    private @Nullable String announced(Map<?, ?> map) {
      if (map.size() > MAX_ANNOUNCING) {
        return null;
      }
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (entry.getValue() instanceof String said
            && entry.getKey() instanceof String name
            && NAME_NAMES.contains(name)) {
          String kind = redactor.kindOfField(said);
          if (kind != null) {
            return kind;
          }
        }
      }
      return null;
    }

    /** An element of a command line; its secret stands behind the flag. */
    private void element(@Nullable Object before, @Nullable Object element, int depth) {
      if (before instanceof String flag
          && flag.length() > 2
          && flag.charAt(0) == '-'
          && element instanceof String value
          && !value.startsWith("-")) {
        String kind = redactor.kindOfField(flag);
        if (kind != null) {
          json.writeString(Redactor.mask(kind));
          return;
        }
      }
      value(element, depth);
    }

    private void array(Iterable<?> many, int depth) {
      if (depth >= MAX_DEPTH) {
        json.writeString("[too deep]");
        return;
      }
      json.writeStartArray();
      Object before = null;
      for (Object element : many) {
        if (elements-- <= 0) {
          break;
        }
        element(before, element, depth + 1);
        before = element;
      }
      json.writeEndArray();
    }

    private void elements(Object array, int depth) {
      if (depth >= MAX_DEPTH) {
        json.writeString("[too deep]");
        return;
      }
      json.writeStartArray();
      int length = Array.getLength(array);
      for (int i = 0; i < length && elements-- > 0; i++) {
        element(i == 0 ? null : Array.get(array, i - 1), Array.get(array, i), depth + 1);
      }
      json.writeEndArray();
    }

    private String toString(@Nullable Object value) {
      try {
        return String.valueOf(value);
      } catch (RuntimeException | StackOverflowError e) {
        return "[toString failed: " + e.getClass().getName() + "]";
      }
    }

    private void text(String text, int max) {
      String clean = strings.clean(text, Math.min(max, Math.max(0, budget)));
      budget -= clean.length();
      json.writeString(clean);
    }

    private void error(@Nullable IThrowableProxy error, @Nullable List<KeyValuePair> pairs) {
      if (error == null) {
        return;
      }
      if (isMissing(pairs, Fields.ERROR)) {
        json.writeName(Fields.ERROR);
        String message = error.getMessage();
        text(message == null ? error.getClassName() : message, MAX_VALUE);
      }
      if (isMissing(pairs, Fields.ERROR_TYPE)) {
        json.writeStringProperty(Fields.ERROR_TYPE, error.getClassName());
      }
      if (isMissing(pairs, Fields.ERROR_CATEGORY) && error instanceof ThrowableProxy proxy) {
        json.writeStringProperty(
            Fields.ERROR_CATEGORY, ErrorCategories.of(proxy.getThrowable()).wireName());
      }
      if (isMissing(pairs, Fields.ERROR_FINGERPRINT)) {
        json.writeStringProperty(Fields.ERROR_FINGERPRINT, Fingerprint.of(error));
      }
      json.writeName(Fields.EXCEPTION);
      text(ErrorText.of(error, MAX_EXCEPTION, strings), MAX_EXCEPTION);
    }

    private boolean isMissing(@Nullable List<KeyValuePair> pairs, String field) {
      return pairs == null || !isOverwritten(pairs, field, 0, pairs.size());
    }
  }

  /** RFC 3339 in UTC with microseconds; the second's part is made once a second. */
  private static final class Timestamps {
    private record Second(long epoch, String text) {}

    private volatile Second last = new Second(Long.MIN_VALUE, "");

    String format(Instant instant) {
      Second second = last;
      if (second.epoch() != instant.getEpochSecond()) {
        String text = instant.truncatedTo(ChronoUnit.SECONDS).toString();
        second = new Second(instant.getEpochSecond(), text.substring(0, text.length() - 1) + ".");
        last = second;
      }
      int micros = instant.getNano() / 1000;
      char[] digits = new char[7];
      for (int i = 5; i >= 0; i--) {
        digits[i] = (char) ('0' + micros % 10);
        micros /= 10;
      }
      digits[6] = 'Z';
      return second.text().concat(new String(digits));
    }
  }
}
