package dev.lanewise.blas;

import dev.lanewise.blas.openblas.OpenBlasBindings;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an OpenBLAS that works: the file that the settings name, the bundled one, the system's.
 * Whatever is wrong with one leads to the next, with one sentence that says so.
 */
final class LibrarySearch {
  private static final String CORE_VARIABLE = "OPENBLAS_CORETYPE";

  /** Fedora's plain libopenblas.so.0 is the sequential build, so the others come first. */
  private static final List<String> LINUX_NAMES =
      List.of("libopenblasp.so.0", "libopenblas.so.0", "libopenblaso.so.0", "libopenblas.so");

  private static final List<String> MACOS_NAMES =
      List.of(
          "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
          "/usr/local/opt/openblas/lib/libopenblas.dylib",
          "libopenblas.0.dylib");

  private static final List<String> WINDOWS_NAMES = List.of("libopenblas.dll", "openblas.dll");

  private static final List<String> NEEDED =
      List.of(
          "cblas_sgemm",
          "openblas_set_num_threads",
          "openblas_get_config",
          "openblas_get_corename",
          "openblas_get_parallel");

  private final BlasSettings settings;
  private final Optional<Platform> platform;
  private final List<String> systemNames;
  private final Set<String> processor;
  private final @Nullable String coreInEnvironment;
  private final List<String> lines = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /** A candidate that does not work; the message completes a sentence that begins with its name. */
  private static final class RejectedException extends Exception {
    RejectedException(String message) {
      super(message);
    }
  }

  LibrarySearch(BlasSettings settings) {
    this(
        settings,
        Platform.current(),
        systemNames(),
        Core.processorFlags(),
        System.getenv(CORE_VARIABLE));
  }

  LibrarySearch(
      BlasSettings settings,
      Optional<Platform> platform,
      List<String> systemNames,
      Set<String> processor,
      @Nullable String coreInEnvironment) {
    this.settings = settings;
    this.platform = platform;
    this.systemNames = systemNames;
    this.processor = processor;
    this.coreInEnvironment = coreInEnvironment;
  }

  /**
   * Searches and loads.
   *
   * @throws IllegalArgumentException if the core setting names no core that this processor can run
   */
  BlasChoice run() {
    if (settings.mode() == BlasSettings.Mode.JAVA) {
      lines.add("Not searched for OpenBLAS, since " + BlasSettings.BLAS + " is java.");
      return new BlasChoice(null, lines, warnings, false);
    }
    OpenBlas found = null;
    boolean weak = false;
    try (NativeEnvironment environment = new NativeEnvironment()) {
      // One thread from the start: no pool of idle workers, whatever the machine's size. The second
      // variable is for builds with OpenMP, where the number of threads belongs to each thread.
      environment.set("OPENBLAS_NUM_THREADS", "1");
      environment.set("OMP_NUM_THREADS", "1");
      String core = coreToSet();
      if (core == null || !core.equals(coreInEnvironment)) {
        environment.set(CORE_VARIABLE, core);
      }
      found = search();
    } catch (IllegalCallerException refused) {
      warn(
          "OpenBLAS cannot be loaded, since native access is not granted; start java with"
              + " --enable-native-access=dev.lanewise.");
    } catch (UnsupportedOperationException absent) {
      lines.add("This JVM has no linker for native libraries on this platform.");
    }
    if (found == null) {
      lines.add("No OpenBLAS: the Java kernels serve.");
    } else {
      lines.add("Chosen: " + found + ".");
      Optional<String> weakness =
          weakness(found.core(), processor, settings.core(), coreInEnvironment);
      weakness.ifPresent(this::warn);
      weak = weakness.isPresent();
    }
    return new BlasChoice(found, lines, warnings, weak);
  }

  private @Nullable OpenBlas search() {
    Path set = settings.library();
    OpenBlas found = null;
    if (set == null) {
      lines.add("Setting " + BlasSettings.LIBRARY + ": none.");
    } else {
      found = fromSetting(set);
    }
    if (found == null) {
      found = bundled();
    }
    return found != null ? found : ofSystem();
  }

  private @Nullable OpenBlas fromSetting(Path file) {
    try {
      OpenBlas found = load(List.of(file), "setting " + file);
      lines.add("Setting " + BlasSettings.LIBRARY + ": " + file + " was loaded.");
      return found;
    } catch (RejectedException e) {
      warn(
          "%s names %s, which %s; looking further."
              .formatted(BlasSettings.LIBRARY, file, e.getMessage()));
      return null;
    }
  }

  private @Nullable OpenBlas bundled() {
    if (platform.isEmpty()) {
      lines.add(
          "Bundled library: there is none for "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + ".");
      return null;
    }
    BundledLibrary library = new BundledLibrary(platform.get(), settings.cache());
    if (!library.present()) {
      lines.add(
          "Bundled library: the class path holds no org.bytedeco:openblas for "
              + platform.get().folder()
              + ".");
      return null;
    }
    try {
      OpenBlas found = load(library.unpack(), "bundled " + library.folder());
      lines.add("Bundled library: loaded from " + library.folder() + ".");
      return found;
    } catch (IOException e) {
      warn("The bundled OpenBLAS cannot be unpacked into " + library.folder() + ": " + e + ".");
    } catch (RejectedException e) {
      warn("The bundled OpenBLAS in " + library.folder() + " " + e.getMessage() + ".");
    }
    return null;
  }

  private @Nullable OpenBlas ofSystem() {
    for (String name : systemNames) {
      Optional<Path> file = systemFile(name);
      if (file.isEmpty()) {
        lines.add("System library " + name + ": not found.");
        continue;
      }
      try {
        OpenBlas found = load(List.of(file.get()), "system " + file.get());
        lines.add("System library " + name + ": loaded from " + file.get() + ".");
        return found;
      } catch (RejectedException e) {
        lines.add("System library " + name + ": " + file.get() + " " + e.getMessage() + ".");
      }
    }
    return null;
  }

  private void warn(String sentence) {
    lines.add(sentence);
    warnings.add(sentence);
  }

  /** Loads files in this order, of which the last is OpenBLAS, and makes sure that it will do. */
  private OpenBlas load(List<Path> files, String origin) throws RejectedException {
    for (Path file : files) {
      if (platform.isPresent()) {
        Optional<String> problem = LibraryFile.problem(file, platform.get());
        if (problem.isPresent()) {
          throw new RejectedException(problem.get());
        }
      }
    }
    try {
      // A library's own run path does not hold for what its dependencies need: those are loaded
      // here.
      files.subList(0, files.size() - 1).forEach(file -> System.load(file.toString()));
      String main = files.getLast().toString();
      // Looked at before the class loader gets it, where it would hide the next candidate.
      check(probe(main));
      System.load(main);
      if (!OpenBlasBindings.cblas_sgemm$address().equals(probe(main).findOrThrow("cblas_sgemm"))) {
        throw new RejectedException(
            "is hidden by another library with a cblas_sgemm that was loaded before");
      }
    } catch (UnsatisfiedLinkError e) {
      throw new RejectedException("cannot be loaded: " + firstLine(e.getMessage()));
    }
    return new OpenBlas(origin);
  }

  private static SymbolLookup probe(String file) {
    try {
      return SymbolLookup.libraryLookup(Path.of(file), Arena.global());
    } catch (IllegalArgumentException withoutReason) {
      System.load(file); // fails too, but tells why
      return SymbolLookup.libraryLookup(Path.of(file), Arena.global());
    }
  }

  private static void check(SymbolLookup library) throws RejectedException {
    for (String symbol : NEEDED) {
      if (library.find(symbol).isEmpty()) {
        throw new RejectedException("is no OpenBLAS with a C interface: it lacks " + symbol);
      }
    }
    String config =
        ((MemorySegment)
                call(library, "openblas_get_config", FunctionDescriptor.of(ValueLayout.ADDRESS)))
            .reinterpret(Long.MAX_VALUE)
            .getString(0);
    if (config.contains("USE64BITINT")) {
      throw new RejectedException("is built for 64-bit sizes; expected a build with 32-bit ones");
    }
    if ((int) call(library, "openblas_get_parallel", FunctionDescriptor.of(ValueLayout.JAVA_INT))
        == 0) {
      throw new RejectedException(
          "is built without threads, and so may not be called from several at once");
    }
  }

  private static Object call(SymbolLookup library, String name, FunctionDescriptor descriptor) {
    MethodHandle handle =
        Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
    try {
      return handle.invoke();
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "no reason given" : message.lines().findFirst().orElse(message);
  }

  private static List<String> systemNames() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    return os.contains("windows") ? WINDOWS_NAMES : os.contains("mac") ? MACOS_NAMES : LINUX_NAMES;
  }

  /** The file that the system's loader takes for a name. */
  private static Optional<Path> systemFile(String name) {
    SymbolLookup c = Linker.nativeLinker().defaultLookup();
    Optional<MemorySegment> dladdr = c.find("dladdr");
    if (dladdr.isEmpty()) { // Windows: the property holds the PATH, too
      String folders = System.getProperty("java.library.path", "");
      for (String folder : folders.split(File.pathSeparator)) {
        if (!folder.isBlank() && Files.isRegularFile(Path.of(folder, name))) {
          return Optional.of(Path.of(folder, name).toAbsolutePath());
        }
      }
      return Optional.empty();
    }
    Optional<MemorySegment> symbol;
    try {
      symbol = SymbolLookup.libraryLookup(name, Arena.global()).find("cblas_sgemm");
    } catch (IllegalArgumentException absent) {
      return Optional.empty();
    }
    if (symbol.isEmpty()) {
      return Optional.empty();
    }
    MethodHandle handle =
        Linker.nativeLinker()
            .downcallHandle(
                dladdr.get(),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(4 * ValueLayout.ADDRESS.byteSize(), 8); // Dl_info
      if ((int) handle.invokeExact(symbol.get(), info) == 0) {
        return Optional.empty();
      }
      MemorySegment text = info.get(ValueLayout.ADDRESS, 0).reinterpret(Long.MAX_VALUE);
      return Optional.of(Path.of(text.getString(0)).toRealPath());
    } catch (IOException absent) {
      return Optional.empty();
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /**
   * The core that OpenBLAS is to be told; null for none. The environment is obeyed even where it is
   * weak, but not where its kernels would crash the process.
   */
  private @Nullable String coreToSet() {
    String asked = settings.core();
    if (asked == null) {
      if (coreInEnvironment == null) {
        return null;
      }
      Optional<Core> core = Core.named(coreInEnvironment);
      if (core.isPresent() && !core.get().runsOn(processor)) {
        warn(
            "%s=%s is ignored, since this processor lacks %s."
                .formatted(CORE_VARIABLE, coreInEnvironment, core.get().requirement()));
        return null;
      }
      return coreInEnvironment;
    }
    if (asked.equalsIgnoreCase(BlasSettings.AUTO)) {
      return null;
    }
    boolean intel = platform.map(p -> p.folder().endsWith("x86_64")).orElse(false);
    Optional<Core> core = Core.named(asked);
    if (intel && (core.isEmpty() || !core.get().runsOn(processor))) {
      throw new IllegalArgumentException(
          "%s is '%s', which %s; expected auto or one of %s."
              .formatted(
                  BlasSettings.CORE,
                  asked,
                  core.isEmpty()
                      ? "OpenBLAS does not know"
                      : "needs " + core.get().requirement() + " that this processor lacks",
                  Core.runnable(processor)));
    }
    return asked;
  }

  /** What to say if the loaded kernels use weaker instructions than the processor has. */
  static Optional<String> weakness(
      String loaded,
      Set<String> processor,
      @Nullable String setting,
      @Nullable String environment) {
    Optional<Core.Level> able = Core.Level.of(processor);
    Optional<Core> core = Core.named(loaded);
    if (able.isEmpty() || core.isEmpty() || core.get().level().compareTo(able.get()) >= 0) {
      return Optional.empty();
    }
    String cause;
    if (setting != null && !setting.equalsIgnoreCase(BlasSettings.AUTO)) {
      cause = BlasSettings.CORE + " asks for that; drop it, or set it to auto";
    } else if (setting == null && environment != null) {
      cause =
          "the environment's %s=%s asks for that; unset it, or set %s=auto"
              .formatted(CORE_VARIABLE, environment, BlasSettings.CORE);
    } else {
      cause =
          "it does not know this processor; set %s to one of %s"
              .formatted(BlasSettings.CORE, Core.runnable(processor));
    }
    return Optional.of(
        "OpenBLAS runs its %s kernels (%s) although this processor has %s: %s."
            .formatted(loaded, core.get().level(), able.get(), cause));
  }
}
