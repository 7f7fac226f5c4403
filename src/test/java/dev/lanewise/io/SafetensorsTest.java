package dev.lanewise.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path folder;

  private Safetensors sample() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    float[] large = new float[70_001];
    Random random = new Random(1);
    for (int i = 0; i < large.length; i++) {
      large[i] = Float.intBitsToFloat(random.nextInt());
    }
    tensors.put("mask", new StoredTensor.Booleans(Shape.of(3), new byte[] {1, 0, 1}));
    tensors.put("large", new StoredTensor.Floats(Shape.of(70_001, 1), large));
    tensors.put("scalar", new StoredTensor.Floats(Shape.SCALAR, new float[] {Float.NaN}));
    tensors.put("empty", new StoredTensor.Floats(Shape.of(0, 5), new float[0]));
    tensors.put("l", new StoredTensor.Longs(Shape.of(1, 2), new long[] {Long.MIN_VALUE, 7}));
    return new Safetensors(
        Map.of("name", "quote \" slash \\ tab \t zero \0 ümlaut \uD83D\uDE00"), tensors);
  }

  @Test
  void whatIsWrittenIsReadBitForBit() {
    Path file = folder.resolve("new/folder/t.safetensors");
    sample().write(file);
    Safetensors read = Safetensors.read(file);
    assertEquals(sample().metadata(), read.metadata());
    assertEquals(
        List.of("l", "large", "scalar", "empty", "mask"), List.copyOf(read.tensors().keySet()));
    sample()
        .tensors()
        .forEach((name, tensor) -> {
          StoredTensor other = read.tensors().get(name);
          assertEquals(tensor.shape(), other.shape());
          switch (tensor) {
            case StoredTensor.Floats f ->
                assertArrayEquals(bits(f.values()), bits(((StoredTensor.Floats) other).values()));
            case StoredTensor.Longs l ->
                assertArrayEquals(l.values(), ((StoredTensor.Longs) other).values());
            case StoredTensor.Booleans b ->
                assertArrayEquals(b.values(), ((StoredTensor.Booleans) other).values());
          }
        });
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  @Test
  void theFileIsAsTheFormatSays() throws IOException {
    Path file = folder.resolve("t");
    StoredTensor two = new StoredTensor.Floats(Shape.of(2), new float[] {1, -2});
    new Safetensors(Map.of(), Map.of("w", two)).write(file);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) bytes.getLong();
    assertEquals(0, header % 8);
    assertEquals(8 + header + 8, bytes.limit());
    byte[] text = new byte[header];
    bytes.get(text);
    String json = new String(text, StandardCharsets.UTF_8).strip();
    assertTrue(
        json.matches(
            "\\{\"__metadata__\":\\{\"lanewise.crc32c\":\"[0-9a-f]{8}\"},"
                + "\"w\":\\{\"dtype\":\"F32\",\"shape\":\\[2],\"data_offsets\":\\[0,8]}}"),
        json);
    assertEquals(1, bytes.getFloat());
    assertEquals(-2, bytes.getFloat());
  }

  @Test
  void tensorsComeBackAsTheyWere() {
    Path file = folder.resolve("t");
    try (Tensor floats = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        Tensor longs = Tensor.ofLongs(new long[] {4, 5}, 2)) {
      StoredTensor turned = StoredTensor.of(floats.transpose(0, 1));
      new Safetensors(Map.of(), Map.of("f", turned, "l", StoredTensor.of(longs))).write(file);
    }
    Safetensors read = Safetensors.read(file);
    try (Tensor floats = read.tensors().get("f").toTensor();
        Tensor longs = read.tensors().get("l").toTensor()) {
      assertEquals(Shape.of(3, 2), floats.shape());
      assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, floats.toArray());
      assertArrayEquals(new long[] {4, 5}, longs.toLongArray());
    }
    StoredTensor mask = new StoredTensor.Booleans(Shape.of(2), new byte[] {0, 1});
    try (Tensor booleans = mask.toTensor()) {
      assertEquals(DType.BOOL, booleans.dtype());
      assertArrayEquals(new byte[] {0, 1}, booleans.toByteArray());
    }
  }

  @Test
  void everyFlippedBitIsFound() throws IOException {
    Path file = folder.resolve("t");
    StoredTensor two = new StoredTensor.Floats(Shape.of(2), new float[] {1, -2});
    new Safetensors(Map.of("k", "v"), Map.of("w", two)).write(file);
    byte[] good = Files.readAllBytes(file);
    for (int bit = 0; bit < 8 * good.length; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, bad);
      String message =
          assertThrows(CheckpointException.class, () -> Safetensors.readChecked(file), "bit " + bit)
              .getMessage();
      assertTrue(message.contains(file.toString()) && message.endsWith("."), message);
    }
  }

  @Test
  void everyTruncationIsFound() throws IOException {
    Path file = folder.resolve("t");
    StoredTensor two = new StoredTensor.Floats(Shape.of(2), new float[] {1, -2});
    new Safetensors(Map.of(), Map.of("w", two)).write(file);
    byte[] good = Files.readAllBytes(file);
    for (int length = 0; length <= good.length + 1; length++) {
      Files.write(file, Arrays.copyOf(good, length));
      if (length != good.length) {
        String message =
            assertThrows(CheckpointException.class, () -> Safetensors.read(file)).getMessage();
        assertTrue(message.contains(length < good.length ? "cut off" : "too long"), message);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                                                               | start with",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}  | expected '}'",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} x | expected the end",
        "{\"w\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}} | of type F16; expected"
            + " F32",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}} | and shape [2] has 4"
            + " bytes",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | starts at byte 4,"
            + " expected 0",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}} | has -4 bytes",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}   | has 1 data_offsets",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}} | whole numbers in"
            + " shape",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}} | whole numbers in"
            + " shape",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}   | has no list shape",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}                        | has not just dtype",
        "{\"w\":[]}                                                       | is no object",
        "{\"__metadata__\":{\"k\":1}}                                     | something else than"
            + " strings",
        "{\"w\":{},\"w\":{}}                                              | 'w' is repeated",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[999999999,999999999,0,9],\"data_offsets\":[0,0]}} |"
            + " more elements",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,2147483647],\"data_offsets\":[0,4]}}"
            + " | more elements",
        "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[3,4]}}"
            + " | 'b' starts at byte 3, expected 4",
        "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[4],\"data_offsets\":[0,4]}}  | A truth value is"
            + " -128",
      })
  void badHeadersAreRefused(String header, String expected) throws IOException {
    Path file = write(header, new byte[] {0, 0, -128, 63});
    String message =
        assertThrows(CheckpointException.class, () -> Safetensors.read(file)).getMessage();
    assertTrue(message.contains(expected), message);
    assertTrue(message.contains(file.toString()), message);
  }

  @Test
  void hostileHeadersTakeNoMemory() throws IOException {
    Path file = folder.resolve("t");
    for (long length : new long[] {0, 1, Long.MAX_VALUE, -1, 1L << 40, (16 << 20) + 1}) {
      ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
      Files.write(file, bytes.array());
      String message =
          assertThrows(CheckpointException.class, () -> Safetensors.read(file)).getMessage();
      assertTrue(message.contains("its header would have"), message);
    }
    Path nested = write("{\"a\":" + "[".repeat(100_000), new byte[0]);
    assertThrows(CheckpointException.class, () -> Safetensors.read(nested));
    Path huge =
        write(
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[500000000],\"data_offsets\":[0,2000000000]}}",
            new byte[4]);
    String message =
        assertThrows(CheckpointException.class, () -> Safetensors.read(huge)).getMessage();
    assertTrue(message.contains("4 bytes follow its header, which describes 2000000000"), message);
  }

  @Test
  void missingFilesAndFoldersAreNamed() {
    Path missing = folder.resolve("missing");
    assertEquals(
        "The file " + missing + " does not exist.",
        assertThrows(CheckpointException.class, () -> Safetensors.read(missing)).getMessage());
    assertThrows(CheckpointException.class, () -> Safetensors.read(folder));
    assertThrows(CheckpointException.class, () -> sample().write(folder));
  }

  @Test
  void everyReferenceCaseIsRead() throws IOException {
    String environment = System.getenv("LANEWISE_REFERENCE");
    String folder =
        System.getProperty("lanewise.reference", environment == null ? "" : environment);
    Path cases = Path.of(folder, "cases");
    assumeTrue(
        !folder.isEmpty() && Files.isDirectory(cases),
        "skipped: no folder cases in lanewise.reference or LANEWISE_REFERENCE");
    try (var files = Files.list(cases)) {
      for (Path file : files.toList()) {
        Safetensors content = Safetensors.read(file);
        assertTrue(!content.tensors().isEmpty(), file::toString);
      }
    }
  }

  private Path write(String header, byte[] values) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + text.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(text.length).put(text).put(values);
    return Files.write(folder.resolve("t"), bytes.array());
  }
}
