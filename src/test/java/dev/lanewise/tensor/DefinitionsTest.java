package dev.lanewise.tensor;

import static dev.lanewise.tensor.Definition.table;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.op.Conv2d;
import dev.lanewise.op.Window;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compositions against their definitions in double precision, and their derivatives. */
class DefinitionsTest {

  private static final Set<String> NOT_SMOOTH = Set.of("corrcoef", "meshgrid", "heaviside");

  private static Map<String, Definition> definitions() {
    Map<String, Definition> all = TensorDefinitions.all();
    all.putAll(LossDefinitions.all());
    return all;
  }

  static List<String> names() {
    return List.copyOf(definitions().keySet());
  }

  /** Sizes from 0.3 to 0.85 in the first, 1.2 to 1.75 in the second, no two of a row alike. */
  private static float[] values(Random random, int input) {
    float[] x = new float[12];
    for (int i = 0; i < x.length; i++) {
      float size = 0.3f + 0.9f * input + 0.05f * ((i * 7 + 3 * input) % 12);
      x[i] = random.nextBoolean() ? size : -size;
    }
    return x;
  }

  @ParameterizedTest
  @MethodSource("names")
  void valuesAndDerivativesAreThoseOfTheDefinition(String name) {
    Random random = new Random(3);
    List<float[]> inputs = List.of(values(random, 0), values(random, 1));
    Definition definition = Objects.requireNonNull(definitions().get(name));
    List<Tensor> tensors = inputs.stream().map(x -> Tensor.of(x, 3, 4)).toList();
    float[] found = definition.function().apply(tensors).toArray();
    double[] expected =
        definition
            .value()
            .apply(
                Definition.table(12, i -> inputs.getFirst()[i]),
                Definition.table(12, i -> inputs.getLast()[i]));
    assertEquals(expected.length, found.length);
    for (int i = 0; i < found.length; i++) {
      assertEquals(expected[i], found[i], 2e-6 + 4e-6 * Math.abs(expected[i]), name + " " + i);
    }
    if (NOT_SMOOTH.contains(name)) {
      return;
    }
    List<Shape> shapes = List.of(Shape.of(3, 4), Shape.of(3, 4));
    GradientCheck check = new GradientCheck(5e-3f, 2e-2, 3, 1);
    check.first(name, definition.function(), inputs, shapes);
    check.second(name, definition.function(), inputs, shapes);
  }

  @Test
  void whatIsNotANumberDoesNotCount() {
    Tensor x = Tensor.of(new float[] {1, Float.NaN, 3, 5, Float.NaN, Float.NaN}, 2, 3);
    assertArrayEquals(new float[] {4, 5}, x.nansum(1).toArray());
    assertArrayEquals(new float[] {2, 5}, x.nanmean(1).toArray());
  }

  @Test
  void modeIsTheLeastOfTheMostFrequent() {
    Tensor x = Tensor.of(new float[] {3, 1, 3, 1, 2, 2, 5, 2}, 2, 4);
    IndexOps.Sorted mode = x.mode(1);
    assertArrayEquals(new float[] {1, 2}, mode.values().toArray());
    assertArrayEquals(new long[] {3, 3}, mode.indices().toLongArray());
  }

  @Test
  void renormShortensOnlyWhatIsNamedAndTooLong() {
    Tensor table = Tensor.of(new float[] {3, 4, 0.3f, 0.4f, 6, 8}, 3, 2);
    table.renormRows(Tensor.ofLongs(new long[] {0, 1, 0}, 3), 1, 2);
    assertArrayEquals(new float[] {0.6f, 0.8f, 0.3f, 0.4f, 6, 8}, table.toArray(), 1e-6f);
  }

  @Test
  void adaptiveMaximaCoverWindowsOfSeveralSizes() {
    Tensor x = Tensor.of(new float[] {5, 1, 2, 4, 3, 9, 8, 7, 6, 0}, 2, 5).requireGrad();
    Tensor y = x.adaptiveMaxPool1d(3); // windows 0-1, 1-3, 3-4
    assertArrayEquals(new float[] {5, 4, 4, 9, 8, 6}, y.toArray());
    y.sum().backward();
    assertArrayEquals(
        new float[] {1, 0, 0, 2, 0, 1, 1, 0, 1, 0}, Objects.requireNonNull(x.grad()).toArray());
    Tensor more = x.slice(0, 0, 1).adaptiveMaxPool1d(8); // windows of one or two elements
    assertArrayEquals(new float[] {5, 5, 1, 2, 4, 4, 4, 3}, more.toArray());
    int many = 1_000_003; // indices of several pieces
    Tensor stretched = x.slice(0, 0, 1).slice(1, 0, 3).adaptiveMaxPool1d(many);
    float[] values = stretched.toArray();
    for (int i = 0; i < many; i++) {
      boolean five = 3L * i < many;
      assertEquals(five ? 5 : 3L * (i + 1) <= 2L * many ? 1 : 2, values[i], "window " + i);
    }
  }

  @Test
  void moreSectionsThanElementsAreEmpty() {
    Tensor x = Tensor.of(new float[] {1, 2, 3}, 3);
    List<Tensor> pieces = x.tensorSplit(1 << 30, 0);
    assertEquals(1 << 30, pieces.size());
    assertEquals(3, pieces.get(2).item());
    assertEquals(Shape.of(0), pieces.getLast().shape());
    assertThrows(IndexOutOfBoundsException.class, () -> pieces.get(1 << 30));
    assertEquals(Shape.of(0), x.slice(0, 0, 0).tensorSplit(2, 0).getFirst().shape());
  }

  @Test
  void errorsNameWhatWasFound() {
    Tensor x = Tensor.ones(2, 3);
    assertThrows(IllegalArgumentException.class, () -> x.matrixPower(2));
    assertThrows(IllegalArgumentException.class, () -> x.quantile(1.5f, 1));
    assertThrows(IllegalArgumentException.class, () -> x.cross(x, 0));
    assertThrows(IllegalArgumentException.class, () -> x.tensorSplit(0, 0));
    assertThrows(IllegalArgumentException.class, () -> x.adaptiveMaxPool2d(1, 1));
    assertThrows(IllegalArgumentException.class, () -> x.adaptiveMaxPool1d(1 << 30));
    int[] ones = {1, 1, 1};
    Tensor flat = Tensor.ones(1, 1, 1, 2, 2);
    Tensor deep = Tensor.ones(1, 1, 2, 2, 2);
    assertThrows(
        IllegalArgumentException.class, () -> x.conv3d(x, null, ones, new int[3], ones, 1));
    assertThrows(
        IllegalArgumentException.class, () -> flat.conv3d(deep, null, ones, new int[3], ones, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> x.scatterReduce(0, Tensor.ones(2, 3), x, ScatterMode.SUM, true));
    assertThrows(IllegalArgumentException.class, () -> x.bilinear(x, x, null));
    assertThrows(
        IllegalArgumentException.class, () -> x.ctc(x, new long[1], new long[1], 0, Reduction.SUM));
    Tensor bags = Tensor.ofLongs(new long[] {0, 5}, 2);
    Tensor index = Tensor.ofLongs(new long[] {0, 1}, 2);
    assertThrows(IllegalArgumentException.class, () -> x.embeddingBag(index, bags, Reduction.SUM));
  }

  @Test
  void equalsShareTheGradientOfAmax() {
    Tensor x = Tensor.of(new float[] {1, 3, 3, 2, 3}, 5).requireGrad();
    x.amaxKeep().sum().backward();
    float third = 1 / 3f;
    assertArrayEquals(new float[] {0, third, third, 0, third}, x.grad().toArray(), 1e-6f);
    assertEquals(Float.NaN, Tensor.of(new float[] {1, Float.NaN}, 2).aminKeep().item());
  }

  /** Windows of 2x2 with a stride of 2 and padding of 1: the places of PyTorch's indices. */
  @Test
  void maximaSayWhereTheyStood() {
    Tensor x = Tensor.of(new float[] {1, 5, 5, 2, 7, 0, 3, 3, Float.NaN}, 1, 1, 3, 3);
    IndexOps.Sorted both = x.maxPool2dWithIndices(new Window(2, 2, 2, 2, 1, 1, 1, 1, false));
    assertArrayEquals(new long[] {0, 1, 6, 8}, both.indices().toLongArray());
    assertArrayEquals(new float[] {1, 5, 3, Float.NaN}, both.values().toArray());
  }

  /** With dilation the output padding may exceed the stride: what it adds is the bias. */
  @Test
  void outputPaddingBeyondTheStride() {
    Tensor x = Tensor.of(new float[] {1, 2}, 1, 1, 2);
    Tensor w = Tensor.of(new float[] {1, 10}, 1, 1, 2);
    Tensor bias = Tensor.of(new float[] {100}, 1);
    Conv2d dilated = Conv2d.row(1, 0, 3, 1);
    Tensor y = x.convTranspose1d(w, bias, dilated, 2);
    assertArrayEquals(new float[] {101, 102, 100, 110, 120, 100, 100}, y.toArray());
  }
}
