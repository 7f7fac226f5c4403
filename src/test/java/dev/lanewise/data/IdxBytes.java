package dev.lanewise.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** IDX files as tests need them: good ones and bad ones. */
final class IdxBytes {
  private IdxBytes() {}

  static byte[] header(int type, int... dims) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * dims.length);
    buffer.putInt(type << 8 | dims.length);
    for (int dim : dims) {
      buffer.putInt(dim);
    }
    return buffer.array();
  }

  /** A file of these dimensions; its values are 0, 1, 2, … modulo {@code modulus}. */
  static byte[] counting(int modulus, int... dims) {
    int size = 1;
    for (int dim : dims) {
      size *= dim;
    }
    byte[] header = header(8, dims);
    ByteBuffer buffer = ByteBuffer.allocate(header.length + size).put(header);
    for (int i = 0; i < size; i++) {
      buffer.put((byte) (i % modulus));
    }
    return buffer.array();
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(compressed)) {
      out.write(bytes);
    }
    return compressed.toByteArray();
  }

  /** Writes the four files of a set of {@code train} and {@code test} images of 3x2 pixels. */
  static void writeSet(Path folder, String prefix, String testName, int train, int test)
      throws IOException {
    Files.write(folder.resolve(prefix + "train-images-idx3-ubyte"), counting(256, train, 3, 2));
    Files.write(folder.resolve(prefix + "train-labels-idx1-ubyte"), counting(4, train));
    Files.write(
        folder.resolve(prefix + testName + "-images-idx3-ubyte.gz"),
        gzip(counting(256, test, 3, 2)));
    Files.write(
        folder.resolve(prefix + testName + "-labels-idx1-ubyte.gz"), gzip(counting(4, test)));
  }
}
