package dev.spoor.gateway.submit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import tools.jackson.databind.JsonNode;

/**
 * SHA-256 of what a JSON document says, whatever its spaces and the order of its names. Numbers are
 * the same when they are the same double or the same integer: {@code 1.50} and {@code 1.5}.
 */
final class CanonicalHash {
  private final MessageDigest digest;

  private CanonicalHash(MessageDigest digest) {
    this.digest = digest;
  }

  /** 64 hexadecimal digits. */
  static String of(JsonNode document) {
    try {
      CanonicalHash hash = new CanonicalHash(MessageDigest.getInstance("SHA-256"));
      hash.add(document);
      return HexFormat.of().formatHex(hash.digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  // Every value begins with its kind and its length, so that no two documents give the same bytes.
  private void add(JsonNode node) {
    switch (node.getNodeType()) {
      case OBJECT -> {
        tag('o', node.size());
        String[] names = node.propertyNames().toArray(String[]::new);
        Arrays.sort(names);
        for (String name : names) {
          text('k', name);
          add(node.get(name));
        }
      }
      case ARRAY -> {
        tag('a', node.size());
        for (JsonNode element : node) {
          add(element);
        }
      }
      case STRING -> text('s', node.stringValue());
      case NUMBER -> text('n', number(node));
      case BOOLEAN -> tag(node.booleanValue() ? 't' : 'f', 0);
      case NULL, MISSING -> tag('z', 0);
      case BINARY, POJO ->
          throw new IllegalArgumentException("a parsed document has no " + node.getNodeType());
    }
  }

  private static String number(JsonNode node) {
    if (node.isIntegralNumber()) {
      return node.bigIntegerValue().toString();
    }
    double value = node.doubleValue();
    if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
      return Long.toString((long) value);
    }
    return Double.toString(value);
  }

  private void text(char kind, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    tag(kind, bytes.length);
    digest.update(bytes);
  }

  private void tag(char kind, int size) {
    digest.update(ByteBuffer.allocate(5).put((byte) kind).putInt(size).flip());
  }
}
