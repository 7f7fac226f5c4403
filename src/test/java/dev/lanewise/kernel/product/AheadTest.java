package dev.lanewise.kernel.product;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.kernel.block.BlockSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class AheadTest {
  /** The addresses that all calls of some products fetch, in order. */
  private static List<Long> fetched(Ahead ahead, int turns, int calls) {
    List<Long> lines = new ArrayList<>();
    for (int turn = 0; turn < turns; turn++) {
      ahead.turn(turn, turns);
      for (int call = 0; call < calls; call++) {
        if (ahead.seek(call, calls)) {
          for (int line = 0; line < ahead.lines(); line++) {
            lines.add(ahead.address() + line * ahead.pitch());
          }
        }
      }
    }
    Collections.sort(lines);
    return lines;
  }

  private static List<Long> lines(long at, int rows, long pitch, int columns) {
    List<Long> lines = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        lines.add(at + row * pitch + (long) column * BlockSpec.CACHE_LINE);
      }
    }
    return lines;
  }

  @Test
  void callsShareAllLines() {
    for (int calls : new int[] {6, 7, 12, 25, 100}) {
      for (int turns = 1; turns <= 3; turns++) {
        Ahead ahead = new Ahead(1);
        ahead.add(0, 32, 4096, 2);
        ahead.add(1 << 20, 32, 1024, 2);
        ahead.add(2 << 20, 32, 1024, 2);
        List<Long> expected = lines(0, 32, 4096, 2);
        expected.addAll(lines(1 << 20, 32, 1024, 2));
        expected.addAll(lines(2 << 20, 32, 1024, 2));
        Collections.sort(expected);
        assertEquals(expected, fetched(ahead, turns, calls), calls + " calls, " + turns + " turns");
      }
    }
  }

  @Test
  void linesInARowAreOneColumn() {
    Ahead ahead = new Ahead(1);
    ahead.add(640, 1001, BlockSpec.CACHE_LINE, 1);
    assertEquals(lines(640, 1001, BlockSpec.CACHE_LINE, 1), fetched(ahead, 1, 7));
  }

  @Test
  void whatIsLeftOutIsTheLastColumns() {
    Ahead ahead = new Ahead(1);
    ahead.add(0, 10, 4096, 4);
    assertEquals(lines(0, 10, 4096, 3), fetched(ahead, 1, 3));
  }

  @Test
  void nothingIsFetchedWithoutPlaces() {
    Ahead ahead = new Ahead(1);
    assertFalse(ahead.seek(0, 3));
    ahead.add(0, 1, BlockSpec.CACHE_LINE, 1);
    ahead.clear();
    assertFalse(ahead.seek(0, 3));
  }
}
