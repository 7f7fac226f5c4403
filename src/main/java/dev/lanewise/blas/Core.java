package dev.lanewise.blas;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An x86-64 processor family that OpenBLAS has kernels for, by the name that {@code
 * OPENBLAS_CORETYPE} knows it.
 *
 * @param name the family
 * @param level the vector instructions that its kernels use
 * @param needs a further processor flag that they need; empty if none
 */
record Core(String name, Level level, String needs) {
  /** Vector instructions, from weak to strong, with the flags by which Linux names them. */
  enum Level {
    SSE2("SSE2", "sse2"),
    AVX("AVX", "avx"),
    AVX2("AVX2", "avx2", "fma"),
    AVX512("AVX-512", "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");

    private final String title;
    private final Set<String> flags;

    Level(String title, String... flags) {
      this.title = title;
      this.flags = Set.of(flags);
    }

    @Override
    public String toString() {
      return title;
    }

    /**
     * The strongest level that a processor with these flags has; empty if the flags say nothing.
     */
    static Optional<Level> of(Set<String> flags) {
      return Arrays.stream(values())
          .filter(level -> flags.containsAll(level.flags))
          .reduce((weaker, stronger) -> stronger);
    }
  }

  private static final Map<String, Core> KNOWN =
      Stream.of(
              cores(
                  Level.SSE2, "", "Katmai Coppermine Northwood Prescott Banias Atom Core2 Penryn"),
              cores(
                  Level.SSE2, "", "Dunnington Nehalem Athlon Opteron Opteron_SSE3 Barcelona Nano"),
              cores(Level.SSE2, "", "Bobcat"),
              cores(Level.AVX, "", "Sandybridge"),
              cores(Level.AVX, "fma4", "Bulldozer Piledriver Steamroller Excavator"),
              cores(Level.AVX2, "", "Haswell Zen"),
              cores(Level.AVX512, "", "SkylakeX"),
              cores(Level.AVX512, "avx512_bf16", "Cooperlake SapphireRapids"))
          .flatMap(cores -> cores)
          .collect(Collectors.toMap(core -> core.name.toLowerCase(Locale.ROOT), core -> core));

  private static Stream<Core> cores(Level level, String needs, String names) {
    return Arrays.stream(names.split(" ")).map(name -> new Core(name, level, needs));
  }

  /** The family of this name, in any case; empty for one that is not known here. */
  static Optional<Core> named(String name) {
    return Optional.ofNullable(KNOWN.get(name.toLowerCase(Locale.ROOT)));
  }

  /** The families that a processor with these flags can run, strongest last. */
  static String runnable(Set<String> flags) {
    return KNOWN.values().stream()
        .filter(core -> core.runsOn(flags) && core.level.compareTo(Level.AVX) >= 0)
        .sorted(Comparator.comparing(Core::level).thenComparing(Core::name))
        .map(Core::name)
        .collect(Collectors.joining(", "));
  }

  /** Whether a processor with these flags has the instructions; an empty set means unknown: yes. */
  boolean runsOn(Set<String> flags) {
    return flags.isEmpty()
        || flags.containsAll(level.flags) && (needs.isEmpty() || flags.contains(needs));
  }

  /** The instructions that a processor must have, in words. */
  String requirement() {
    return needs.isEmpty() ? level.toString() : level + " with " + needs;
  }

  /** The flags of this machine's processor as Linux lists them; empty elsewhere. */
  static Set<String> processorFlags() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(
              line -> Set.copyOf(Arrays.asList(line.replaceFirst(".*:", "").strip().split("\\s+"))))
          .orElse(Set.of());
    } catch (IOException | UncheckedIOException unknown) {
      return Set.of();
    }
  }
}
