package dev.lanewise.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The contents of a file in IDX format (the format of MNIST): an array of unsigned bytes. The file
 * has two zero bytes, the element type, the rank, one big-endian 32-bit integer per dimension, then
 * the elements in row-major order. A file that is compressed with gzip is recognised by its
 * content.
 */
public final class IdxFile {
  private static final int UNSIGNED_BYTE = 0x08;
  private static final int MAXIMUM_RANK = 4;

  /** The longest array that every JVM can allocate. */
  private static final int MAXIMUM_BYTES = Integer.MAX_VALUE - 8;

  private final int[] dims;
  private final byte[] values;

  private IdxFile(int[] dims, byte[] values) {
    this.dims = dims;
    this.values = values;
  }

  /**
   * Reads a file and checks that it is complete and that nothing follows. Memory grows with what
   * the file really holds, whatever its header says.
   *
   * @param rank the number of dimensions that is expected: 3 for images, 1 for labels
   * @throws DataException when the file is missing, damaged, or something else
   */
  public static IdxFile read(Path file, int rank) {
    try (InputStream in = open(file)) {
      return read(file, rank, in);
    } catch (NoSuchFileException e) {
      throw new DataException("The file " + file + " does not exist.", e);
    } catch (EOFException | ZipException e) {
      throw new DataException(
          "The file " + file + " is damaged: its gzip data end early or are not valid.", e);
    } catch (IOException e) {
      throw new DataException("The file " + file + " cannot be read: " + e.getMessage() + ".", e);
    }
  }

  private static InputStream open(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new DataException(file + " is a folder; expected an IDX file.");
    }
    InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    try {
      in.mark(2);
      int magic = in.read() | in.read() << 8;
      in.reset();
      return magic == GZIPInputStream.GZIP_MAGIC ? new GZIPInputStream(in, 1 << 16) : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static IdxFile read(Path file, int rank, InputStream in) throws IOException {
    byte[] magic = header(file, in, 4);
    if (magic[0] != 0
        || magic[1] != 0
        || magic[2] != UNSIGNED_BYTE
        || magic[3] < 1
        || magic[3] > MAXIMUM_RANK) {
      throw new DataException(
          "The file %s is not an IDX file of unsigned bytes: it starts with %s, expected 0000080%d."
              .formatted(file, HexFormat.of().formatHex(magic), rank));
    }
    if (magic[3] != rank) {
      throw new DataException(
          "The file %s has %d dimensions, expected %d (3 for images, 1 for labels)."
              .formatted(file, magic[3], rank));
    }
    ByteBuffer sizes = ByteBuffer.wrap(header(file, in, 4 * rank));
    int[] dims = new int[rank];
    long size = 1;
    for (int i = 0; i < rank; i++) {
      dims[i] = sizes.getInt();
      // The product of a checked size and one dimension stays below 2^62.
      size = dims[i] < 0 ? Long.MAX_VALUE : size * dims[i];
      if (size > MAXIMUM_BYTES) {
        throw new DataException(
            "The header of %s gives dimension %d as %d: more than the %d bytes that a set may hold."
                .formatted(file, i, Integer.toUnsignedLong(dims[i]), MAXIMUM_BYTES));
      }
    }
    byte[] values = in.readNBytes((int) size);
    if (values.length < size) {
      throw new DataException(
          "The file %s is cut off: %d bytes follow its header, expected %d for dimensions %s."
              .formatted(file, values.length, size, Arrays.toString(dims)));
    }
    if (in.read() >= 0) {
      throw new DataException(
          "The file %s is too long: more than the %d bytes of its dimensions %s follow its header."
              .formatted(file, size, Arrays.toString(dims)));
    }
    return new IdxFile(dims, values);
  }

  private static byte[] header(Path file, InputStream in, int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new DataException("The file " + file + " is cut off: it ends within its header.");
    }
    return bytes;
  }

  /** One dimension; the first is the number of images or labels. */
  public int dim(int index) {
    return dims[index];
  }

  /** The elements themselves, row-major and unsigned, not a copy. */
  public byte[] values() {
    return values;
  }
}
