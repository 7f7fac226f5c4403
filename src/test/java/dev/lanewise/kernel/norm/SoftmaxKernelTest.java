package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.Reorder;
import dev.lanewise.kernel.vector.Lanes;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Place.Guards.class)
class SoftmaxKernelTest {
  private final Random random = new Random(5);

  private void check(int rows, int columns) {
    String what = rows + " x " + columns;
    int n = rows * columns;
    Place x = Place.random(n, random);
    Elementwise.scale(x, 5, n);
    Place y = Place.floats(n);
    Place twin = Place.floats(n);
    Place dy = Place.random(n, random);
    Place dx = Place.floats(n);
    Place twinDx = Place.floats(n);

    SoftmaxKernel.softmax(x, y, rows, columns);
    ScalarSoftmax.softmax(x, twin, rows, columns);
    Place.assertClose(twin.toArray(), y.toArray(), 1e-6, "softmax " + what);
    SoftmaxKernel.softmaxGradient(y, dy, dx, rows, columns);
    ScalarSoftmax.softmaxGradient(y, dy, twinDx, rows, columns);
    Place.assertClose(twinDx.toArray(), dx.toArray(), 2e-6, "softmax gradient " + what);

    SoftmaxKernel.logSoftmax(x, y, rows, columns);
    ScalarSoftmax.logSoftmax(x, twin, rows, columns);
    Place.assertClose(twin.toArray(), y.toArray(), 1e-6, "log softmax " + what);
    SoftmaxKernel.logSoftmaxGradient(y, dy, dx, rows, columns);
    ScalarSoftmax.logSoftmaxGradient(y, dy, twinDx, rows, columns);
    Place.assertClose(
        twinDx.toArray(), dx.toArray(), 1e-6 * (1 + Math.sqrt(columns)), "gradient " + what);

    Place weights = Place.floats(columns);
    for (int i = 0; i < columns; i++) {
      weights.set(i, 0.5f + random.nextFloat());
    }
    long[] labels = new long[rows];
    for (int row = 0; row < rows; row++) {
      labels[row] = row % 5 == 3 ? -100 : random.nextInt(columns);
    }
    Place label = Place.ofLongs(labels);
    Place slopes = Place.random(rows, random);
    for (Place factors : new Place[] {null, weights}) {
      for (float smoothing : new float[] {0, 0.1f, 1}) {
        Place loss = Place.floats(rows);
        Place twinLoss = Place.floats(rows);
        SoftmaxKernel.crossEntropy(x, false, label, loss, factors, -100, smoothing, rows, columns);
        ScalarSoftmax.crossEntropy(x, label, twinLoss, factors, -100, smoothing, rows, columns);
        Place.assertClose(twinLoss.toArray(), loss.toArray(), 2e-6, "cross entropy " + what);
        SoftmaxKernel.crossEntropyGradient(
            x, false, label, slopes, dx, factors, -100, smoothing, rows, columns);
        ScalarSoftmax.crossEntropyGradient(
            x, label, slopes, twinDx, factors, -100, smoothing, rows, columns);
        Place.assertClose(twinDx.toArray(), dx.toArray(), 2e-6, "its gradient " + what);
        if (SoftmaxKernel.readsLanes(columns) && rows > 0) {
          Place lanes = Place.floats((long) Lanes.roundUp(rows) * columns);
          Place gradients = Place.floats((long) Lanes.roundUp(rows) * columns);
          Reorder.toLanes(x, lanes, rows, columns, 1, 1);
          Place same = Place.floats(rows);
          SoftmaxKernel.crossEntropy(
              lanes, true, label, same, factors, -100, smoothing, rows, columns);
          assertArrayEquals(loss.toArray(), same.toArray(), "in lanes " + what);
          SoftmaxKernel.crossEntropyGradient(
              lanes, true, label, slopes, gradients, factors, -100, smoothing, rows, columns);
          Reorder.toLanes(dx, lanes, rows, columns, 1, 1);
          assertArrayEquals(lanes.toArray(), gradients.toArray(), "its gradient in lanes " + what);
        }
      }
    }
  }

  @Test
  void allKernelsEqualTheirTwins() {
    for (int columns = 1; columns <= 2 * L + 1; columns++) {
      check(7, columns);
      Place.checkAll();
    }
    check(64, 10);
    check(3, 5000);
    check(40, 1000);
    check(0, 5);
  }

  @Test
  void largeLogitsDoNotOverflow() {
    Place x = Place.of(1000, 999, -1000, 88.9f, 90, Float.NEGATIVE_INFINITY);
    Place y = Place.floats(6);
    SoftmaxKernel.softmax(x, y, 1, 6);
    assertEquals(0.7310586f, y.get(0), 1e-6f);
    assertEquals(0, y.get(5));
    Place loss = Place.floats(1);
    SoftmaxKernel.crossEntropy(x, false, Place.ofLongs(2), loss, null, -100, 0, 1, 6);
    assertEquals(2000.3132f, loss.get(0), 1e-3f);
  }

  @Test
  void notANumberSpreadsOverItsRow() {
    Place x = Place.of(1, 2, Float.NaN, 4, 5, 6);
    Place y = Place.floats(6);
    SoftmaxKernel.softmax(x, y, 2, 3);
    for (int i = 0; i < 6; i++) {
      assertEquals(i < 3, Float.isNaN(y.get(i)));
    }
    Place hopeless = Place.of(Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY);
    SoftmaxKernel.softmax(hopeless, y, 1, 2);
    assertTrue(Float.isNaN(y.get(0)));
  }
}
