package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFileTest {
  @TempDir Path folder;

  @Test
  void plainAndCompressedFilesGiveTheSame() throws IOException {
    byte[] bytes = IdxBytes.counting(256, 5, 4, 3);
    for (byte[] content : new byte[][] {bytes, IdxBytes.gzip(bytes)}) {
      IdxFile file = IdxFile.read(write(content), 3);
      assertEquals(5, file.dim(0));
      assertEquals(4, file.dim(1));
      assertEquals(3, file.dim(2));
      assertArrayEquals(Arrays.copyOfRange(bytes, 16, bytes.length), file.values());
    }
  }

  @Test
  void everyTruncationIsFound() throws IOException {
    byte[] bytes = IdxBytes.counting(256, 2, 3, 2);
    byte[] compressed = IdxBytes.gzip(bytes);
    for (int length = 0; length < bytes.length; length++) {
      assertRejected(Arrays.copyOf(bytes, length), 3, "is cut off");
    }
    for (int length = 0; length < compressed.length; length++) {
      // Without its magic number it is no gzip file any more, but still too short for IDX.
      assertRejected(Arrays.copyOf(compressed, length), 3, length < 2 ? "is cut off" : "damaged");
    }
  }

  @Test
  void messagesSayWhatWasFoundAndExpected() throws IOException {
    byte[] bytes = IdxBytes.counting(256, 2, 3, 2);
    assertRejected(
        Arrays.copyOf(bytes, bytes.length - 1), 3, "11 bytes follow its header, expected 12");
    assertRejected(
        Arrays.copyOf(bytes, bytes.length + 1), 3, "is too long: more than the 12 bytes");
    assertRejected(
        IdxBytes.gzip(Arrays.copyOf(bytes, bytes.length + 1)), 3, "is too long: more than the 12");
    assertRejected(bytes, 1, "has 3 dimensions, expected 1");
    assertRejected(IdxBytes.header(0x0D, 1, 1, 1), 3, "starts with 00000d03, expected 00000803");
    assertRejected(new byte[] {'<', 'h', 't', 'm', 'l'}, 1, "starts with 3c68746d");
  }

  @Test
  void aMissingFileAndAFolderAreNamed() {
    Path missing = folder.resolve("missing");
    String message = assertThrows(DataException.class, () -> IdxFile.read(missing, 1)).getMessage();
    assertEquals("The file " + missing + " does not exist.", message);
    message = assertThrows(DataException.class, () -> IdxFile.read(folder, 1)).getMessage();
    assertEquals(folder + " is a folder; expected an IDX file.", message);
  }

  @Test
  void damagedGzipDataAreFound() throws IOException {
    byte[] compressed = IdxBytes.gzip(IdxBytes.counting(251, 20, 10, 10));
    compressed[compressed.length / 2] ^= 0x55;
    assertThrows(DataException.class, () -> IdxFile.read(write(compressed), 3));
  }

  @Test
  void lyingHeadersTakeNoMemory() throws IOException {
    byte[] header = IdxBytes.header(8, 2_000_000_000);
    assertRejected(header, 1, "0 bytes follow its header, expected 2000000000");
    assertRejected(IdxBytes.gzip(header), 1, "0 bytes follow its header, expected 2000000000");
    assertRejected(IdxBytes.header(8, 70_000, 70_000, 1), 3, "dimension 1 as 70000: more than");
    assertRejected(IdxBytes.header(8, -1), 1, "dimension 0 as 4294967295");
  }

  private void assertRejected(byte[] content, int rank, String expected) throws IOException {
    Path file = write(content);
    String message = assertThrows(DataException.class, () -> IdxFile.read(file, rank)).getMessage();
    assertTrue(message.contains(expected), message);
    assertTrue(message.contains(file.toString()), message);
  }

  private Path write(byte[] content) throws IOException {
    return Files.write(folder.resolve("file"), content);
  }
}
