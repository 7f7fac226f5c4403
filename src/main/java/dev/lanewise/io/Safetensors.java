package dev.lanewise.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The contents of a safetensors file: tensors by name, and strings by name. The package description
 * says how the file is laid out. Files of others are read where their elements are F32, I64 or
 * BOOL.
 *
 * @param metadata what stands under {@code __metadata__}, without the checksum of this class
 * @param tensors in the order of the file
 */
public record Safetensors(Map<String, String> metadata, Map<String, StoredTensor> tensors) {
  /** Longer headers are taken for damage; that of a model with 100,000 tensors has 10 MB. */
  private static final int MAXIMUM_HEADER = 16 << 20;

  private static final int LENGTH_BYTES = 8;
  private static final int BUFFER_BYTES = 1 << 18;
  private static final String CHECKSUM = "lanewise.crc32c";
  private static final String NO_CHECKSUM = "00000000";

  /** Copies the maps. */
  public Safetensors {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  // ---- reading

  /**
   * Reads a file and checks that its header describes every byte of it; where it has a checksum of
   * this class, that too. Memory is only taken for what the file really holds.
   *
   * @throws CheckpointException when the file is missing, damaged, or something else
   */
  public static Safetensors read(Path file) {
    return read(file, false);
  }

  /** As {@link #read(Path)}; without a checksum the file counts as damaged. */
  static Safetensors readChecked(Path file) {
    return read(file, true);
  }

  private static Safetensors read(Path file, boolean checksumRequired) {
    if (Files.isDirectory(file)) {
      throw new CheckpointException(file + " is a folder; expected a safetensors file.");
    }
    try (FileChannel channel = FileChannel.open(file)) {
      return read(file, channel, checksumRequired);
    } catch (NoSuchFileException e) {
      throw new CheckpointException("The file " + file + " does not exist.", e);
    } catch (IOException e) {
      throw new CheckpointException(
          "The file " + file + " cannot be read: " + e.getMessage() + ".", e);
    }
  }

  private static Safetensors read(Path file, FileChannel channel, boolean checksumRequired)
      throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw new CheckpointException(
          "The file %s is cut off: it has %d bytes, expected at least %d."
              .formatted(file, size, LENGTH_BYTES));
    }
    ByteBuffer prefix = littleEndian(LENGTH_BYTES);
    fill(file, channel, prefix);
    long length = prefix.getLong(0);
    if (length < 2 || length > MAXIMUM_HEADER) {
      throw new CheckpointException(
          ("%s is not a safetensors file, or damaged: its header would have %s bytes,"
                  + " expected 2 to %d.")
              .formatted(file, Long.toUnsignedString(length), MAXIMUM_HEADER));
    }
    if (length > size - LENGTH_BYTES) {
      throw new CheckpointException(
          "The file %s is cut off: its header has %d bytes, but only %d follow."
              .formatted(file, length, size - LENGTH_BYTES));
    }
    ByteBuffer header = littleEndian((int) length);
    fill(file, channel, header);
    SafetensorsHeader parsed = SafetensorsHeader.parse(file, text(file, header));
    parsed.checkPlaces(file, size - LENGTH_BYTES - length);

    String checksum = parsed.metadata().remove(CHECKSUM);
    if (checksum == null && checksumRequired) {
      throw new CheckpointException(
          "The file %s has no checksum: it is no checkpoint of Lanewise, or damaged."
              .formatted(file));
    }
    CRC32C crc = new CRC32C();
    crc.update(prefix.flip());
    if (checksum != null) {
      eraseChecksum(file, header, checksum);
    }
    crc.update(header.flip());
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    ByteBuffer buffer = littleEndian(BUFFER_BYTES);
    for (SafetensorsHeader.Entry entry : parsed.inFileOrder()) {
      tensors.put(entry.name(), values(file, channel, entry, buffer, crc));
    }
    if (checksum != null && !checksum.equals(hex(crc))) {
      throw new CheckpointException(
          "The file %s is damaged: its checksum is %s, expected %s."
              .formatted(file, hex(crc), checksum));
    }
    return new Safetensors(parsed.metadata(), tensors);
  }

  private static String text(Path file, ByteBuffer header) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(header.duplicate().flip()).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(
          "%s is not a safetensors file, or damaged: its header is not UTF-8.".formatted(file), e);
    }
  }

  /** Puts zeros where the checksum stands, as when it was computed. */
  private static void eraseChecksum(Path file, ByteBuffer header, String checksum) {
    int at = checksumPlace(header.array(), checksum);
    if (at < 0 || checksum.length() != NO_CHECKSUM.length()) {
      throw new CheckpointException(
          "The file %s is damaged: its checksum '%s' is not written as 8 digits."
              .formatted(file, checksum));
    }
    header.put(at, NO_CHECKSUM.getBytes(StandardCharsets.US_ASCII));
  }

  /** The place of the checksum's digits in a header; below 0 where there are none. */
  private static int checksumPlace(byte[] header, String checksum) {
    // One character a byte: an index in the text is one in the bytes.
    String member = "\"" + CHECKSUM + "\":\"";
    int at = new String(header, StandardCharsets.ISO_8859_1).indexOf(member + checksum + "\"");
    return at < 0 ? at : at + member.length();
  }

  private static StoredTensor values(
      Path file, FileChannel channel, SafetensorsHeader.Entry entry, ByteBuffer buffer, CRC32C crc)
      throws IOException {
    int count = Math.toIntExact(entry.shape().size());
    return switch (entry.type()) {
      case F32 -> {
        float[] values = new float[count];
        for (int done = 0; done < count; done += buffer.limit() / Float.BYTES) {
          chunk(file, channel, buffer, (long) (count - done) * Float.BYTES, crc);
          buffer.asFloatBuffer().get(values, done, buffer.limit() / Float.BYTES);
        }
        yield new StoredTensor.Floats(entry.shape(), values);
      }
      case I64 -> {
        long[] values = new long[count];
        for (int done = 0; done < count; done += buffer.limit() / Long.BYTES) {
          chunk(file, channel, buffer, (long) (count - done) * Long.BYTES, crc);
          buffer.asLongBuffer().get(values, done, buffer.limit() / Long.BYTES);
        }
        yield new StoredTensor.Longs(entry.shape(), values);
      }
      case BOOL -> {
        byte[] values = new byte[count];
        for (int done = 0; done < count; done += buffer.limit()) {
          chunk(file, channel, buffer, count - done, crc);
          buffer.get(0, values, done, buffer.limit());
        }
        yield booleans(file, entry, values);
      }
    };
  }

  private static StoredTensor booleans(Path file, SafetensorsHeader.Entry entry, byte[] values) {
    try {
      return new StoredTensor.Booleans(entry.shape(), values);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          "The tensor '%s' of %s is damaged: %s".formatted(entry.name(), file, e.getMessage()), e);
    }
  }

  /**
   * Reads the next bytes, as many as the buffer holds or are left, and leaves them ready to get.
   */
  private static void chunk(
      Path file, FileChannel channel, ByteBuffer buffer, long left, CRC32C crc) throws IOException {
    buffer.clear().limit((int) Math.min(buffer.capacity(), left));
    fill(file, channel, buffer);
    crc.update(buffer.flip());
    buffer.rewind();
  }

  private static void fill(Path file, FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new CheckpointException("The file " + file + " was cut off while it was read.");
      }
    }
  }

  // ---- writing

  /**
   * Writes or replaces a file, which is at no time half written; see {@link AtomicFile}. Tensors of
   * larger elements come first, so that all are aligned. A checksum is added.
   *
   * @throws CheckpointException when it cannot be written
   */
  public void write(Path file) {
    try {
      AtomicFile.write(file, this::writeTo);
    } catch (IOException e) {
      throw new CheckpointException(
          "The file " + file + " cannot be written: " + e.getMessage() + ".", e);
    }
  }

  private void writeTo(FileChannel channel) throws IOException {
    List<Map.Entry<String, StoredTensor>> entries = new ArrayList<>(tensors.entrySet());
    entries.sort(Comparator.comparing(entry -> -entry.getValue().dtype().bytes()));
    Map<String, String> strings = new LinkedHashMap<>(metadata);
    strings.put(CHECKSUM, NO_CHECKSUM);
    byte[] header = SafetensorsHeader.format(strings, entries).getBytes(StandardCharsets.UTF_8);
    if (header.length > MAXIMUM_HEADER) {
      throw new IOException(
          "the header would have %d bytes, more than %d".formatted(header.length, MAXIMUM_HEADER));
    }
    CRC32C crc = new CRC32C();
    ByteBuffer prefix = littleEndian(LENGTH_BYTES).putLong(header.length).flip();
    append(channel, prefix, crc);
    append(channel, ByteBuffer.wrap(header), crc);
    ByteBuffer buffer = littleEndian(BUFFER_BYTES);
    for (Map.Entry<String, StoredTensor> entry : entries) {
      appendValues(channel, entry.getValue(), buffer, crc);
    }
    ByteBuffer digits = ByteBuffer.wrap(hex(crc).getBytes(StandardCharsets.US_ASCII));
    int place = LENGTH_BYTES + checksumPlace(header, NO_CHECKSUM);
    while (digits.hasRemaining()) {
      channel.write(digits, place + digits.position());
    }
  }

  private static void appendValues(
      FileChannel channel, StoredTensor tensor, ByteBuffer buffer, CRC32C crc) throws IOException {
    int count = Math.toIntExact(tensor.shape().size());
    int step = BUFFER_BYTES / tensor.dtype().bytes();
    for (int done = 0; done < count; done += step) {
      int length = Math.min(step, count - done);
      buffer.clear().limit(length * tensor.dtype().bytes());
      switch (tensor) {
        case StoredTensor.Floats floats ->
            buffer.asFloatBuffer().put(floats.values(), done, length);
        case StoredTensor.Longs longs -> buffer.asLongBuffer().put(longs.values(), done, length);
        case StoredTensor.Booleans booleans -> buffer.put(0, booleans.values(), done, length);
      }
      append(channel, buffer, crc);
    }
  }

  private static void append(FileChannel channel, ByteBuffer bytes, CRC32C crc) throws IOException {
    crc.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String hex(CRC32C crc) {
    return "%08x".formatted(crc.getValue());
  }
}
