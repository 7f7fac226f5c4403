package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs what was built in a JVM of its own: with other flags, another environment, a fresh heap. */
public final class OtherJvm {
  /** The compiled classes of the project. */
  public static final Path CLASSES =
      Path.of(System.getProperty("lanewise.classes", "target/classes")).toAbsolutePath();

  /** The compiled tests. */
  public static final Path TEST_CLASSES = CLASSES.resolveSibling("test-classes");

  /** The flags that a program on the class path needs. */
  private static final List<String> FLAGS =
      List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");

  private OtherJvm() {}

  /** What a process has left: its exit code, and its output with its errors. */
  public record Result(int exitCode, String output) {
    /** The output of a process that must have ended well. */
    public String ofSuccess() {
      assertEquals(0, exitCode, output);
      return output;
    }
  }

  /** Parts of a class path, the first one first. */
  public static String path(Object... parts) {
    return Arrays.stream(parts)
        .map(Object::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** A tool of the JDK that runs the tests, with its arguments, not yet started. */
  public static ProcessBuilder tool(String name, List<String> arguments) {
    Path tool = Path.of(System.getProperty("java.home"), "bin", name);
    return new ProcessBuilder(
        Stream.concat(Stream.of(tool.toString()), arguments.stream()).toList());
  }

  /** Runs a JVM that may use vectors and native code. */
  public static Result java(String classPath, List<String> arguments)
      throws IOException, InterruptedException {
    Stream<String> all =
        Stream.of(FLAGS, List.of("-cp", classPath), arguments).flatMap(List::stream);
    return run(tool("java", all.toList()));
  }

  /** Waits for the end of a process that reads nothing. */
  public static Result run(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
