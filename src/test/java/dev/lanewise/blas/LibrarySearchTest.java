package dev.lanewise.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.blas.BlasSettings.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrarySearchTest {
  private static final Set<String> AVX2 = Set.of("sse2", "avx", "avx2", "fma");
  private static final Set<String> AVX512 =
      Set.of(
          "sse2", "avx", "avx2", "fma", "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");
  private static final String NO_SUCH = "libno-such-openblas.so.0";

  @TempDir private Path folder;

  private static BlasSettings settings(Map<String, String> properties) {
    return BlasSettings.of(properties::get, name -> null);
  }

  private BlasSettings with(Path library, String core) {
    return new BlasSettings(Mode.AUTO, library, core, folder.resolve("cache"));
  }

  /** A search that finds nothing bundled and nothing in the system. */
  private static BlasChoice nothingElse(BlasSettings settings, Set<String> processor, String core) {
    return new LibrarySearch(settings, Optional.empty(), List.of(NO_SUCH), processor, core).run();
  }

  @Test
  void readsPropertiesThenVariables() {
    Map<String, String> variables =
        Map.of("LANEWISE_BLAS", "openblas", "LANEWISE_OPENBLAS_CORE", "Zen", "HOME", "/h");
    BlasSettings settings =
        BlasSettings.of(
            Map.of(
                    "lanewise.blas", "Java",
                    "lanewise.openblas.core", " ",
                    "os.name", "Linux",
                    "user.home", "/home/one")
                ::get,
            variables::get);
    assertEquals(Mode.JAVA, settings.mode());
    assertEquals("Zen", settings.core());
    assertEquals(Path.of("/home/one/.cache/lanewise").toAbsolutePath(), settings.cache());
    String message =
        assertThrows(IllegalArgumentException.class, () -> settings(Map.of("lanewise.blas", "mkl")))
            .getMessage();
    assertEquals("lanewise.blas is 'mkl'; expected auto, openblas or java.", message);
  }

  @Test
  void javaMeansThatNothingIsLookedFor() {
    BlasChoice choice = new LibrarySearch(settings(Map.of("lanewise.blas", "java"))).run();
    assertTrue(choice.openBlas().isEmpty());
    assertEquals(
        List.of("Not searched for OpenBLAS, since lanewise.blas is java."), choice.report());
    assertEquals(List.of(), choice.warnings());
  }

  @Test
  void triesTheSettingThenTheBundledThenTheSystemLibrary() throws IOException {
    Path text = Files.writeString(folder.resolve("libopenblas.so.0"), "no library");
    BlasChoice choice =
        new LibrarySearch(
                with(text, null),
                Optional.of(otherPlatform()),
                List.of(NO_SUCH, "libno-such-either.so"),
                AVX2,
                null)
            .run();
    assertTrue(choice.openBlas().isEmpty());
    List<String> report = choice.report();
    assertEquals(5, report.size(), report::toString);
    assertTrue(
        report.get(0).startsWith("lanewise.openblas.library names " + text + ", which is no"),
        report.get(0));
    assertTrue(report.get(1).startsWith("Bundled library: the class path holds no"), report.get(1));
    assertEquals("System library " + NO_SUCH + ": not found.", report.get(2));
    assertEquals("System library libno-such-either.so: not found.", report.get(3));
    assertEquals("No OpenBLAS: the Java kernels serve.", report.get(4));
    assertEquals(List.of(report.get(0)), choice.warnings());
  }

  private static Platform otherPlatform() {
    return Platform.current().equals(Optional.of(Platform.WINDOWS_X86_64))
        ? Platform.LINUX_ARM64
        : Platform.WINDOWS_X86_64;
  }

  @Test
  void aLibraryOfTheWrongArchitectureLeadsToTheNext() throws IOException {
    assumeTrue(
        BlasChoice.get().openBlas().map(b -> b.origin().startsWith("bundled")).orElse(false),
        () -> "no bundled OpenBLAS is loaded: " + String.join(" ", BlasChoice.get().report()));
    Path foreign = folder.resolve("libopenblas.so.0");
    int machine = Platform.current().equals(Optional.of(Platform.LINUX_X86_64)) ? 183 : 62;
    Files.write(foreign, LibraryFileTest.elf(machine));
    BlasSettings process = BlasSettings.ofProcess();
    BlasChoice choice =
        new LibrarySearch(
                new BlasSettings(Mode.AUTO, foreign, process.core(), process.cache()),
                Platform.current(),
                List.of(),
                Set.of(),
                null)
            .run();
    assertTrue(choice.openBlas().isPresent(), () -> String.join(" ", choice.report()));
    assertEquals(1, choice.warnings().size());
    String warning = choice.warnings().getFirst();
    assertTrue(warning.contains(machine == 183 ? "aarch64" : "x86-64"), warning);
    assertTrue(warning.endsWith("looking further."), warning);
  }

  @Test
  void aLibraryThatIsNoOpenBlasOrDamagedLeadsToTheNext() throws IOException {
    Path missing = folder.resolve("missing.so");
    BlasChoice choice = nothingElse(with(missing, null), Set.of(), null);
    assertTrue(choice.openBlas().isEmpty());
    assertEquals(1, choice.warnings().size(), () -> choice.report().toString());

    // A right header and nothing behind it: only the system's loader can tell.
    Platform platform = Platform.current().orElse(Platform.LINUX_X86_64);
    assumeTrue(platform.folder().startsWith("linux"), "the test writes an ELF file");
    Path stump = folder.resolve("stump.so");
    Files.write(stump, LibraryFileTest.elf(platform == Platform.LINUX_ARM64 ? 183 : 62));
    String warning = nothingElse(with(stump, null), Set.of(), null).warnings().getFirst();
    assertTrue(warning.contains("cannot be loaded"), warning);
    assertTrue(warning.lines().count() == 1, warning);
  }

  @Test
  void openblasAloneIsAnErrorWhereThereIsNone() {
    BlasSettings settings =
        new BlasSettings(
            Mode.OPENBLAS, folder.resolve("missing.so"), null, folder.resolve("cache"));
    BlasChoice choice = nothingElse(settings, Set.of(), null);
    String message =
        assertThrows(IllegalStateException.class, () -> choice.orRefuse(settings)).getMessage();
    assertTrue(message.startsWith("lanewise.blas is openblas, but"), message);
    assertTrue(message.contains("missing.so"), message);
  }

  @Test
  void aCoreThatWouldCrashIsRefusedOrIgnored() {
    assumeTrue(
        Platform.current().map(p -> p.folder().endsWith("x86_64")).orElse(false),
        "core names are known for x86-64 only");
    for (String core : List.of("SkylakeX", "Hazwell")) {
      LibrarySearch search =
          new LibrarySearch(with(null, core), Platform.current(), List.of(), AVX2, null);
      String message = assertThrows(IllegalArgumentException.class, search::run).getMessage();
      assertTrue(message.startsWith("lanewise.openblas.core is '" + core + "'"), message);
      assertTrue(message.endsWith("one of Sandybridge, Haswell, Zen."), message);
    }
    BlasChoice choice = nothingElse(with(null, null), AVX2, "Cooperlake");
    assertEquals(
        List.of(
            "OPENBLAS_CORETYPE=Cooperlake is ignored, since this processor lacks AVX-512 with"
                + " avx512_bf16."),
        choice.warnings());
    assertEquals(List.of(), nothingElse(with(null, null), AVX2, "Zen").warnings());
    assertEquals(List.of(), nothingElse(with(null, "auto"), AVX2, "Cooperlake").warnings());
  }

  @Test
  void warnsOfKernelsWeakerThanTheProcessor() {
    assertEquals(
        Optional.of(
            "OpenBLAS runs its Haswell kernels (AVX2) although this processor has AVX-512: the"
                + " environment's OPENBLAS_CORETYPE=Haswell asks for that; unset it, or set"
                + " lanewise.openblas.core=auto."),
        LibrarySearch.weakness("Haswell", AVX512, null, "Haswell"));
    String unknown = LibrarySearch.weakness("Nehalem", AVX2, null, null).orElseThrow();
    assertTrue(unknown.contains("does not know this processor"), unknown);
    String setting = LibrarySearch.weakness("Zen", AVX512, "Zen", "Haswell").orElseThrow();
    assertTrue(setting.contains("lanewise.openblas.core asks for that"), setting);
    assertEquals(Optional.empty(), LibrarySearch.weakness("SkylakeX", AVX512, null, "SkylakeX"));
    assertEquals(Optional.empty(), LibrarySearch.weakness("Zen", AVX2, null, null));
    assertEquals(Optional.empty(), LibrarySearch.weakness("neoversen1", Set.of(), null, null));
  }
}
