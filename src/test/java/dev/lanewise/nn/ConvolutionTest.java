package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.op.Conv2d;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Convolution of sequences, and transposed convolution, as layers. */
class ConvolutionTest {
  private final Generator random = new Generator(1);

  @Test
  void sequences() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5}, 1, 5);
    Tensor w = Tensor.of(new float[] {1, 0, -1}, 1, 1, 3);
    Tensor bias = Tensor.of(new float[] {0.5f}, 1);
    assertArrayEquals(
        new float[] {-1.5f, -1.5f, -1.5f}, x.conv1d(w, bias, Conv2d.row(1, 0, 1, 1)).toArray());
    assertArrayEquals(new float[] {-2, -2, 4}, x.conv1d(w, null, Conv2d.row(2, 1, 1, 1)).toArray());
    // 2 and 3, spread by stride 2, each times (1, 0, -1), and one column more.
    Tensor two = Tensor.of(new float[] {2, 3}, 1, 1, 2);
    assertArrayEquals(
        new float[] {2, 0, 1, 0, -3, 0},
        two.convTranspose1d(w, null, Conv2d.row(2, 0, 1, 1), 1).toArray());
  }

  @Test
  void shapesAreThoseOfPyTorch() {
    Conv1d conv = new Conv1d(4, 6, 3, Conv2d.row(2, 1, 1, 2), true, random);
    assertEquals(Shape.of(6, 2, 3), conv.weight().shape());
    assertEquals(Shape.of(5, 6, 4), conv.forward(Tensor.zeros(5, 4, 8)).shape());
    ConvTranspose1d back = new ConvTranspose1d(6, 4, 3, Conv2d.row(2, 1, 1, 2), 1, true, random);
    assertEquals(Shape.of(6, 2, 3), back.weight().shape());
    assertEquals(Shape.of(5, 4, 8), back.forward(Tensor.zeros(5, 6, 4)).shape());
    Conv2d options = Conv2d.standard().stride(2).padding(1);
    ConvTranspose2d up = new ConvTranspose2d(6, 4, 3, options, 1, true, random);
    assertEquals(Shape.of(6, 4, 3, 3), up.weight().shape());
    assertEquals(Shape.of(4), up.bias().orElseThrow().shape());
    assertEquals(Shape.of(2, 4, 10, 8), up.forward(Tensor.zeros(2, 6, 5, 4)).shape());
  }

  @Test
  void volumes() {
    Conv2d options = Conv2d.standard().stride(2).padding(1).groups(2);
    Conv3d conv = new Conv3d(4, 6, 3, options, true, random);
    assertEquals(Shape.of(6, 2, 3, 3, 3), conv.weight().shape());
    assertEquals("4, 6, kernel 3, stride 2, padding 1", conv.attributes());
    // 2 input channels of 27 taps enter each output.
    for (Tensor parameter : conv.parameters().values()) {
      for (float value : parameter.toArray()) {
        assertTrue(Math.abs(value) <= 1 / Math.sqrt(54));
      }
    }
    Tensor x = random.normal(Shape.of(2, 4, 5, 6, 7), 0, 1);
    Tensor y = conv.forward(x);
    assertEquals(Shape.of(2, 6, 3, 3, 4), y.shape());
    int[] two = {2, 2, 2};
    int[] one = {1, 1, 1};
    Tensor bias = conv.bias().orElseThrow();
    assertArrayEquals(x.conv3d(conv.weight(), bias, two, one, one, 2).toArray(), y.toArray());
  }

  @Test
  void errorsSayWhatIsWrong() {
    Tensor x = Tensor.zeros(1, 2, 5);
    Tensor w = Tensor.zeros(3, 2, 3);
    String rows =
        assertThrows(
                IllegalArgumentException.class,
                () -> x.conv1d(w, null, Conv2d.standard().stride(2)))
            .getMessage();
    assertTrue(rows.startsWith("conv1d: the options must be those of a row"), rows);
    String rank =
        assertThrows(
                IllegalArgumentException.class,
                () -> x.conv1d(Tensor.zeros(3, 2), null, Conv2d.standard()))
            .getMessage();
    assertTrue(rank.startsWith("conv1d: weight must have three dimensions"), rank);
  }
}
