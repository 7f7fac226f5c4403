package dev.lanewise.model;

import dev.lanewise.nn.AdaptiveAvgPool2d;
import dev.lanewise.nn.BatchNorm2d;
import dev.lanewise.nn.Conv2d;
import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.Flatten;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.Sequential;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;

/**
 * The network of Sandler et al., <i>MobileNetV2: Inverted Residuals and Linear Bottlenecks</i>
 * (2018), with the names of torchvision.
 */
final class MobileNetV2 {
  private static final int LAST = 1280;

  private MobileNetV2() {}

  /** Table 2 of the paper: so many blocks, the first one with the stride. */
  private record Stage(int expansion, int outputs, int blocks, int stride) {}

  private static final Stage[] STAGES = {
    new Stage(1, 16, 1, 1),
    new Stage(6, 24, 2, 2),
    new Stage(6, 32, 3, 2),
    new Stage(6, 64, 4, 2),
    new Stage(6, 96, 3, 1),
    new Stage(6, 160, 3, 2),
    new Stage(6, 320, 1, 1),
  };

  static Layer create(int classes, Generator random) {
    int channels = 32;
    Sequential features = new Sequential(normed(3, channels, 3, 2, 1, random));
    for (Stage stage : STAGES) {
      for (int i = 0; i < stage.blocks; i++) {
        int stride = i == 0 ? stage.stride : 1;
        features.add(
            new InvertedResidual(channels, stage.outputs, stride, stage.expansion, random));
        channels = stage.outputs;
      }
    }
    features.add(normed(channels, LAST, 1, 1, 1, random));
    Linear linear = new Linear(LAST, classes, random);
    Init.normal(linear.weight(), 0, 0.01, random);
    linear.bias().ifPresent(Init::zeros);
    return new Sequential()
        .add("features", features)
        .add("avgpool", new AdaptiveAvgPool2d(1))
        .add("flatten", new Flatten())
        .add("classifier", new Sequential(new Dropout(0.2f, random), linear));
  }

  private static Conv2d convolution(
      int inputs, int outputs, int kernel, int stride, int groups, Generator random) {
    Conv2d convolution =
        new Conv2d(
            inputs,
            outputs,
            kernel,
            dev.lanewise.op.Conv2d.standard().stride(stride).padding(kernel / 2).groups(groups),
            false,
            random);
    Init.kaimingNormal(convolution.weight(), 0, Init.Fan.OUT, random);
    return convolution;
  }

  /** Convolution, batch norm, min(max(x, 0), 6). */
  private static Sequential normed(
      int inputs, int outputs, int kernel, int stride, int groups, Generator random) {
    return new Sequential(
        convolution(inputs, outputs, kernel, stride, groups, random),
        new BatchNorm2d(outputs).withReLU6());
  }

  /**
   * To more channels by 1×1, 3×3 on each channel alone, and back by 1×1 without activation; the
   * input is added where it has the shape of the output.
   */
  private static final class InvertedResidual extends Layer {
    private final Sequential conv;
    private final boolean adds;

    InvertedResidual(int inputs, int outputs, int stride, int expansion, Generator random) {
      int hidden = inputs * expansion;
      conv = child("conv", new Sequential());
      if (expansion > 1) {
        conv.add(normed(inputs, hidden, 1, 1, 1, random));
      }
      conv.add(normed(hidden, hidden, 3, stride, hidden, random))
          .add(convolution(hidden, outputs, 1, 1, 1, random))
          .add(new BatchNorm2d(outputs));
      adds = stride == 1 && inputs == outputs;
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor y = conv.call(x);
      return adds ? x.add(y) : y;
    }
  }
}
