package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Operand;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class TileTransposeTest {
  private final Random random = new Random(11);

  /** Other tests do without the loop over ints. */
  @Test
  void whatServesAtFirstGivesTheSameBits() {
    for (int rows : new int[] {1, L - 1, L}) {
      for (int columns : new int[] {1, L / 2 + 1, L}) {
        for (int written : new int[] {1, L / 2, L}) {
          long row = L + 3L;
          Place source = Place.special(row * L, random);
          Place target = Place.floats(row * L);
          Place twin = Place.floats(row * L);
          TileTranspose.vectors(
              Operand.address(source),
              row * 4,
              rows,
              columns,
              Operand.address(target),
              row * 4,
              written,
              L,
              Scratch.address());
          TileTranspose.scalars(
              Operand.address(source),
              row * 4,
              rows,
              columns,
              Operand.address(twin),
              row * 4,
              written,
              L);
          assertArrayEquals(
              target.toBits(), twin.toBits(), rows + "x" + columns + " to " + written);
        }
      }
    }
  }
}
