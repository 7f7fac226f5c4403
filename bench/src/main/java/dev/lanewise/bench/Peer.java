package dev.lanewise.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The libraries that libtorch needs to be at its best, as far as they were found.
 *
 * <p>As it comes, its OpenMP threads and those of its OpenBLAS spin against each other, and glibc
 * gives the memory of large tensors back to the system and asks for it again: with two threads on
 * two cores a step takes up to sixty times as long. So an OpenBLAS built with OpenMP and tcmalloc
 * are preloaded.
 *
 * @param folder where `bench/setup.sh` unpacked them and what they are linked to
 */
record Peer(Path folder, Optional<Path> openBlas, Optional<Path> allocator) {
  private static final String OPENBLAS_VARIABLE = "LANEWISE_BENCH_OPENBLAS";
  private static final String ALLOCATOR_VARIABLE = "LANEWISE_BENCH_TCMALLOC";
  private static final List<Path> SYSTEM = List.of(Path.of("/usr/lib"), Path.of("/usr/lib64"));

  /** Looks at the variables first, then in the folder, then where Linux systems put libraries. */
  static Peer find(Path folder, Map<String, String> environment) {
    return new Peer(
        folder,
        find(environment.get(OPENBLAS_VARIABLE), folder, "openblas-openmp/libopenblas.so.0"),
        find(environment.get(ALLOCATOR_VARIABLE), folder, "libtcmalloc_minimal.so.4"));
  }

  boolean best() {
    return openBlas.isPresent() && allocator.isPresent();
  }

  /** What was found, or which figures cannot be had without what was not. */
  String describe() {
    if (best()) {
      return "preloaded: " + openBlas.get() + ", " + allocator.get();
    }
    String missing =
        Stream.of(
                openBlas.isPresent() ? "" : "an OpenBLAS built with OpenMP",
                allocator.isPresent() ? "" : "tcmalloc")
            .filter(name -> !name.isEmpty())
            .collect(Collectors.joining(" and "));
    return ("libtorch runs as it comes, NOT at its best: %s not found;"
            + " run bench/setup.sh, or set %s and %s")
        .formatted(missing, OPENBLAS_VARIABLE, ALLOCATOR_VARIABLE);
  }

  /** Sets what libtorch's process needs; touches nothing else. */
  void prepare(Map<String, String> environment, int threads) {
    environment.put("OMP_NUM_THREADS", Integer.toString(threads));
    List<Path> preloaded = Stream.of(openBlas, allocator).flatMap(Optional::stream).toList();
    if (preloaded.isEmpty()) {
      return;
    }
    environment.put(
        "LD_PRELOAD", preloaded.stream().map(Path::toString).collect(Collectors.joining(":")));
    Set<String> folders = new LinkedHashSet<>();
    // What OpenBLAS is linked to lies one folder above it in Debian's packages.
    openBlas
        .filter(path -> path.startsWith(folder))
        .ifPresent(path -> folders.add(path.getParent().getParent().toString()));
    Optional.ofNullable(environment.get("LD_LIBRARY_PATH")).ifPresent(folders::add);
    if (!folders.isEmpty()) {
      environment.put("LD_LIBRARY_PATH", String.join(File.pathSeparator, folders));
    }
  }

  private static Optional<Path> find(@Nullable String named, Path folder, String ending) {
    if (named != null && !named.isEmpty()) {
      Path path = Path.of(named).toAbsolutePath();
      if (!Files.isRegularFile(path)) {
        throw new IllegalArgumentException("There is no library %s.".formatted(path));
      }
      return Optional.of(path);
    }
    List<Path> places = new ArrayList<>();
    places.add(folder.resolve("usr/lib"));
    places.addAll(SYSTEM);
    return places.stream().flatMap(place -> below(place, ending)).findFirst();
  }

  /** The library in that folder, or in one of its folders, which are named by architecture. */
  private static Stream<Path> below(Path place, String ending) {
    if (!Files.isDirectory(place)) {
      return Stream.empty();
    }
    try (Stream<Path> entries = Files.list(place)) {
      return Stream.concat(Stream.of(place), entries.sorted())
          .map(entry -> entry.resolve(ending))
          .filter(Files::isRegularFile)
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
