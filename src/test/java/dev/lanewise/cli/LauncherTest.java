package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The shell script that finds a JDK and starts the command. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a POSIX shell script")
class LauncherTest {
  private static final String VECTOR = "java.base jdk.incubator.vector";

  @TempDir Path folder;
  private Path launcher;

  /** Copies the launcher, so that it finds no build of this project beside it. */
  @BeforeEach
  void copyLauncher() throws IOException {
    launcher = Files.copy(Path.of("lanewise"), folder.resolve("lanewise"));
  }

  @Test
  void takesJavaHomeIfNewEnough() throws Exception {
    Path jdk = jdk("jdk-25", "25.0.1", VECTOR);
    assertEquals(new Outcome(0, jdk + "\n", ""), run(Map.of("JAVA_HOME", jdk), "--java-home"));
  }

  @Test
  void passesOverAnOldJavaHomeForANewerOneInAUsualFolder() throws Exception {
    Path old = jdk("jdk-17", "17.0.15", VECTOR);
    jdk("home/.jdks/other-99", "99", "java.base");
    Path newest = jdk("home/.jdks/temurin-98", "98-ea", VECTOR);
    Map<String, Path> environment =
        Map.of("JAVA_HOME", old, "HOME", folder.resolve("home"), "PATH", pathThrough(old));
    assertEquals(new Outcome(0, newest + "\n", ""), run(environment, "--java-home"));
  }

  @Test
  void saysWhatIsMissingInOneSentence() throws Exception {
    Path bare = jdk("jdk bare", "25", "java.base java.logging");
    Outcome outcome = run(Map.of("JAVA_HOME", bare), "--version");
    assertEquals(2, outcome.exitCode());
    assertEquals("", outcome.out());
    assertEquals(
        "lanewise: the Java at "
            + bare
            + " lacks the module jdk.incubator.vector; use a full JDK 25 or newer, or add the module"
            + " to the image.\n",
        outcome.err());
  }

  @Test
  void startsTheCommandWithItsFlags() throws Exception {
    List<String> arguments = started();
    assertTrue(arguments.contains("--enable-native-access=ALL-UNNAMED"), arguments.toString());
    int classPath = arguments.indexOf("--class-path");
    assertEquals(
        "%1$s/lanewise.jar:%1$s/lib/a.jar:%1$s/lib/b.jar:%1$s/native/blas.jar"
            .formatted(launcher.resolveSibling("target").toRealPath()),
        arguments.get(classPath + 1));
    assertEquals(
        List.of("dev.lanewise.cli.Main", "train", "--out", "a folder"),
        arguments.subList(arguments.size() - 4, arguments.size()));
  }

  @Test
  void takesTheArchiveOfClassesWhereThereIsOne() throws Exception {
    String flag = "-XX:SharedArchiveFile=";
    List<String> without = started();
    assertTrue(without.stream().noneMatch(it -> it.startsWith(flag)), without.toString());
    Path archive = Files.createFile(folder.resolve("target/lanewise.jsa"));
    List<String> with = started();
    assertTrue(with.contains(flag + archive.toRealPath()), with.toString());
  }

  /** What the launcher gives a JVM for {@code train --out "a folder"}. */
  private List<String> started() throws Exception {
    Path jdk = jdk("jdk-25", "25", VECTOR);
    for (String jar : List.of("lanewise.jar", "lib/b.jar", "lib/a.jar", "native/blas.jar")) {
      Path path = folder.resolve("target").resolve(jar);
      Files.createDirectories(path.getParent());
      if (!Files.exists(path)) {
        Files.createFile(path);
      }
    }
    Outcome outcome = run(Map.of("JAVA_HOME", jdk), "train", "--out", "a folder");
    assertEquals(0, outcome.exitCode(), outcome.err());
    return outcome.out().lines().toList();
  }

  /** A folder that looks like a JDK; its {@code java} prints its arguments, one a line. */
  private Path jdk(String name, String version, String modules) throws IOException {
    Path jdk = Files.createDirectories(folder.resolve(name));
    Files.writeString(
        jdk.resolve("release"),
        "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"%s\"\nMODULES=\"%s\"\n".formatted(version, modules));
    Path bin = Files.createDirectories(jdk.resolve("bin"));
    for (String tool : List.of("java", "javac")) {
      Path script = Files.writeString(bin.resolve(tool), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
      assertTrue(script.toFile().setExecutable(true));
    }
    return jdk;
  }

  /** A PATH on which {@code java} is the one of {@code jdk}, and the usual tools are found. */
  private static Path pathThrough(Path jdk) {
    return Path.of(jdk.resolve("bin") + ":/usr/bin:/bin");
  }

  private record Outcome(int exitCode, String out, String err) {}

  private Outcome run(Map<String, Path> environment, String... arguments) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sh", launcher.toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().remove("LANEWISE_JAVA_OPTS");
    environment.forEach((name, value) -> builder.environment().put(name, value.toString()));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    int exitCode = process.waitFor();
    return new Outcome(
        exitCode,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
