package dev.lanewise.kernel.vector;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The data caches of a core, in bytes, read once: what a kernel comes back to again and again is
 * cut to fit them. Which size of a piece is best follows from them, but not the order in which
 * threads take pieces, so the bits of a result belong to the machine, not to the number of threads.
 *
 * <p>Linux tells the sizes; elsewhere those of the smallest cores in use serve. The setting {@code
 * lanewise.caches} ({@code 48,2048}: KB of the first level, KB of the second) overrules, so that
 * pieces of other machines can be tried.
 */
public final class Caches {
  /** The setting that overrules what the system says. */
  public static final String SETTING = "lanewise.caches";

  private static final int FIRST_KB = 32;
  private static final int SECOND_KB = 1024;
  private static final int LEAST_FIRST_KB = 8;
  private static final int LEAST_SECOND_KB = 128;
  private static final int MOST_KB = 1 << 16;

  private static final int[] KB = sizes();

  /** Bytes of the first level: 32 KB on AMD, 48 KB on Intel since Ice Lake. */
  public static final int L1 = KB[0] << 10;

  /** Bytes of the second level: 1 MB on AMD since Zen 4, 2 MB on Intel since Sapphire Rapids. */
  public static final int L2 = KB[1] << 10;

  /** Bytes of a tensor from which on it is taken to come from memory, not from the third level. */
  public static final long FROM_MEMORY = 16L << 20;

  /**
   * Whether what comes from the third cache level comes nearly as fast as kernels can use it. No
   * system tells, so the second level stands for it: cores with a third one next to them (AMD's, 16
   * to 32 MB for eight cores) make do with 1 MB or less, those that reach theirs across the whole
   * chip (Intel's servers since Ice Lake) have more.
   */
  public static final boolean NEAR_THIRD_LEVEL = L2 <= 1 << 20;

  /**
   * Whether a stream that goes on in the next page of memory is fetched ahead there, too, as on
   * AMD's Zen 4. Intel's cores begin anew in each page of 4 KB. The first level tells them apart,
   * of what was measured.
   */
  public static final boolean FETCHES_ACROSS_PAGES = L1 < 48 << 10;

  private Caches() {}

  /** One sentence for {@code doctor}. */
  public static String reason() {
    String cause = System.getProperty(SETTING) != null ? ", as -D" + SETTING + " says" : "";
    return (L1 >> 10) + " KB first level, " + (L2 >> 10) + " KB second level, a core" + cause;
  }

  /** The KB of the first and the second level, as the user says, else as the system does. */
  private static int[] sizes() {
    String setting = System.getProperty(SETTING);
    return setting != null ? chosen(setting) : completed(system());
  }

  /** The two sizes of a setting. */
  static int[] chosen(String setting) {
    String[] parts = setting.trim().split("\\s*,\\s*", -1);
    int first = parts.length == 2 ? number(parts[0]) : 0;
    int second = parts.length == 2 ? number(parts[1]) : 0;
    if (first < LEAST_FIRST_KB || second < Math.max(first, LEAST_SECOND_KB)) {
      throw new IllegalArgumentException(
          SETTING
              + " is "
              + setting
              + "; expected the KB of the first and of the second cache level of a core, like"
              + " 48,2048.");
    }
    return new int[] {first, second};
  }

  /** The sizes of small cores for those that the system does not tell, or tells as 0. */
  static int[] completed(int[] system) {
    int first = system[0] < LEAST_FIRST_KB ? FIRST_KB : system[0];
    int second = system[1] < Math.max(first, LEAST_SECOND_KB) ? SECOND_KB : system[1];
    return new int[] {first, second};
  }

  /**
   * What Linux says of the first processor's caches, in KB; 0 where it does not. It lists some four
   * of them, and nothing more is read once both levels are known.
   */
  private static int[] system() {
    int[] kb = new int[2];
    try {
      for (int index = 0; kb[0] == 0 || kb[1] == 0; index++) {
        Path cache = Path.of("/sys/devices/system/cpu/cpu0/cache/index" + index);
        int level = number(Files.readString(cache.resolve("level")).trim());
        boolean wanted = (level == 1 || level == 2) && kb[level - 1] == 0;
        if (wanted && !Files.readString(cache.resolve("type")).startsWith("Instruction")) {
          kb[level - 1] = kilobytes(Files.readString(cache.resolve("size")).trim());
        }
      }
    } catch (IOException | SecurityException noMore) {
      return kb;
    }
    return kb;
  }

  /** The KB of a size as Linux writes it: {@code 32K}, {@code 2M}; 0 if it is none. */
  static int kilobytes(String size) {
    if (size.endsWith("M")) {
      return Math.min(number(size.substring(0, size.length() - 1)), MOST_KB >> 10) << 10;
    }
    return size.endsWith("K") ? number(size.substring(0, size.length() - 1)) : 0;
  }

  private static int number(String text) {
    try {
      return Math.clamp(Integer.parseInt(text), 0, MOST_KB);
    } catch (NumberFormatException none) {
      return 0;
    }
  }
}
