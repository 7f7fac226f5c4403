package dev.lanewise.blas;

import static dev.lanewise.OtherJvm.CLASSES;
import static dev.lanewise.OtherJvm.TEST_CLASSES;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.OtherJvm;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Starts JVMs with the library's jar in different places, and with an environment of their own. */
class LoadingTest {
  private static final String MAIN = "dev.lanewise.blas.SearchReport";

  private String jar;

  @BeforeEach
  void findTheJar() throws IOException, URISyntaxException {
    Optional<Platform> platform = Platform.current();
    assumeTrue(platform.isPresent(), "no OpenBLAS is bundled for this platform");
    URL resource =
        ClassLoader.getSystemResource(platform.get().resource(platform.get().pins().getLast()));
    assumeTrue(
        resource != null && resource.openConnection() instanceof JarURLConnection,
        "the class path holds no org.bytedeco:openblas for this platform");
    URL file = ((JarURLConnection) resource.openConnection()).getJarFileURL();
    jar = Path.of(file.toURI()).toString();
  }

  private static List<String> run(String core, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = OtherJvm.tool("java", command);
    builder.environment().remove("OPENBLAS_CORETYPE");
    builder.environment().keySet().removeIf(name -> name.startsWith("LANEWISE_"));
    if (core != null) {
      builder.environment().put("OPENBLAS_CORETYPE", core);
    }
    return OtherJvm.run(builder).ofSuccess().lines().toList();
  }

  private static void assertBundled(List<String> lines) {
    assertTrue(
        lines.stream().anyMatch(line -> line.startsWith("Bundled library: loaded from")),
        () -> String.join("\n", lines));
  }

  private List<String> onClassPath(String core, String... flags) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.add("--enable-native-access=ALL-UNNAMED");
    arguments.add("-cp");
    arguments.add(OtherJvm.path(CLASSES, TEST_CLASSES, jar));
    arguments.add(MAIN);
    return run(core, arguments.toArray(String[]::new));
  }

  @Test
  void everythingOnTheClassPath() throws Exception {
    assertBundled(onClassPath(null));
  }

  @Test
  void lanewiseAsAModuleAndTheJarOnTheClassPath() throws Exception {
    assertBundled(
        run(
            null,
            "--enable-native-access=dev.lanewise",
            "--module-path=" + CLASSES,
            "--class-path=" + jar,
            "--patch-module=dev.lanewise=" + TEST_CLASSES,
            "--module=dev.lanewise/" + MAIN));
  }

  @Test
  void everythingOnTheModulePath() throws Exception {
    assertBundled(
        run(
            null,
            "--enable-native-access=dev.lanewise",
            "--module-path=" + OtherJvm.path(CLASSES, jar),
            "--patch-module=dev.lanewise=" + TEST_CLASSES,
            "--module=dev.lanewise/" + MAIN));
  }

  @Test
  void withoutNativeAccessJavaServes() throws Exception {
    List<String> lines =
        run(
            null,
            "--illegal-native-access=deny",
            "--class-path=" + OtherJvm.path(CLASSES, TEST_CLASSES, jar),
            MAIN);
    assertTrue(
        lines.stream().anyMatch(line -> line.contains("native access is not granted")),
        () -> String.join("\n", lines));
  }

  @Test
  void theCoreComesFromTheSettingThenTheEnvironmentThenTheProcessor() throws Exception {
    Set<String> flags = Core.processorFlags();
    assumeTrue(
        Core.named("Haswell").orElseThrow().runsOn(flags) && !flags.isEmpty(),
        "needs a processor with AVX2, and Linux to tell");
    List<String> weak = onClassPath("Sandybridge");
    assertTrue(weak.contains("core Sandybridge"), () -> String.join("\n", weak));
    assertTrue(weak.contains("warnings 1"), () -> String.join("\n", weak));
    List<String> auto = onClassPath("Sandybridge", "-Dlanewise.openblas.core=auto");
    assertTrue(auto.contains("warnings 0"), () -> String.join("\n", auto));
    List<String> set = onClassPath("Sandybridge", "-Dlanewise.openblas.core=haswell");
    assertTrue(set.contains("core Haswell"), () -> String.join("\n", set));
  }
}
