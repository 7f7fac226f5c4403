package dev.lanewise.blas;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledLibraryTest {
  @TempDir private Path cache;

  private BundledLibrary library() {
    Optional<Platform> platform = Platform.current();
    assumeTrue(platform.isPresent(), "no OpenBLAS is bundled for this platform");
    BundledLibrary library = new BundledLibrary(platform.get(), cache);
    assumeTrue(
        library.present(), "the class path holds no org.bytedeco:openblas for this platform");
    return library;
  }

  private static void assertPinned(List<Path> files) throws Exception {
    List<Platform.Pin> pins = Platform.current().orElseThrow().pins();
    assertEquals(pins.size(), files.size());
    for (int i = 0; i < files.size(); i++) {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(files.get(i)));
      assertEquals(pins.get(i).sha256(), HexFormat.of().formatHex(sum), files.get(i).toString());
    }
  }

  private static void assertNoneTemporary(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(), files.filter(file -> file.toString().endsWith(".tmp")).toList());
    }
  }

  @Test
  void unpacksOnceAndReplacesWhatIsDamaged() throws Exception {
    BundledLibrary library = library();
    List<Path> files = library.unpack();
    assertPinned(files);
    List<FileTime> times = times(files);
    assertEquals(times, times(library.unpack()), "a second run must leave the files alone");

    Path first = files.getFirst();
    try (FileChannel channel = FileChannel.open(first, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1}), 1000); // the same length
    }
    Files.setLastModifiedTime(first, times.getFirst()); // and the same time
    if (first.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      assertPinned(library.unpack());
    }

    Files.write(files.getLast(), new byte[0]);
    assertPinned(library.unpack());
    Files.writeString(files.getLast(), "no library");
    assertPinned(library.unpack());
    Files.delete(first);
    assertPinned(library.unpack());
    assertNoneTemporary(library.folder());
  }

  private static List<FileTime> times(List<Path> files) throws IOException {
    List<FileTime> times = new ArrayList<>();
    for (Path file : files) {
      times.add(Files.getLastModifiedTime(file));
    }
    return times;
  }

  @Test
  void severalMayUnpackAtTheSameTime() throws Exception {
    BundledLibrary library = library();
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      Callable<List<Path>> task = library::unpack;
      for (Future<List<Path>> files : threads.invokeAll(List.of(task, task, task))) {
        assertPinned(files.get());
      }
    }
    assertNoneTemporary(library.folder());
  }

  @Test
  void aCacheThatCannotBeWrittenIsAnError() throws IOException {
    BundledLibrary library = library();
    Files.writeString(cache.resolve("openblas-" + Platform.BUNDLED_VERSION), "a file in the way");
    assertThrows(IOException.class, library::unpack);
  }

  @Test
  void aLibraryOfAnotherPlatformIsNotPresent() {
    Platform other =
        Arrays.stream(Platform.values())
            .filter(platform -> !Platform.current().equals(Optional.of(platform)))
            .findFirst()
            .orElseThrow();
    BundledLibrary library = new BundledLibrary(other, cache);
    assumeTrue(!library.present(), "the libraries of all platforms are on the class path");
    String message = assertThrows(IOException.class, library::unpack).getMessage();
    assertTrue(message.contains(other.folder()), message);
  }

  @Test
  void thePinsAreThoseOfTheList() throws IOException {
    Path list = Path.of("native", "openblas-" + Platform.BUNDLED_VERSION + ".sha256");
    assumeTrue(Files.exists(list), list + " is found only from the project's folder");
    List<String> expected =
        Arrays.stream(Platform.values())
            .flatMap(platform ->
                platform.pins().stream().map(pin -> pin.sha256() + "  " + platform.resource(pin)))
            .sorted()
            .toList();
    assertArrayEquals(expected.toArray(), Files.readAllLines(list).stream().sorted().toArray());
  }
}
