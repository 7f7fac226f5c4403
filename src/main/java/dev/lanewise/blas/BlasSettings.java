package dev.lanewise.blas;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the user asked for: system properties {@code lanewise.blas}, {@code
 * lanewise.openblas.library}, {@code lanewise.openblas.core} and {@code lanewise.cache}, or
 * environment variables of the same names in capitals ({@code LANEWISE_OPENBLAS_CORE}). A property
 * counts more than a variable; a blank value counts as none.
 *
 * @param mode which library may serve
 * @param library the OpenBLAS file to try first
 * @param core the processor family whose kernels OpenBLAS is to run; {@code auto} lets it look at
 *     the processor, whatever the environment says
 * @param cache the folder in which bundled libraries are unpacked
 */
record BlasSettings(Mode mode, @Nullable Path library, @Nullable String core, Path cache) {
  static final String BLAS = "lanewise.blas";
  static final String LIBRARY = "lanewise.openblas.library";
  static final String CORE = "lanewise.openblas.core";
  static final String CACHE = "lanewise.cache";

  /** The core setting that lets OpenBLAS choose. */
  static final String AUTO = "auto";

  /** Which library may serve. */
  enum Mode {
    /** OpenBLAS where one can be loaded and is faster, Java otherwise. */
    AUTO,
    /** OpenBLAS; it is an error if none can be loaded. */
    OPENBLAS,
    /** Java only; no native library is looked for. */
    JAVA
  }

  /**
   * The settings of this process.
   *
   * @throws IllegalArgumentException if one has a value that means nothing
   */
  static BlasSettings ofProcess() {
    return of(System::getProperty, System::getenv);
  }

  static BlasSettings of(
      Function<String, @Nullable String> properties,
      Function<String, @Nullable String> environment) {
    Function<String, @Nullable String> setting =
        name -> {
          String value = properties.apply(name);
          if (value == null || value.isBlank()) {
            value = environment.apply(name.toUpperCase(Locale.ROOT).replace('.', '_'));
          }
          return value == null || value.isBlank() ? null : value.strip();
        };
    String cache = setting.apply(CACHE);
    String library = setting.apply(LIBRARY);
    return new BlasSettings(
        mode(setting.apply(BLAS)),
        library == null ? null : path(LIBRARY, library),
        setting.apply(CORE),
        cache == null ? userCache(properties, environment) : path(CACHE, cache));
  }

  private static Mode mode(@Nullable String value) {
    if (value == null) {
      return Mode.AUTO;
    }
    for (Mode mode : Mode.values()) {
      if (mode.name().equalsIgnoreCase(value)) {
        return mode;
      }
    }
    throw new IllegalArgumentException(
        BLAS + " is '" + value + "'; expected auto, openblas or java.");
  }

  private static Path path(String name, String value) {
    try {
      return Path.of(value).toAbsolutePath();
    } catch (InvalidPathException bad) {
      throw new IllegalArgumentException(name + " is '" + value + "', which is no path.", bad);
    }
  }

  /** The folder for caches that the operating system's customs name. */
  private static Path userCache(
      Function<String, @Nullable String> properties,
      Function<String, @Nullable String> environment) {
    String os = String.valueOf(properties.apply("os.name")).toLowerCase(Locale.ROOT);
    Path home = Path.of(String.valueOf(properties.apply("user.home")));
    Path folder;
    if (os.contains("windows")) {
      String local = environment.apply("LOCALAPPDATA");
      folder = local == null ? home.resolve("AppData").resolve("Local") : Path.of(local);
    } else if (os.contains("mac")) {
      folder = home.resolve("Library").resolve("Caches");
    } else {
      String xdg = environment.apply("XDG_CACHE_HOME");
      // The XDG base directory specification: a relative path counts as none.
      folder = xdg == null || !xdg.startsWith("/") ? home.resolve(".cache") : Path.of(xdg);
    }
    return folder.resolve("lanewise").toAbsolutePath();
  }
}
