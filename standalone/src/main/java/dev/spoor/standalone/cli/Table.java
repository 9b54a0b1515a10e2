package dev.spoor.standalone.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Lines with aligned columns, two spaces apart. Colour codes do not count as width. */
final class Table {
  private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

  private final List<String> header;
  private final List<Boolean> rightAligned;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param header names of the columns; one that begins with {@code >} is aligned to the right
   */
  Table(String... header) {
    this.header = List.of(header).stream().map(Table::withoutMark).toList();
    this.rightAligned = List.of(header).stream().map(name -> name.startsWith(">")).toList();
  }

  Table row(String... cells) {
    if (cells.length != header.size()) {
      throw new IllegalArgumentException(cells.length + " cells for " + header.size() + " columns");
    }
    rows.add(List.of(cells));
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void print(Output output) {
    List<String> lines = lines();
    boolean headed = header.stream().anyMatch(name -> !name.isEmpty());
    for (int i = 0; i < lines.size(); i++) {
      output.line(headed && i == 0 ? output.dim(lines.get(i)) : lines.get(i));
    }
  }

  /** The header, if its columns have names, and the rows. */
  List<String> lines() {
    int[] widths = new int[header.size()];
    for (int column = 0; column < widths.length; column++) {
      widths[column] = width(header.get(column));
      for (List<String> row : rows) {
        widths[column] = Math.max(widths[column], width(row.get(column)));
      }
    }
    List<String> lines = new ArrayList<>();
    if (header.stream().anyMatch(name -> !name.isEmpty())) {
      lines.add(join(header, widths));
    }
    rows.forEach(row -> lines.add(join(row, widths)));
    return lines;
  }

  private String join(List<String> cells, int[] widths) {
    List<String> padded = new ArrayList<>();
    for (int column = 0; column < widths.length; column++) {
      String cell = cells.get(column);
      String space = " ".repeat(widths[column] - width(cell));
      padded.add(rightAligned.get(column) ? space + cell : cell + space);
    }
    return padded.stream().collect(Collectors.joining("  ")).stripTrailing();
  }

  private static int width(String cell) {
    String plain = COLOUR.matcher(cell).replaceAll("");
    return plain.codePointCount(0, plain.length());
  }

  private static String withoutMark(String name) {
    return name.startsWith(">") ? name.substring(1) : name;
  }
}
