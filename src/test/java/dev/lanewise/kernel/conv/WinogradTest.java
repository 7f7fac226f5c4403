package dev.lanewise.kernel.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.conv.ConvRule.Choice;
import dev.lanewise.kernel.elementwise.Reorder;
import dev.lanewise.kernel.vector.Lanes;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Winograd convolution against the definition in float64. */
@ExtendWith(Place.Guards.class)
class WinogradTest {
  private static final int CASES = 24;

  /** Few different ones, as every block size has to be compiled first. */
  private static final int[] CHANNELS = {1, 3, 16, 20};

  private final Choice before = ConvRule.choice();

  @AfterEach
  void restore() {
    ConvRule.choose(before);
  }

  @Test
  void passesAreThoseOfTheDefinition() {
    Random random = new Random(4);
    for (int i = 0; i < CASES; i++) {
      int taps = i % 3 == 0 ? 5 : 3;
      int padH = random.nextInt(taps);
      int padW = random.nextInt(taps);
      check(
          dims(
              taps,
              1 + random.nextInt(2 * Lanes.L + 3),
              CHANNELS[i % 4],
              Math.max(1, taps - 2 * padH) + random.nextInt(10),
              Math.max(1, taps - 2 * padW) + random.nextInt(10),
              CHANNELS[random.nextInt(4)],
              padH,
              padW),
          random);
    }
  }

  /** The phases of the input as channels: all remainders, kernels that do not fill their taps. */
  @Test
  void strides() {
    Random random = new Random(10);
    int[][] kernels = {{11, 4, 3}, {7, 2, 4}, {3, 2, 2}, {5, 2, 3}, {4, 3, 2}, {9, 2, 5}};
    for (int i = 0; i < CASES; i++) {
      int[] kernel = kernels[i % kernels.length];
      int stride = kernel[1];
      // Any other kernel and stride with as many taps along the columns.
      int strideW = i % 4 == 0 ? 1 + random.nextInt(4) : stride;
      int columns = i % 4 == 0 ? strideW * kernel[2] - random.nextInt(strideW) : kernel[0];
      int padH = random.nextInt(kernel[0] + 1);
      int padW = random.nextInt(columns + 1);
      Conv2dDims d =
          new Conv2dDims(
              1 + random.nextInt(2 * Lanes.L + 3),
              CHANNELS[i % 2],
              Math.max(1, kernel[0] - 2 * padH) + random.nextInt(20),
              Math.max(1, columns - 2 * padW) + random.nextInt(20),
              CHANNELS[random.nextInt(4)],
              kernel[0],
              columns,
              stride,
              strideW,
              padH,
              padW,
              1,
              1,
              1);
      assertEquals(kernel[2], ConvPhases.of(d).unit().R());
      check(d, random);
    }
  }

  /** Tiles with a stride of their own: every remainder of the padding, kernels and edges. */
  @Test
  void strideOfTwo() {
    Random random = new Random(16);
    for (int i = 0; i < CASES; i++) {
      int taps = 3 + i % 3;
      int padH = random.nextInt(taps);
      int padW = padH % 2 + 2 * random.nextInt(2);
      Conv2dDims d =
          new Conv2dDims(
              1 + random.nextInt(2 * Lanes.L + 3),
              CHANNELS[random.nextInt(4)],
              taps + random.nextInt(20),
              taps + random.nextInt(20),
              CHANNELS[i % 4],
              taps,
              taps,
              2,
              2,
              padH,
              padW,
              1,
              1,
              1);
      ConvRule.choose(Choice.FOUR);
      assertEquals(new ConvForm.Tiles(WinogradTransform.of(4, taps, 2)), ConvRule.forward(d));
      check(d, random);
    }
    ConvRule.choose(Choice.AUTO);
    Conv2dDims d = new Conv2dDims(2, 64, 32, 32, 36, 3, 3, 2, 2, 1, 1, 1, 1, 1);
    assertEquals(
        BlockKernels.anyBlock()
            ? new ConvForm.Tiles(WinogradTransform.of(4, 3, 2))
            : new ConvForm.Direct(),
        ConvRule.forward(d));
    // Images much smaller than a tile.
    assertEquals(
        new ConvForm.Direct(),
        ConvRule.forward(new Conv2dDims(2, 64, 6, 6, 36, 3, 3, 2, 2, 1, 1, 1, 1, 1)));
    check(d, random, Choice.AUTO);
    check(new Conv2dDims(1, 260, 9, 8, 200, 3, 3, 2, 2, 1, 1, 1, 1, 1), random, Choice.FOUR);
  }

  /** Where it pays: what a batch of images is convolved with first. */
  @Test
  void firstLayers() {
    ConvRule.choose(Choice.AUTO);
    Conv2dDims d = new Conv2dDims(2, 3, 35, 35, 64, 7, 7, 2, 2, 3, 3, 1, 1, 1);
    // Without generated kernels its blocks would not be fast.
    assertEquals(
        BlockKernels.anyBlock()
            ? new ConvForm.Phases(WinogradTransform.of(4, 4))
            : new ConvForm.Direct(),
        ConvRule.forward(d));
    check(d, new Random(11));
    check(new Conv2dDims(2, 3, 31, 39, 96, 11, 11, 4, 4, 2, 2, 1, 1, 1), new Random(12));
  }

  /** Tiles of 2x2 pixels of dy with the lanes over images, in several pieces and tasks. */
  @Test
  void weightsOfFirstLayers() {
    Conv2dDims d = dims(3, Lanes.L + 1, 3, 20, 14, 70, 1, 1);
    assertEquals(
        BlockKernels.anyBlock() && Lanes.REGISTERS >= 32, ConvWeightGradientByTiles.serves(d));
    check(d, new Random(16), Choice.AUTO);
    check(dims(3, 1, 3, 4, 6, 5, 0, 0), new Random(17), Choice.AUTO);
    check(dims(3, 2, 3, 2, 4, 7, 2, 1), new Random(18), Choice.AUTO);
  }

  /** Along the rows, where channels are few: edges, paddings, blocks of rows, a bias. */
  @Test
  void rows() {
    ConvRule.choose(Choice.AUTO);
    Conv2dDims lenet = dims(5, 2, 6, 14, 14, 16, 0, 0);
    ConvForm form = new ConvForm.Rows(WinogradTransform.of(4, 5));
    ConvForm direct = new ConvForm.Direct();
    assertEquals(BlockKernels.anyBlock() ? form : direct, ConvRule.forward(lenet));
    assertEquals(BlockKernels.anyBlock() ? form : direct, ConvRule.backwardInput(lenet));
    assertEquals(direct, ConvRule.forward(dims(5, 2, 1, 14, 14, 16, 0, 0)));
    assertEquals(direct, ConvRule.forward(dims(5, 2, 6, 14, 6, 16, 0, 0)));
    check(lenet, new Random(19), Choice.AUTO);
    check(dims(3, Lanes.L + 1, 16, 9, 11, 20, 1, 1), new Random(20), Choice.AUTO);
    check(dims(5, 1, 3, 7, 8, 20, 4, 3), new Random(21), Choice.AUTO);
    check(dims(4, 3, 20, 100, 9, 20, 1, 2), new Random(22), Choice.AUTO);
  }

  /** Tiles of four rows: clipped ones, pieces of an image, any number of output channels. */
  @Test
  void fewChannels() {
    ConvRule.choose(Choice.AUTO);
    Conv2dDims d = dims(3, Lanes.L + 1, 3, 23, 14, 70, 1, 1);
    boolean possible = BlockKernels.anyBlock() && Lanes.REGISTERS >= 32;
    assertEquals(possible ? new ConvForm.Columns() : new ConvForm.Direct(), ConvRule.forward(d));
    check(d, new Random(19), Choice.AUTO);
    check(dims(3, 3, 2, 14, 3, 6, 0, 0), new Random(20), Choice.AUTO);
    check(dims(3, 1, 1, 8, 9, 15, 4, 5), new Random(21), Choice.AUTO);
    check(dims(3, 1, 3, 15, 1, 8, 1, 1), new Random(22), Choice.AUTO);
    check(dims(3, 1, 3, 14, 600, 8, 1, 0), new Random(23), Choice.AUTO);
  }

  /** Images that tiles of 5x5 fill better. */
  @Test
  void tilesOfFive() {
    ConvRule.choose(Choice.AUTO);
    ConvForm four = new ConvForm.Tiles(WinogradTransform.of(4, 3));
    ConvForm five = new ConvForm.Tiles(WinogradTransform.of(5, 3));
    Conv2dDims d = dims(3, Lanes.L + 1, 32, 13, 14, 40, 1, 1);
    assertEquals(five, ConvRule.forward(d));
    assertEquals(five, ConvRule.backwardWeight(d));
    assertEquals(four, ConvRule.forward(dims(3, 1, 32, 16, 15, 32, 1, 1)));
    check(d, new Random(14), Choice.AUTO);
    check(dims(3, 2, 33, 7, 8, 32, 0, 2), new Random(15), Choice.AUTO);
  }

  /** So many channels that the stages run one after the other. */
  @Test
  void manyChannels() {
    check(dims(3, 2, 300, 5, 6, 230, 1, 1), new Random(5));
    check(dims(3, 2, 520, 4, 4, 16, 1, 1), new Random(6));
    check(dims(5, 2, 70, 9, 5, 160, 2, 2), new Random(7));
  }

  @Test
  void settings() {
    assertEquals(Choice.AUTO, ConvRule.parsed(null, " "));
    assertEquals(Choice.OFF, ConvRule.parsed("off", "4"));
    assertEquals(Choice.FOUR, ConvRule.parsed("", "4"));
    assertEquals(Choice.TWO, ConvRule.parsed("2", null));
    IllegalArgumentException wrong =
        assertThrows(IllegalArgumentException.class, () -> ConvRule.parsed("3", null));
    assertEquals("lanewise.conv.winograd is '3'; expected off, 2, 4 or auto.", wrong.getMessage());
  }

  private static Conv2dDims dims(int taps, int n, int c, int h, int w, int k, int padH, int padW) {
    return new Conv2dDims(n, c, h, w, k, taps, taps, 1, 1, padH, padW, 1, 1, 1);
  }

  private static void check(Conv2dDims d, Random random) {
    check(d, random, Choice.TWO, Choice.FOUR);
  }

  private static void check(Conv2dDims d, Random random, Choice... choices) {
    int inputs = d.N() * d.C() * d.H() * d.W();
    int outputs = d.N() * d.K() * d.OH() * d.OW();
    Place x = Place.random(inputs, random);
    Place w = Place.random((long) d.R() * d.S() * d.K() * d.C(), random);
    Place bias = Place.random(d.K(), random);
    Place dy = Place.random(outputs, random);
    ScalarConv2d expected =
        new ScalarConv2d(d, x.toArray(), w.toArray(), bias.toArray(), dy.toArray());
    Place xLanes = Place.floats((long) Lanes.roundUp(d.N()) * inputs / d.N());
    Place dyLanes = Place.floats((long) Lanes.roundUp(d.N()) * outputs / d.N());
    Reorder.toLanes(x, xLanes, d.N(), d.C(), d.H(), d.W());
    Reorder.toLanes(dy, dyLanes, d.N(), d.K(), d.OH(), d.OW());
    Place yLanes = Place.floats((long) Lanes.roundUp(d.N()) * outputs / d.N());
    Place dxLanes = Place.floats((long) Lanes.roundUp(d.N()) * inputs / d.N());
    Place y = Place.floats(outputs);
    Place dx = Place.floats(inputs);
    Place dw = Place.floats(w.toArray().length);
    for (Choice choice : choices) {
      ConvRule.choose(choice);
      String what = "F(" + choice + ") of " + d;
      Conv2dKernel.forward(xLanes, w, bias, yLanes, d);
      Reorder.fromLanes(yLanes, y, d.N(), d.K(), d.OH(), d.OW());
      assertClose(expected.y, y.toArray(), what + ": y");
      Conv2dKernel.backwardInput(dyLanes, w, dxLanes, d);
      Reorder.fromLanes(dxLanes, dx, d.N(), d.C(), d.H(), d.W());
      assertClose(expected.dx, dx.toArray(), what + ": dx");
      Conv2dKernel.backwardWeight(xLanes, dyLanes, dw, d);
      assertClose(expected.dw, dw.toArray(), what + ": dw");
    }
  }

  private static void assertClose(double[] expected, float[] found, String what) {
    assertEquals(expected.length, found.length, what);
    double largest = 1;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < found.length; i++) {
      int at = i;
      assertEquals(expected[i], found[i], 2e-5 * largest, () -> what + ", element " + at);
    }
  }
}
