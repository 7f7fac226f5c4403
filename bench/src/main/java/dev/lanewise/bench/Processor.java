package dev.lanewise.bench;

import dev.lanewise.kernel.vector.Caches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The kind of processor that something was measured on, as far as ratios depend on it: whose it is,
 * how wide its vectors are, and how large the caches of a core. So Intel's since Sapphire Rapids
 * are one kind, AMD's Zen 4 and Zen 5 two.
 */
final class Processor {
  private Processor() {}

  /** This machine's, like {@code AuthenticAMD AVX-512, 32 KB and 1024 KB}. */
  static String kind() {
    List<String> lines;
    try {
      lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
    } catch (IOException elsewhere) {
      lines = List.of();
    }
    return kind(lines, System.getProperty("os.arch"), Caches.L1, Caches.L2);
  }

  /**
   * The same, of a machine that describes itself so.
   *
   * @param lines of {@code /proc/cpuinfo}; none where there is no such file
   * @param first bytes of the first level of data cache
   * @param second bytes of the second level
   */
  static String kind(List<String> lines, String architecture, int first, int second) {
    String maker = architecture;
    String vectors = "";
    for (String line : lines) {
      int colon = line.indexOf(':');
      String name = line.substring(0, Math.max(colon, 0)).strip();
      List<String> words = List.of(line.substring(colon + 1).strip().split(" "));
      if (name.equals("vendor_id")) {
        maker = words.getFirst();
      } else if (name.equals("flags")) {
        vectors = words.contains("avx512f") ? " AVX-512" : words.contains("avx2") ? " AVX2" : "";
      }
    }
    return "%s%s, %d KB and %d KB".formatted(maker, vectors, first >> 10, second >> 10);
  }
}
