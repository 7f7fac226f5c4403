package dev.lanewise.blas;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The OpenBLAS that this process uses, if any: looked for once, on first use. The settings are the
 * system properties {@code lanewise.blas} (auto, openblas, java), {@code lanewise.openblas.library}
 * (a file), {@code lanewise.openblas.core} (a processor family, or auto) and {@code lanewise.cache}
 * (the folder for unpacked libraries), or environment variables such as {@code LANEWISE_BLAS}.
 *
 * <p>What was tried goes to the logger {@code dev.lanewise.blas} at level DEBUG, what is wrong at
 * WARNING.
 */
public final class BlasChoice {
  private static @Nullable BlasChoice chosen;

  private final @Nullable OpenBlas openBlas;
  private final List<String> report;
  private final List<String> warnings;
  private final boolean weakCore;

  BlasChoice(
      @Nullable OpenBlas openBlas, List<String> report, List<String> warnings, boolean weakCore) {
    this.openBlas = openBlas;
    this.report = List.copyOf(report);
    this.warnings = List.copyOf(warnings);
    this.weakCore = weakCore;
  }

  /**
   * The choice of this process; the first call searches.
   *
   * @throws IllegalArgumentException if a setting has a value that means nothing
   * @throws IllegalStateException if {@code lanewise.blas} is openblas and none can be loaded
   */
  public static synchronized BlasChoice get() {
    BlasChoice choice = chosen;
    if (choice == null) {
      choice = searched(BlasSettings.ofProcess());
      chosen = choice;
    }
    return choice;
  }

  /**
   * Whether OpenBLAS must serve wherever it can ({@code lanewise.blas=openblas}), however fast the
   * Java kernels are.
   *
   * @throws IllegalArgumentException if the setting has a value that means nothing
   */
  public static boolean openBlasForced() {
    return BlasSettings.ofProcess().mode() == BlasSettings.Mode.OPENBLAS;
  }

  static BlasChoice searched(BlasSettings settings) {
    BlasChoice choice = new LibrarySearch(settings).run();
    choice.log(System.getLogger("dev.lanewise.blas"));
    return choice.orRefuse(settings);
  }

  /** This choice, unless the settings want OpenBLAS and there is none. */
  BlasChoice orRefuse(BlasSettings settings) {
    if (openBlas == null && settings.mode() == BlasSettings.Mode.OPENBLAS) {
      throw new IllegalStateException(
          BlasSettings.BLAS
              + " is openblas, but no OpenBLAS can be loaded. "
              + String.join(" ", report));
    }
    return this;
  }

  /** The library that was loaded; empty if none was, or none is wanted. */
  public Optional<OpenBlas> openBlas() {
    return Optional.ofNullable(openBlas);
  }

  /** What was tried, in order, and what came of it: one sentence each. */
  public List<String> report() {
    return report;
  }

  /** What the user should know or change: one sentence each, which the report holds too. */
  public List<String> warnings() {
    return warnings;
  }

  /** Whether the library runs kernels for a weaker processor than this one. */
  public boolean weakCore() {
    return weakCore;
  }

  private void log(Logger logger) {
    for (String line : report) {
      logger.log(warnings.contains(line) ? Level.WARNING : Level.DEBUG, line);
    }
  }
}
