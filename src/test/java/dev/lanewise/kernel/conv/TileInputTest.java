package dev.lanewise.kernel.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.vector.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tiles transformed in one pass. */
class TileInputTest {
  /** Tiles in one pass are the same bits as columns and rows one after the other. */
  @Test
  void tilesInOnePass() {
    Random random = new Random(12);
    WinogradTransform size = WinogradTransform.of(2, 3);
    int tiles = 5;
    int pixels = 2 * tiles + 2;
    long pixel = 3L * Lanes.BYTES;
    long row = pixels * pixel;
    long pointRow = 4L * tiles * pixel;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate(4 * row, 64);
      for (long i = 0; i < x.byteSize(); i += Float.BYTES) {
        x.set(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
      }
      MemorySegment columns = arena.allocate(4 * row, 64);
      MemorySegment expected = arena.allocate(4 * pointRow, 64);
      MemorySegment actual = arena.allocate(4 * pointRow, 64);
      size.input(x.address(), row, Lanes.BYTES, columns.address(), row, Lanes.BYTES, 3 * pixels);
      for (int c = 0; c < 3; c++) {
        long channel = (long) c * Lanes.BYTES;
        for (int i = 0; i < 4; i++) {
          size.input(
              columns.address() + i * row + channel,
              pixel,
              2 * pixel,
              expected.address() + i * pointRow + channel,
              pixel,
              4 * pixel,
              tiles);
        }
        TileInput.run(
            x.address() + channel, row, pixel, actual.address() + channel, pointRow, tiles);
      }
      assertEquals(-1, expected.mismatch(actual));
    }
  }
}
