package dev.spoor.gateway.catalogue;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.path.NodePath;
import dev.spoor.telemetry.problem.Fault;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A flow's input schema, compiled. Thread-safe. */
public final class InputSchema {
  private final Schema schema;

  InputSchema(Schema schema) {
    this.schema = schema;
  }

  /**
   * Every fault of the input; empty if it fits.
   *
   * @param parent pointer to the input within the document, put before every pointer
   */
  public List<Fault> check(JsonNode input, String parent) {
    List<Error> errors = schema.validate(input);
    if (errors.isEmpty()) {
      return List.of();
    }
    List<Fault> faults = new ArrayList<>(errors.size());
    for (Error error : errors) {
      faults.add(new Fault(parent + pointer(error), detail(error)));
    }
    return faults;
  }

  /** The validator points at the parent of what is missing or too much; callers want the thing. */
  private static String pointer(Error error) {
    StringBuilder pointer = new StringBuilder();
    NodePath path = error.getInstanceLocation();
    for (int i = 0; i < path.getNameCount(); i++) {
      pointer.append('/').append(escape(String.valueOf(path.getElement(i))));
    }
    String property = error.getProperty();
    if (property != null && pointsAtParent(error)) {
      pointer.append('/').append(escape(property));
    }
    return pointer.toString();
  }

  private static String detail(Error error) {
    return switch (error.getKeyword()) {
      case "required" -> "is required";
      case "additionalProperties", "unevaluatedProperties" -> "unknown property";
      case null, default -> error.getMessage();
    };
  }

  private static boolean pointsAtParent(Error error) {
    return switch (error.getKeyword()) {
      case "required", "additionalProperties", "unevaluatedProperties" -> true;
      case null, default -> false;
    };
  }

  private static String escape(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
