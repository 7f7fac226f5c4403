package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Layer;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Few images where nothing is recorded lie as [N][H][W][C] from a convolution on: the same values
 * as in batch lanes, and plain tensors to users.
 */
class FewImagesTest {
  private static final int CHANNELS = 2 * Lanes.L;

  private final Random random = new Random(8);

  private Tensor normal(int... dims) {
    int size = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, dims);
  }

  /** A convolution, and what follows it: recorded, so in batch lanes, and not recorded. */
  private void same(String what, boolean kept, UnaryOperator<Tensor> rest) {
    try (Scope scope = Scope.open()) {
      Tensor x = normal(1, 5, 9, 7);
      Tensor w = normal(CHANNELS, 5, 3, 3).requireGrad();
      UnaryOperator<Tensor> all =
          input -> rest.apply(input.conv2d(w, null, Conv2d.standard().padding(1)));
      Tensor expected = all.apply(x);
      Tensor found = Tape.noGrad(() -> all.apply(x));
      assertEquals(expected.shape(), found.shape(), what);
      assertClose(expected.toArray(), found.toArray(), what);
      assertEquals(kept, found.channelsLast(), what);
    }
  }

  /** Sums are rounded in another order, and Winograd's tiles are less exact. */
  private static void assertClose(float[] expected, float[] found, String what) {
    float size = 0;
    for (float value : expected) {
      size = Math.max(size, Math.abs(value));
    }
    assertTrue(size > 0, what);
    assertArrayEquals(expected, found, 1e-4f * size, what);
  }

  @Test
  void operationsKeepTheOrder() {
    try (Scope scope = Scope.open()) {
      Tensor c = normal(CHANNELS);
      Tensor mean = normal(CHANNELS);
      Tensor variance = normal(CHANNELS).square();
      Tensor plain = normal(1, CHANNELS, 9, 7);
      BatchNorm norm = new BatchNorm(false, 0, 1e-5f, Rectifier.RELU);
      same("conv2d", true, y -> y);
      same("conv2d twice", true, y -> y.conv2d(normalOnce(), null, Conv2d.standard().stride(2)));
      same("batchNorm", true, y -> Tensor.apply(norm, y, c, c, mean, variance));
      same("residual", true, y -> Tensor.apply(norm, y, c, c, mean, variance, y));
      same("plain residual", true, y -> Tensor.apply(norm, y, c, c, mean, variance, plain));
      same("relu", true, Tensor::relu);
      same("add", true, y -> y.add(y.relu()));
      same("add a plain tensor", true, y -> plain.add(y));
      same("maxPool2d", true, y -> Tensor.apply(new MaxPool2d(Window.of(3, 2).padding(1)), y));
      same("avgPool2d", true, y -> Tensor.apply(new AvgPool2d(Window.of(2), true, 0), y));
      same("adaptiveAvgPool2d", true, y -> Tensor.apply(new AdaptiveAvgPool2d(3, 2), y));
      same("one pixel", false, y -> Tensor.apply(new AdaptiveAvgPool2d(1, 1), y));
    }
  }

  private static Tensor normalOnce() {
    return new FewImagesTest().normal(3 * Lanes.L, CHANNELS, 2, 2);
  }

  @Test
  void everythingElseSeesAPlainTensor() {
    try (Scope scope = Scope.open()) {
      Tensor channels = normal(1, CHANNELS, 1, 1);
      Tensor depthwise = normal(CHANNELS, 1, 3, 3);
      same("flatten", false, Tensor::flatten);
      same("sum", false, Tensor::sum);
      same("mean of pixels", false, y -> y.mean(2, 3));
      same("slice", false, y -> y.slice(1, 1, 9).slice(3, 2, 6).relu());
      same("broadcast", false, y -> y.mul(channels));
      same("permute", false, y -> y.permute(0, 2, 3, 1).reshape(-1, CHANNELS));
      same("softmax", false, y -> y.softmax(1));
      same("depthwise", false, y -> y.conv2d(depthwise, null, Conv2d.standard().groups(CHANNELS)));
    }
  }

  /** Columns times channels exceed an int far outside the image. */
  @Test
  void paddingOfAnySize() {
    int far = 1 << 28;
    try (Scope scope = Scope.open()) {
      Tensor x = normal(1, CHANNELS, 2, 2);
      Tensor w = normal(CHANNELS, CHANNELS, 1, 1);
      Conv2d conv = Conv2d.standard().stride(far).padding(far);
      float[] found = Tape.noGrad(() -> x.conv2d(w, null, conv)).toArray();
      float[] centre = Tape.noGrad(() -> x.conv2d(w, null, Conv2d.standard())).toArray();
      float[] expected = new float[9 * CHANNELS];
      for (int k = 0; k < CHANNELS; k++) {
        expected[9 * k + 4] = centre[4 * k];
      }
      assertArrayEquals(expected, found);
    }
  }

  @Test
  void aChangedWeightCountsAtOnce() {
    try (Scope scope = Scope.open()) {
      Tensor x = normal(1, 3, 6, 6);
      Tensor w = normal(CHANNELS, 3, 3, 3).requireGrad();
      float[] first = forward(x, w);
      assertArrayEquals(first, forward(x, w));
      x.conv2d(w, null, Conv2d.standard()).sum().backward();
      new Sgd(Map.of("w", w), 0.1f, 0).step();
      float[] second = forward(x, w);
      assertNotEquals(first[0], second[0]);
      w.copyFrom(new float[(int) w.size()]);
      assertArrayEquals(new float[first.length], forward(x, w));
      // Two weights in one place.
      Tensor both = normal(2 * CHANNELS, 3, 3, 3);
      float[] half = forward(x, both.slice(0, 0, CHANNELS));
      float[] other = forward(x, both.slice(0, CHANNELS, 2 * CHANNELS));
      assertArrayEquals(half, forward(x, both.slice(0, 0, CHANNELS)));
      assertNotEquals(half[0], other[0]);
    }
  }

  private static float[] forward(Tensor x, Tensor w) {
    return Tape.noGrad(() -> x.conv2d(w, null, Conv2d.standard())).toArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"vgg-small", "resnet18-cifar"})
  void aNetworkSaysTheSameToOneImageAsToMany(String name) {
    Layer network = Models.create(name, new Generator(2)).network();
    network.train(false);
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.noGrad()) {
      Tensor images = normal(Lanes.L, 3, 32, 32);
      Tensor many = network.call(images);
      Tensor one = network.call(images.slice(0, 0, 1));
      int classes = many.shape().dim(1);
      float[] expected = Arrays.copyOf(many.toArray(), classes);
      float[] found = one.toArray();
      assertClose(expected, found, name);
    }
  }
}
