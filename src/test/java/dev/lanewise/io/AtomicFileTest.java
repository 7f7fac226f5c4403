package dev.lanewise.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  @Test
  void foldersAreMadeAndFilesReplaced() throws IOException {
    Path file = folder.resolve("a/b/file");
    AtomicFile.write(file, channel -> append(channel, "a long old text"));
    AtomicFile.write(file, channel -> append(channel, "new"));
    assertEquals("new", Files.readString(file));
    assertOnly(file);
  }

  @Test
  void afterAFailureTheOldFileStandsAlone() throws IOException {
    Path file = folder.resolve("file");
    AtomicFile.write(file, channel -> append(channel, "old"));
    assertThrows(
        IOException.class,
        () ->
            AtomicFile.write(
                file,
                channel -> {
                  append(channel, "half");
                  throw new IOException("disk full");
                }));
    assertThrows(
        IllegalStateException.class,
        () ->
            AtomicFile.write(
                file,
                channel -> {
                  throw new IllegalStateException();
                }));
    assertEquals("old", Files.readString(file));
    assertOnly(file);
  }

  @Test
  void theOldFileIsWholeUntilTheEnd() throws IOException {
    Path file = folder.resolve("file");
    AtomicFile.write(file, channel -> append(channel, "old"));
    AtomicFile.write(
        file,
        channel -> {
          append(channel, "new");
          assertEquals("old", Files.readString(file));
        });
    assertEquals("new", Files.readString(file));
  }

  private static void append(FileChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static void assertOnly(Path file) throws IOException {
    try (var files = Files.list(file.getParent())) {
      assertEquals(List.of(file), files.toList());
    }
  }
}
