package dev.lanewise.blas;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The OpenBLAS that comes as a resource, unpacked once into the user's cache. Every file is
 * verified against its pin before it gets its final name, and replaced if it no longer matches;
 * since it gets that name by an atomic rename, several processes may unpack at the same time.
 */
final class BundledLibrary {
  private static final int BUFFER = 1 << 16;

  private final Platform platform;
  private final Path folder;

  /**
   * @param cache the user's cache folder; it need not exist
   */
  BundledLibrary(Platform platform, Path cache) {
    this.platform = platform;
    this.folder = cache.resolve("openblas-" + Platform.BUNDLED_VERSION).resolve(platform.folder());
  }

  /** Where the files lie once unpacked. */
  Path folder() {
    return folder;
  }

  /** Whether the class path or module path holds the library. */
  boolean present() {
    return resource(platform.pins().getLast()).isPresent();
  }

  /**
   * Unpacks what is not there yet, or is damaged.
   *
   * @return the files in the order in which to load them, OpenBLAS itself last
   * @throws IOException if a resource is missing or is not the pinned file, or the cache cannot be
   *     written
   */
  List<Path> unpack() throws IOException {
    createFolder();
    List<Path> files = new ArrayList<>();
    for (Platform.Pin pin : platform.pins()) {
      Path file = folder.resolve(pin.file());
      if (!verified(file, pin)) {
        write(file, pin);
      }
      files.add(file);
    }
    return files;
  }

  private void createFolder() throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    // What is loaded as code must not be writable by others.
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectories(folder);
    }
  }

  /**
   * Whether the file has the pinned sum. Reading 40 MB costs a quarter of a second at start, so a
   * stamp beside the file tells what it looked like when it was last read; any write changes that.
   */
  private boolean verified(Path file, Platform.Pin pin) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    Path stamp = stampOf(file);
    String expected = pin.sha256() + " " + look(file);
    if (Files.isRegularFile(stamp) && Files.readString(stamp).equals(expected)) {
      return true;
    }
    try (InputStream in = Files.newInputStream(file)) {
      if (!copy(in, OutputStream.nullOutputStream()).equals(pin.sha256())) {
        return false;
      }
    }
    stamp(file, expected);
    return true;
  }

  private void write(Path file, Platform.Pin pin) throws IOException {
    URL resource =
        resource(pin)
            .orElseThrow(
                () -> new IOException("the resource " + platform.resource(pin) + " is missing"));
    Path temporary = Files.createTempFile(folder, pin.file(), ".tmp");
    try {
      String sum;
      try (InputStream in = resource.openStream();
          OutputStream out = Files.newOutputStream(temporary)) {
        sum = copy(in, out);
      }
      if (!sum.equals(pin.sha256())) {
        throw new IOException(
            "the resource %s has SHA-256 %s, expected %s"
                .formatted(platform.resource(pin), sum, pin.sha256()));
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    stamp(file, pin.sha256() + " " + look(file));
  }

  private void stamp(Path file, String text) throws IOException {
    Path temporary = Files.createTempFile(folder, "stamp", ".tmp");
    try {
      Files.writeString(temporary, text);
      Files.move(temporary, stampOf(file), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static Path stampOf(Path file) {
    return file.resolveSibling(file.getFileName() + ".verified");
  }

  /** What changes with every write: on Unix the change time too, which no program can set. */
  private static String look(Path file) throws IOException {
    String common = Files.size(file) + " " + Files.getLastModifiedTime(file);
    return file.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? common
            + " "
            + Files.getAttribute(file, "unix:ctime")
            + " "
            + Files.getAttribute(file, "unix:ino")
        : common;
  }

  /**
   * Found on the class path and in a resolved module (the folder's name is no legal package name,
   * so nothing encapsulates it), or in the jar on the module path, which as a module is not
   * resolved unless someone asks for it.
   */
  private Optional<URL> resource(Platform.Pin pin) {
    String name = platform.resource(pin);
    ClassLoader own = BundledLibrary.class.getClassLoader();
    URL found = own == null ? null : own.getResource(name);
    if (found == null) {
      found = ClassLoader.getSystemResource(name);
    }
    return found != null ? Optional.of(found) : onModulePath(name);
  }

  private Optional<URL> onModulePath(String name) {
    String modulePath = System.getProperty("jdk.module.path", "");
    Path[] places =
        Arrays.stream(modulePath.split(File.pathSeparator))
            .filter(place -> !place.isBlank())
            .map(Path::of)
            .toArray(Path[]::new);
    try {
      Optional<ModuleReference> module = ModuleFinder.of(places).find(platform.module());
      if (module.isEmpty()) {
        return Optional.empty();
      }
      try (ModuleReader reader = module.get().open()) {
        Optional<URI> found = reader.find(name);
        return found.isPresent() ? Optional.of(found.get().toURL()) : Optional.empty();
      }
    } catch (IOException | FindException unreadable) {
      return Optional.empty();
    }
  }

  /** Copies everything, and returns the SHA-256 of it. */
  private static String copy(InputStream in, OutputStream out) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-256", impossible);
    }
    byte[] buffer = new byte[BUFFER];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      digest.update(buffer, 0, read);
      out.write(buffer, 0, read);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
