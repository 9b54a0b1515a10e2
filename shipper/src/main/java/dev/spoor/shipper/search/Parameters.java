package dev.spoor.shipper.search;

import dev.spoor.store.query.TimeSpan;
import dev.spoor.telemetry.problem.Fault;
import dev.spoor.telemetry.problem.Problem;
import dev.spoor.telemetry.problem.ProblemException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of one request. All that is wrong is collected and told at once; a fault's
 * pointer is the parameter's name.
 */
public final class Parameters {
  private final Map<String, String[]> given;
  private final List<Fault> faults = new ArrayList<>();

  /**
   * @param known all others are refused: a parameter that is misspelt would change what is found
   */
  public Parameters(Map<String, String[]> given, Set<String> known) {
    this.given = given;
    for (String name : new TreeSet<>(given.keySet())) {
      String[] values = given.get(name);
      if (!known.contains(name)) {
        fault(
            name, "is not a parameter here; known are " + String.join(", ", new TreeSet<>(known)));
      } else if (values != null && values.length > 1) {
        fault(name, "is given " + values.length + " times; once is expected");
      }
    }
  }

  /** Empty if it is not given. */
  public String text(String name) {
    String[] values = given.get(name);
    return values == null || values.length == 0 ? "" : values[0];
  }

  public int number(String name, int min, int max, int otherwise) {
    String text = text(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // Said below.
    }
    fault(name, "must be a whole number from " + min + " to " + max);
    return otherwise;
  }

  public @Nullable TimeSpan time(String name, Instant now) {
    String text = text(name);
    if (text.isEmpty()) {
      return null;
    }
    // A plus in a query string is a space unless it is escaped, and nobody means a space here.
    TimeSpan span = TimeSpan.parse(text.replace(' ', '+'), now).orElse(null);
    if (span == null) {
      fault(name, "must be " + TimeSpan.EXPECTED);
    }
    return span;
  }

  public void fault(String name, String detail) {
    faults.add(new Fault(name, detail));
  }

  /**
   * @throws ProblemException 400 with all faults, if there are any
   */
  public void check() {
    if (!faults.isEmpty()) {
      throw Problem.of(
              400,
              "bad-parameters",
              "Bad parameters",
              faults.size() == 1
                  ? faults.getFirst().pointer() + ": " + faults.getFirst().detail()
                  : faults.size() + " faults in the query parameters")
          .withErrors(faults)
          .asException();
    }
  }
}
