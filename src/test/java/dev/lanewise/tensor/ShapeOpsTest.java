package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.op.Window;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of the shape operations that are composed of others; their parts are in the catalogue. */
class ShapeOpsTest {
  private static Tensor range(int... dims) {
    float[] values = new float[(int) Shape.of(dims).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return Tensor.of(values, dims);
  }

  private static void assertIs(Tensor found, int[] shape, float... values) {
    assertEquals(Shape.of(shape), found.shape());
    assertArrayEquals(values, found.toArray(), 1e-6f, () -> Arrays.toString(found.toArray()));
  }

  @Test
  void slicesRunBackwardsWithANegativeStep() {
    Tensor x = range(5);
    assertIs(x.slice(0, 4, 0, -2), new int[] {2}, 4, 2);
    assertIs(x.slice(0, -1, Integer.MIN_VALUE, -2), new int[] {3}, 4, 2, 0);
    assertIs(x.slice(0, 1, 3, -1), new int[] {0});
    assertIs(x.flip(0), new int[] {5}, 4, 3, 2, 1, 0);
  }

  @Test
  void flippedViewsAreReadByEveryKindOfKernel() {
    Tensor x = range(3, 4).flip(0, 1);
    assertIs(x.add(x), new int[] {3, 4}, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    assertIs(x.sum(1), new int[] {3}, 38, 22, 6);
    assertIs(x.matmul(Tensor.ones(4, 1)), new int[] {3, 1}, 38, 22, 6);
    assertIs(x.relu().select(0, 0), new int[] {4}, 11, 10, 9, 8);
    assertIs(x.transpose(0, 1).exp().log().select(1, 2), new int[] {4}, 3, 2, 1, 0);
  }

  @Test
  void repeatsAndRolls() {
    Tensor x = range(2, 2);
    assertIs(x.repeat(2, 1, 2).select(0, 1), new int[] {2, 4}, 0, 1, 0, 1, 2, 3, 2, 3);
    assertIs(x.tile(2), new int[] {2, 4}, 0, 1, 0, 1, 2, 3, 2, 3);
    assertIs(x.repeatInterleave(2, 0), new int[] {4, 2}, 0, 1, 0, 1, 2, 3, 2, 3);
    assertIs(range(5).roll(2, 0), new int[] {5}, 3, 4, 0, 1, 2);
    assertIs(range(5).roll(-6, 0), new int[] {5}, 1, 2, 3, 4, 0);
    assertIs(x.rot90(1, 0, 1), new int[] {2, 2}, 1, 3, 0, 2);
    assertIs(x.rot90(-1, 0, 1), new int[] {2, 2}, 2, 0, 3, 1);
  }

  @Test
  void splitsAndMoves() {
    Tensor x = range(5, 2);
    List<Tensor> parts = x.split(2, 0);
    assertEquals(3, parts.size());
    assertIs(parts.get(2), new int[] {1, 2}, 8, 9);
    assertIs(x.chunk(2, 0).get(1), new int[] {2, 2}, 6, 7, 8, 9);
    assertIs(x.split(new int[] {1, 4}, 0).get(0), new int[] {1, 2}, 0, 1);
    assertIs(x.unbind(1).get(1), new int[] {5}, 1, 3, 5, 7, 9);
    assertEquals(Shape.of(3, 4, 2), range(2, 3, 4).movedim(0, -1).shape());
    assertEquals(Shape.of(2, 3, 2, 2), range(2, 3, 4).unflatten(2, 2, -1).shape());
    assertEquals(Shape.of(3), range(1, 3, 1).squeeze().shape());
    assertIs(range(3).diag(1).select(0, 1), new int[] {4}, 0, 0, 1, 0);
    assertIs(range(3, 3).trace(), new int[] {}, 12);
  }

  @Test
  void framesContinueTheTensor() {
    Tensor x = range(1, 1, 4);
    assertIs(x.pad(1, 2), new int[] {1, 1, 7}, 0, 0, 1, 2, 3, 0, 0);
    assertIs(x.pad(-1, 1), new int[] {1, 1, 4}, 1, 2, 3, 0);
    assertIs(x.pad(PadMode.REFLECT, 0, 3, 2), new int[] {1, 1, 9}, 3, 2, 1, 0, 1, 2, 3, 2, 1);
    assertIs(x.pad(PadMode.REPLICATE, 0, 2, 1), new int[] {1, 1, 7}, 0, 0, 0, 1, 2, 3, 3);
    assertIs(x.pad(PadMode.CIRCULAR, 0, 1, 2), new int[] {1, 1, 7}, 3, 0, 1, 2, 3, 0, 1);
    assertThrows(IllegalArgumentException.class, () -> x.pad(PadMode.REFLECT, 0, 4, 0));
    assertThrows(IllegalArgumentException.class, () -> x.pad(1));
  }

  @Test
  void imagesAreRearranged() {
    Tensor x = range(1, 4, 1, 2);
    assertIs(x.pixelShuffle(2), new int[] {1, 1, 2, 4}, 0, 2, 1, 3, 4, 6, 5, 7);
    assertIs(x.pixelShuffle(2).pixelUnshuffle(2), new int[] {1, 4, 1, 2}, x.toArray());
    assertIs(x.channelShuffle(2), new int[] {1, 4, 1, 2}, 0, 1, 4, 5, 2, 3, 6, 7);
  }

  @Test
  void columnsTimesWeightsAreAConvolution() {
    Generator random = new Generator(3);
    Tensor x = random.normal(Shape.of(2, 3, 6, 5), 0, 1);
    Tensor w = random.normal(Shape.of(4, 3, 3, 2), 0, 1);
    var conv = new dev.lanewise.op.Conv2d(2, 1, 1, 0, 1, 2, 1);
    Tensor expected = x.conv2d(w, null, conv);
    Window window = new Window(3, 2, 2, 1, 1, 0, 1, 2, false);
    Tensor columns = x.unfold(window);
    Tensor y = w.reshape(4, -1).matmul(columns).reshapeAs(expected);
    assertArrayEquals(expected.toArray(), y.toArray(), 1e-5f);
    // <unfold x, c> = <x, fold c>
    Tensor c = random.normal(columns.shape(), 0, 1);
    float left = columns.mul(c).sum().item();
    assertEquals(left, x.mul(c.fold(6, 5, window)).sum().item(), 1e-4f * Math.abs(left));
  }

  @Test
  void imagesAreResized() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2);
    assertIs(
        x.interpolate(Interpolation.NEAREST, false, 3, 4),
        new int[] {1, 1, 3, 4},
        1,
        1,
        2,
        2,
        1,
        1,
        2,
        2,
        3,
        3,
        4,
        4);
    // torch.nn.functional.interpolate(x, size=(4, 4), mode="bilinear", align_corners=...)
    assertIs(
        x.interpolate(Interpolation.LINEAR, false, 4, 4),
        new int[] {1, 1, 4, 4},
        1,
        1.25f,
        1.75f,
        2,
        1.5f,
        1.75f,
        2.25f,
        2.5f,
        2.5f,
        2.75f,
        3.25f,
        3.5f,
        3,
        3.25f,
        3.75f,
        4);
    assertIs(
        x.upsample(Interpolation.LINEAR, true, 2).select(2, 1),
        new int[] {1, 1, 4},
        1.6666667f,
        2,
        2.3333333f,
        2.6666667f);
    assertIs(
        range(1, 1, 6).interpolate(Interpolation.AREA, false, 4),
        new int[] {1, 1, 4},
        0.5f,
        1.5f,
        3.5f,
        4.5f);
    Tensor ramp = range(1, 1, 8).interpolate(Interpolation.CUBIC, true, 8);
    assertIs(ramp, new int[] {1, 1, 8}, 0, 1, 2, 3, 4, 5, 6, 7);
  }

  /** What is periodic stays so: long images repeat what short ones have, away from the ends. */
  @ParameterizedTest
  @EnumSource(Interpolation.class)
  void longImagesAreResizedAsShortOnes(Interpolation mode) {
    Tensor period = Tensor.of(new float[] {3, -1, 4, 1, -5, 9, 2, -6}, 1, 1, 8, 1);
    Tensor few = period.repeat(1, 1, 4, 2).requireGrad();
    Tensor many = period.repeat(1, 1, 500, 2).requireGrad();
    for (int[] size : new int[][] {{12, 3}, {4, 2}, {6, 2}}) {
      Tensor some = few.interpolate(mode, false, 4 * size[0], size[1]);
      Tensor all = many.interpolate(mode, false, 500 * size[0], size[1]);
      assertEquals(Shape.of(1, 1, 500 * size[0], size[1]), all.shape());
      int inside = 2 * size[0];
      for (int copy : new int[] {1, 200, 498}) {
        assertArrayEquals(
            some.slice(2, inside, inside + size[0]).toArray(),
            all.slice(2, copy * size[0], (copy + 1) * size[0]).toArray(),
            1e-5f);
      }
      some.sum().backward();
      all.sum().backward();
      assertArrayEquals(
          Objects.requireNonNull(few.grad()).slice(2, 16, 24).toArray(),
          Objects.requireNonNull(many.grad()).slice(2, 2000, 2008).toArray(),
          1e-5f);
      few.zeroGrad();
      many.zeroGrad();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
  void compositionsHaveDerivatives(int which) {
    List<UnaryOperator<Tensor>> functions =
        List.of(
            x -> x.pad(PadMode.REFLECT, 0, 1, 1, 2, 0),
            x -> x.pad(PadMode.CIRCULAR, 0, 1, 1).repeat(1, 1, 2, 1),
            x -> x.interpolate(Interpolation.LINEAR, false, 5, 7),
            x -> x.interpolate(Interpolation.NEAREST, false, 5, 2),
            x -> x.unfold(new Window(2, 2, 1, 1, 1, 1, 1, 1, false)),
            x -> x.flatten(2, 3).fold(2, 2, Window.of(1)).roll(1, 1),
            x -> x.topk(2, 3, true).values());
    UnaryOperator<Tensor> f = functions.get(which);
    Shape shape = which == 5 ? Shape.of(2, 3, 2, 2) : Shape.of(2, 1, 3, 4);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 7 % values.length - 9) * 0.2f;
    }
    GradientCheck check = GradientCheck.standard();
    check.first("f", in -> f.apply(in.get(0)), List.of(values), List.of(shape));
    check.second("f", in -> f.apply(in.get(0).mul(in.get(0))), List.of(values), List.of(shape));
  }
}
