package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the documents show is there: programs compile, excerpts stand in the sources that their page
 * links to (which are compiled, and run by {@code ExamplesTest}), links lead to a file, and to
 * every page.
 */
class DocumentationTest {
  /** A block of Java; one with the path of a file belongs to {@code AddAnOpTest}. */
  private static final Pattern JAVA = Pattern.compile("(?ms)^```java\n(.*?)^```");

  private static final Pattern CLASS = Pattern.compile("(?m)^public class (\\w+)");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:\\s]+)(#[^)]*)?\\)");

  @TempDir Path folder;

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      return Stream.concat(
              Stream.of("README.md", "bench/README.md", "native/README.md", "jextract/README.md")
                  .map(Path::of),
              docs.filter(file -> file.toString().endsWith(".md")).sorted())
          .toList();
    }
  }

  private static List<MatchResult> all(Pattern pattern, Path page) throws IOException {
    return pattern.matcher(Files.readString(page)).results().toList();
  }

  /** Without comments and blanks: documents break lines where they like. */
  private static String bare(String java) {
    return java.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//[^\n]*|\\s+", "");
  }

  @Test
  void programsCompile() throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-proc:none", "-d", folder.toString()));
    arguments.addAll(List.of("-cp", OtherJvm.CLASSES.toString()));
    int options = arguments.size();
    for (Path page : pages()) {
      for (MatchResult block : all(JAVA, page)) {
        for (MatchResult name : CLASS.matcher(block.group(1)).results().toList()) {
          Path source = folder.resolve(name.group(1) + ".java");
          arguments.add(Files.writeString(source, block.group(1)).toString());
        }
      }
    }
    assertTrue(arguments.size() >= options + 2, "README.md and docs/profiling.md have programs");
    StringWriter errors = new StringWriter();
    PrintWriter printer = new PrintWriter(errors);
    ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
    int code = javac.run(printer, printer, arguments.toArray(String[]::new));
    assertEquals(0, code, errors.toString());
  }

  /** Statement by statement and in order; what lies between may be left out. */
  @Test
  void excerptsStandInTheSources() throws IOException {
    List<String> missing = new ArrayList<>();
    int excerpts = 0;
    for (Path page : pages()) {
      StringBuilder sources = new StringBuilder();
      for (MatchResult link : all(LINK, page)) {
        if (link.group(1).endsWith(".java")) {
          sources.append(bare(Files.readString(page.resolveSibling(link.group(1)))));
        }
      }
      for (MatchResult block : all(JAVA, page)) {
        if (CLASS.matcher(block.group(1)).find()) {
          continue;
        }
        excerpts++;
        int from = 0;
        for (String statement : bare(block.group(1)).split("(?<=[;{}])")) {
          int at = sources.indexOf(statement, from);
          if (at < 0) {
            missing.add(page + ": " + statement);
          } else {
            from = at + statement.length();
          }
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(excerpts > 30, excerpts + " excerpts");
  }

  @Test
  void linksLeadToFiles() throws IOException {
    List<String> dead = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : all(LINK, page)) {
        Path target = page.toAbsolutePath().resolveSibling(link.group(1)).normalize();
        if (!Files.exists(target)) {
          dead.add(page + ": " + link.group(1));
        }
      }
    }
    assertEquals(List.of(), dead);
  }

  /** From the README on, by links. */
  @Test
  void everyPageIsFound() throws IOException {
    Path start = Path.of("README.md").toAbsolutePath();
    Deque<Path> next = new ArrayDeque<>(List.of(start));
    Set<Path> found = new HashSet<>(next);
    while (!next.isEmpty()) {
      Path page = next.pop();
      for (MatchResult link : all(LINK, page)) {
        Path target = page.resolveSibling(link.group(1)).normalize();
        if (target.toString().endsWith(".md") && found.add(target)) {
          next.add(target);
        }
      }
    }
    assertEquals(
        List.of(),
        pages().stream().filter(page -> !found.contains(page.toAbsolutePath())).toList());
  }
}
