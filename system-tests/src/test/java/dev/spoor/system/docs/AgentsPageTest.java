package dev.spoor.system.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spoor.agent.flow.Flow;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The flow of docs/agents.md is one. */
class AgentsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "agents.md");
  private static final String IMPORTS =
      """
      import dev.spoor.agent.*;
      import dev.spoor.agent.flow.Flow;
      import dev.spoor.agent.model.*;
      import dev.spoor.contract.wire.Json;
      import java.nio.charset.StandardCharsets;
      """;

  @TempDir Path dir;

  @Test
  void theExampleCompilesAndIsAFlow() throws Exception {
    List<String> examples =
        Pattern.compile("(?ms)^```java\\n(.*?)^```")
            .matcher(Files.readString(PAGE))
            .results()
            .map((MatchResult found) -> found.group(1))
            .toList();
    assertThat(examples).hasSize(1);
    Path source = dir.resolve("SummaryFlow.java");
    Files.writeString(source, IMPORTS + examples.getFirst());
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter told = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  told,
                  files,
                  null,
                  List.of("-proc:none", "-d", dir.toString()),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertThat(compiled).as(told.toString()).isTrue();
    }
    try (URLClassLoader loader = new URLClassLoader(new URL[] {dir.toUri().toURL()})) {
      Flow flow = (Flow) loader.loadClass("SummaryFlow").getMethod("flow").invoke(null);
      assertThat(flow.id().value()).isEqualTo("summary");
    }
  }
}
