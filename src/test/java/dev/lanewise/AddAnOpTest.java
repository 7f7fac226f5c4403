package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Follows docs/add-an-op.md: what its blocks say is done to a copy of the sources, and the
 * catalogue's own checks then judge the operation that they add.
 */
class AddAnOpTest {
  private static final String OP = "Isru";
  private static final Pattern BLOCK =
      Pattern.compile("```(java|diff) (\\S+)\n(.*?)```", Pattern.DOTALL);

  @TempDir Path folder;

  /** The files that the document makes or changes, by their path, as they are afterwards. */
  private static Map<String, String> steps() throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    Matcher block = BLOCK.matcher(Files.readString(Path.of("docs", "add-an-op.md")));
    while (block.find()) {
      String file = block.group(2);
      String text =
          block.group(1).equals("java")
              ? block.group(3)
              : changed(file, Files.readString(Path.of(file)), block.group(3));
      assertEquals(null, files.put(file, text), "two blocks for " + file);
    }
    return files;
  }

  /** Puts the lines with a plus beside the others, which must stand in the text exactly once. */
  private static String changed(String file, String text, String diff) {
    String result = text;
    for (String part : diff.split("(?m)^@@\n")) {
      StringBuilder before = new StringBuilder("\n");
      StringBuilder after = new StringBuilder("\n");
      part.lines()
          .forEach(line -> {
            String content = line.isEmpty() ? "" : line.substring(1);
            after.append(content).append('\n');
            if (!line.startsWith("+")) {
              before.append(content).append('\n');
            }
          });
      int at = result.indexOf(before.toString());
      assertTrue(at >= 0, "the document names lines that are not in " + file + ":" + before);
      assertEquals(-1, result.indexOf(before.toString(), at + 1), "twice in " + file + before);
      result = result.replace(before, after);
    }
    return result;
  }

  /** What was built and all that it stands on. */
  private static String classPath(Path first) {
    List<Object> parts = new ArrayList<>(List.of(first, OtherJvm.CLASSES, OtherJvm.TEST_CLASSES));
    for (String property : List.of("jdk.module.path", "java.class.path")) {
      String path = System.getProperty(property);
      if (path != null && !path.isEmpty()) {
        parts.add(path);
      }
    }
    return OtherJvm.path(parts.toArray());
  }

  /** Compiles sources in a copy of their folders. */
  private Path compiled(Map<String, String> sources) throws IOException, InterruptedException {
    Path classes = Files.createDirectory(folder.resolve("classes"));
    List<String> arguments = new ArrayList<>(List.of("-proc:none", "-implicit:none"));
    arguments.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    arguments.addAll(List.of("-d", classes.toString(), "-cp", classPath(classes)));
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = folder.resolve(source.getKey());
      Files.createDirectories(file.getParent());
      arguments.add(Files.writeString(file, source.getValue()).toString());
    }
    OtherJvm.run(OtherJvm.tool("javac", arguments)).ofSuccess();
    return classes;
  }

  private OtherJvm.Result check(Map<String, String> sources)
      throws IOException, InterruptedException {
    return OtherJvm.java(classPath(compiled(sources)), List.of("dev.lanewise.op.NewOpChecks", OP));
  }

  @Test
  void theFourStepsMakeAnOperation() throws IOException, InterruptedException {
    Map<String, String> sources = steps();
    assertEquals(4, sources.size(), "a file, a word, a line, a sample: " + sources.keySet());
    // A line for users, as the document says; the fifth source only calls it.
    sources.put(
        "src/test/java/UseIt.java",
        """
        import dev.lanewise.tensor.Tensor;

        public class UseIt {
          public static void main(String[] arguments) {
            Tensor x = Tensor.of(new float[] {-2, 0, 0.5f, 3}, 4).requireGrad();
            Tensor y = x.isru(0.25f);
            y.sum().backward();
            for (int i = 0; i < 4; i++) {
              double at = x.toArray()[i];
              double root = Math.sqrt(1 + 0.25 * at * at);
              near(at / root, y.toArray()[i]);
              near(1 / (root * root * root), x.grad().toArray()[i]);
            }
            System.out.println("used");
          }

          static void near(double expected, double found) {
            if (!(Math.abs(expected - found) < 1e-6)) {
              throw new AssertionError("expected " + expected + ", found " + found);
            }
          }
        }
        """);
    String checks = check(sources).ofSuccess();
    assertTrue(checks.contains("samples of isru agree"), checks);
    String path = classPath(folder.resolve("classes"));
    String use = OtherJvm.java(path, List.of("UseIt")).ofSuccess();
    assertTrue(use.contains("used"), use);
  }

  @Test
  void withoutTheSampleTheCatalogueNamesIt() throws IOException, InterruptedException {
    Map<String, String> sources = steps();
    assertTrue(sources.keySet().removeIf(file -> file.startsWith("src/test/")));
    OtherJvm.Result checks = check(sources);
    assertNotEquals(0, checks.exitCode(), checks.output());
    assertTrue(checks.output().contains("ops of the catalogue without a sample"), checks.output());
    assertTrue(checks.output().contains("dev.lanewise.op." + OP), checks.output());
  }
}
