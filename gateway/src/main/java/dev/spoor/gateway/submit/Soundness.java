package dev.spoor.gateway.submit;

import dev.spoor.telemetry.problem.Fault;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Finds what is JSON but cannot travel: halves of surrogate pairs, which are not Unicode and cannot
 * be written as UTF-8, and numbers that no double holds.
 */
final class Soundness {
  private Soundness() {}

  /** Adds a fault for each place. Costs one walk when there is none. */
  static void check(JsonNode document, List<Fault> faults) {
    if (!sound(document)) {
      find(document, "", faults);
    }
  }

  private static boolean sound(JsonNode node) {
    if (node.isString()) {
      return sound(node.stringValue());
    }
    if (node.isObject()) {
      for (var member : node.properties()) {
        if (!sound(member.getKey()) || !sound(member.getValue())) {
          return false;
        }
      }
      return true;
    }
    if (node.isArray()) {
      for (JsonNode element : node) {
        if (!sound(element)) {
          return false;
        }
      }
      return true;
    }
    return !node.isFloatingPointNumber() || Double.isFinite(node.doubleValue());
  }

  private static void find(JsonNode node, String pointer, List<Fault> faults) {
    if (node.isString()) {
      if (!sound(node.stringValue())) {
        faults.add(new Fault(pointer, "half of a surrogate pair is not Unicode text"));
      }
    } else if (node.isObject()) {
      for (var member : node.properties()) {
        String below = pointer + "/" + Pointers.escape(member.getKey());
        if (!sound(member.getKey())) {
          faults.add(new Fault(below, "half of a surrogate pair in a name is not Unicode text"));
        }
        find(member.getValue(), below, faults);
      }
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        find(node.get(i), pointer + "/" + i, faults);
      }
    } else if (node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue())) {
      faults.add(new Fault(pointer, "the number is beyond the range of a double"));
    }
  }

  private static boolean sound(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isLowSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
