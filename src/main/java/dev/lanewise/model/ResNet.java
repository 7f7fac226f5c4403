package dev.lanewise.model;

import dev.lanewise.nn.AdaptiveAvgPool2d;
import dev.lanewise.nn.BatchNorm2d;
import dev.lanewise.nn.Conv2d;
import dev.lanewise.nn.Flatten;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.MaxPool2d;
import dev.lanewise.nn.Sequential;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Residual networks of He et al., <i>Deep Residual Learning for Image Recognition</i> (2016), with
 * torchvision's names and its place of the stride: in the 3×3 convolution of a bottleneck.
 */
final class ResNet {
  /** Values of the four stages before a block widens them. */
  private static final int[] WIDTHS = {64, 128, 256, 512};

  private ResNet() {}

  /** How a stage's blocks are made, and by how much one multiplies its width. */
  private enum Kind {
    BASIC(1) {
      @Override
      Layer block(int inputs, int width, int stride, Generator random) {
        return new BasicBlock(inputs, width, stride, random);
      }
    },
    BOTTLENECK(4) {
      @Override
      Layer block(int inputs, int width, int stride, Generator random) {
        return new Bottleneck(inputs, width, stride, random);
      }
    };

    final int expansion;

    Kind(int expansion) {
      this.expansion = expansion;
    }

    abstract Layer block(int inputs, int width, int stride, Generator random);
  }

  static Layer resNet18(int classes, Generator random) {
    return body(stem(random), Kind.BASIC, classes, random, 2, 2, 2, 2);
  }

  static Layer resNet34(int classes, Generator random) {
    return body(stem(random), Kind.BASIC, classes, random, 3, 4, 6, 3);
  }

  static Layer resNet50(int classes, Generator random) {
    return body(stem(random), Kind.BOTTLENECK, classes, random, 3, 4, 6, 3);
  }

  static Layer resNet18Cifar(int classes, Generator random) {
    return body(smallStem(random), Kind.BASIC, classes, random, 2, 2, 2, 2);
  }

  static Layer resNet34Cifar(int classes, Generator random) {
    return body(smallStem(random), Kind.BASIC, classes, random, 3, 4, 6, 3);
  }

  static Layer resNet50Cifar(int classes, Generator random) {
    return body(smallStem(random), Kind.BOTTLENECK, classes, random, 3, 4, 6, 3);
  }

  /** For images of 32×32: the first convolution is 3×3 and nothing is pooled after it. */
  private static Sequential smallStem(Generator random) {
    return new Sequential()
        .add("conv1", convolution(3, WIDTHS[0], 3, 1, random))
        .add("bn1", new BatchNorm2d(WIDTHS[0]).withReLU());
  }

  /** For images of 224×224: a quarter of the rows and columns goes on. */
  private static Sequential stem(Generator random) {
    return new Sequential()
        .add("conv1", convolution(3, WIDTHS[0], 7, 2, random))
        .add("bn1", new BatchNorm2d(WIDTHS[0]).withReLU())
        .add("maxpool", new MaxPool2d(Window.of(3, 2).padding(1)));
  }

  private static Layer body(
      Sequential network, Kind kind, int classes, Generator random, int... blocks) {
    int channels = WIDTHS[0];
    for (int stage = 0; stage < blocks.length; stage++) {
      Sequential layer = new Sequential();
      for (int i = 0; i < blocks[stage]; i++) {
        int stride = stage > 0 && i == 0 ? 2 : 1;
        layer.add(kind.block(channels, WIDTHS[stage], stride, random));
        channels = WIDTHS[stage] * kind.expansion;
      }
      network.add("layer" + (stage + 1), layer);
    }
    return network
        .add("avgpool", new AdaptiveAvgPool2d(1))
        .add("flatten", new Flatten())
        .add("fc", new Linear(channels, classes, random));
  }

  /** Without bias, which the batch norm behind it has; the size is kept at stride 1. */
  private static Conv2d convolution(
      int inputs, int outputs, int kernel, int stride, Generator random) {
    Conv2d convolution =
        new Conv2d(
            inputs,
            outputs,
            kernel,
            dev.lanewise.op.Conv2d.standard().stride(stride).padding(kernel / 2),
            false,
            random);
    Init.kaimingNormal(convolution.weight(), 0, Init.Fan.OUT, random);
    return convolution;
  }

  /** What brings the input of a block to the shape of its output; null where it has it already. */
  private static @Nullable Sequential downsample(
      int inputs, int outputs, int stride, Generator random) {
    return stride == 1 && inputs == outputs
        ? null
        : new Sequential(convolution(inputs, outputs, 1, stride, random), new BatchNorm2d(outputs));
  }

  /** relu(x + bn2(conv2(relu(bn1(conv1(x)))))). */
  private static final class BasicBlock extends Layer {
    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Conv2d conv2;
    private final BatchNorm2d bn2;
    private final @Nullable Sequential downsample;

    BasicBlock(int inputs, int width, int stride, Generator random) {
      conv1 = child("conv1", convolution(inputs, width, 3, stride, random));
      bn1 = child("bn1", new BatchNorm2d(width).withReLU());
      conv2 = child("conv2", convolution(width, width, 3, 1, random));
      bn2 = child("bn2", new BatchNorm2d(width).withReLU());
      Sequential shortcut = downsample(inputs, width, stride, random);
      downsample = shortcut == null ? null : child("downsample", shortcut);
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor y = conv2.call(bn1.call(conv1.call(x)));
      return bn2.call(y, downsample == null ? x : downsample.call(x));
    }
  }

  /** 1×1 to a quarter of the channels, 3×3, and 1×1 back, around the same addition. */
  private static final class Bottleneck extends Layer {
    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Conv2d conv2;
    private final BatchNorm2d bn2;
    private final Conv2d conv3;
    private final BatchNorm2d bn3;
    private final @Nullable Sequential downsample;

    Bottleneck(int inputs, int width, int stride, Generator random) {
      int outputs = width * Kind.BOTTLENECK.expansion;
      conv1 = child("conv1", convolution(inputs, width, 1, 1, random));
      bn1 = child("bn1", new BatchNorm2d(width).withReLU());
      conv2 = child("conv2", convolution(width, width, 3, stride, random));
      bn2 = child("bn2", new BatchNorm2d(width).withReLU());
      conv3 = child("conv3", convolution(width, outputs, 1, 1, random));
      bn3 = child("bn3", new BatchNorm2d(outputs).withReLU());
      Sequential shortcut = downsample(inputs, outputs, stride, random);
      downsample = shortcut == null ? null : child("downsample", shortcut);
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor y = bn1.call(conv1.call(x));
      y = conv3.call(bn2.call(conv2.call(y)));
      return bn3.call(y, downsample == null ? x : downsample.call(x));
    }
  }
}
