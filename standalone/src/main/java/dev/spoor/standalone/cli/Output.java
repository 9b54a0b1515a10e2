package dev.spoor.standalone.cli;

import dev.spoor.contract.wire.Json;
import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where a command writes: answers to one stream, remarks and faults to the other, so that answers
 * can be piped. Colours only on a terminal that wants them.
 */
public final class Output {
  private static final JsonMapper PRETTY =
      Json.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final PrintStream out;
  private final PrintStream err;
  private final boolean colour;
  private final boolean terminal;

  public Output(PrintStream out, PrintStream err, boolean terminal, boolean colour) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.colour = colour;
  }

  /** The process's own streams; {@code NO_COLOR} and {@code TERM=dumb} switch colours off. */
  @SuppressWarnings("SystemConsoleNull") // null again since JDK 25 where there is no terminal
  public static Output ofProcess(Map<String, String> environment) {
    Console console = System.console();
    boolean terminal = console != null && console.isTerminal();
    boolean colour =
        terminal
            && environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !"dumb".equals(environment.get("TERM"));
    return new Output(utf8(System.out), utf8(System.err), terminal, colour);
  }

  private static PrintStream utf8(PrintStream stream) {
    return new PrintStream(stream, true, StandardCharsets.UTF_8);
  }

  /** The answers as bytes; throws where the other side has gone or the disk is full. */
  OutputStream bytes() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        // A PrintStream keeps its faults to itself.
        if (out.checkError()) {
          throw new IOException("standard output is closed or full");
        }
      }
    };
  }

  PrintWriter answers() {
    return new PrintWriter(out, true, StandardCharsets.UTF_8);
  }

  PrintWriter remarks() {
    return new PrintWriter(err, true, StandardCharsets.UTF_8);
  }

  CommandLine.Help.Ansi ansi() {
    return colour ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF;
  }

  /** Whether a person is looking. */
  public boolean terminal() {
    return terminal;
  }

  public void line(String text) {
    out.println(text);
  }

  /** A remark that is not part of the answer. */
  public void remark(String text) {
    err.println(text);
  }

  /**
   * Remarks in the place of so many lines that were drawn last; for a terminal, which cuts those
   * that are too long for it: one that went on in a second line would not be drawn over.
   */
  void redraw(List<String> lines, int drawn) {
    err.print((drawn == 0 ? "" : "\u001b[" + drawn + "A\u001b[J") + "\u001b[?7l");
    lines.forEach(err::println);
    err.print("\u001b[?7h");
    err.flush();
  }

  /** The answer as JSON, for programs. */
  public void json(JsonNode node) {
    out.println(PRETTY.writeValueAsString(node));
  }

  /** A JSON value for a person: text as it is, all else indented. */
  static String readable(JsonNode node) {
    return node.isString() ? node.stringValue() : PRETTY.writeValueAsString(node);
  }

  String bold(String text) {
    return styled("1", text);
  }

  String dim(String text) {
    return styled("2", text);
  }

  /** A job's state or a record's level in the colour that people expect. */
  String state(String name) {
    String code =
        switch (name) {
          case "succeeded", "complete", "healthy", "resolved" -> "32";
          case "failed", "dead", "expired", "ERROR", "missing", "unhealthy", "firing" -> "31";
          case "retrying", "cancelled", "WARNING", "degraded", "tail_unknown", "pending" -> "33";
          case "running", "queued", "scheduled", "accepted", "open" -> "36";
          default -> null;
        };
    return styled(code, name);
  }

  private String styled(@Nullable String code, String text) {
    return colour && code != null ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
