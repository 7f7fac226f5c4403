package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.team.Team;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class RowNormKernelTest {
  private static final float EPS = 1e-3f;

  private final Random random = new Random(6);

  private void check(int rows, int columns) {
    for (boolean centred : new boolean[] {true, false}) {
      check(rows, columns, centred, false, false);
      check(rows, columns, centred, true, false);
      check(rows, columns, centred, true, true);
      Place.checkAll();
    }
  }

  private void check(int rows, int columns, boolean centred, boolean scaled, boolean shifted) {
    String what = rows + " x " + columns + ", centred " + centred + ", weight " + scaled;
    int n = rows * columns;
    Place x = Place.random(n, random);
    for (int i = 0; i < n; i++) {
      // No row is nearly constant: its rounding errors would be divided by next to nothing.
      x.set(i, 0.5f * x.get(i) + i / columns % 5 + 4 * (i % columns % 2));
    }
    Place weight = scaled ? Place.random(columns, random) : null;
    Place bias = shifted ? Place.random(columns, random) : null;
    Place[] found = places(n, rows, centred);
    Place[] twin = places(n, rows, centred);
    RowNormKernel.forward(x, weight, bias, found[0], found[1], found[2], rows, columns, EPS);
    ScalarRowNorm.forward(x, weight, bias, twin[0], twin[1], twin[2], rows, columns, EPS);
    assertClose(twin[0], found[0], 1e-5, "y of " + what);
    assertClose(twin[1], found[1], 4e-6, "mean of " + what);
    assertClose(twin[2], found[2], 4e-6, "inverse of " + what);

    Place dy = Place.random(n, random);
    Place mean = twin[1];
    Place inverse = twin[2];
    Place[] gradients = {Place.floats(n), Place.floats(columns), Place.floats(columns)};
    Place[] twins = {Place.floats(n), Place.floats(columns), Place.floats(columns)};
    RowNormKernel.gradient(
        dy, x, weight, mean, inverse, gradients[0], gradients[1], gradients[2], rows, columns);
    ScalarRowNorm.gradient(
        dy, x, weight, mean, inverse, twins[0], twins[1], twins[2], rows, columns);
    double sums = 1e-6 * (1 + Math.sqrt(rows));
    assertClose(twins[0], gradients[0], 2e-5, "dx of " + what);
    assertClose(twins[1], gradients[1], 4 * sums, "dweight of " + what);
    assertClose(twins[2], gradients[2], sums, "dbias of " + what);

    // Each alone is the same, to the bit, and dx may be written over dy.
    for (int i = 0; i < 3; i++) {
      Place alone = i == 0 ? dy.copy() : Place.floats(columns);
      RowNormKernel.gradient(
          i == 0 ? alone : dy,
          x,
          weight,
          mean,
          inverse,
          i == 0 ? alone : null,
          i == 1 ? alone : null,
          i == 2 ? alone : null,
          rows,
          columns);
      assertArrayEquals(gradients[i].toBits(), alone.toBits(), "gradient " + i + " of " + what);
    }
    RowNormKernel.gradient(dy, x, weight, mean, inverse, dy, twins[1], twins[2], rows, columns);
    assertArrayEquals(gradients[0].toBits(), dy.toBits(), "dx over dy, " + what);
  }

  private static Place[] places(int n, int rows, boolean centred) {
    return new Place[] {Place.floats(n), centred ? Place.floats(rows) : null, Place.floats(rows)};
  }

  private static void assertClose(Place twin, Place found, double tolerance, String what) {
    if (twin != null) {
      Place.assertClose(twin.toArray(), found.toArray(), tolerance, what);
    }
  }

  @Test
  void allEqualTheirTwins() {
    for (int columns = 1; columns <= 2 * L + 1; columns++) {
      check(7, columns);
    }
    check(0, 5);
    check(1, 4 * L);
    check(300, 100); // pieces of one chain
    check(3, 20000); // pieces of one row
    check(20000, 3); // more pieces than one chain
  }

  @Test
  void resultsDoNotDependOnTheThreads() {
    int rows = 1000;
    int columns = 100;
    int n = rows * columns;
    Place x = Place.random(n, random);
    Place dy = Place.random(n, random);
    Place weight = Place.random(columns, random);
    int threads = Team.global().threads();
    int[][] bits = new int[4][];
    try {
      for (int turn = 1; turn <= 2; turn++) {
        Team.global().setThreads(turn);
        Place mean = Place.floats(rows);
        Place inverse = Place.floats(rows);
        Place[] found = {
          Place.floats(n), Place.floats(n), Place.floats(columns), Place.floats(columns)
        };
        RowNormKernel.forward(x, weight, weight, found[0], mean, inverse, rows, columns, EPS);
        RowNormKernel.gradient(
            dy, x, weight, mean, inverse, found[1], found[2], found[3], rows, columns);
        for (int i = 0; i < found.length; i++) {
          if (turn == 1) {
            bits[i] = found[i].toBits();
          } else {
            assertArrayEquals(bits[i], found[i].toBits(), "result " + i);
          }
        }
      }
    } finally {
      Team.global().setThreads(threads);
    }
  }
}
