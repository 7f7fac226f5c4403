package dev.lanewise.model;

import dev.lanewise.nn.AdaptiveAvgPool2d;
import dev.lanewise.nn.BatchNorm2d;
import dev.lanewise.nn.Conv2d;
import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.Flatten;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.MaxPool2d;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Sequential;
import dev.lanewise.tensor.Generator;
import java.util.stream.IntStream;

/**
 * Networks of 3×3 convolutions after Simonyan and Zisserman, <i>Very Deep Convolutional Networks
 * for Large-Scale Image Recognition</i> (2015), with the names of torchvision.
 */
final class Vgg {
  /** Stands for a pooling in a plan; other numbers are channels of a convolution. */
  private static final int POOL = 0;

  private Vgg() {}

  /** So many convolutions in each stage; the widths double from 64 to 512. */
  private static int[] plan(int... convolutions) {
    IntStream.Builder plan = IntStream.builder();
    for (int stage = 0; stage < convolutions.length; stage++) {
      for (int i = 0; i < convolutions[stage]; i++) {
        plan.add(Math.min(64 << stage, 512));
      }
      plan.add(POOL);
    }
    return plan.build().toArray();
  }

  /**
   * VGG of 224×224 images.
   *
   * @param depth layers with weights: 11, 13, 16 or 19
   */
  static Layer create(int depth, boolean batchNorm, int classes, Generator random) {
    int[] plan =
        switch (depth) {
          case 11 -> plan(1, 1, 2, 2, 2);
          case 13 -> plan(2, 2, 2, 2, 2);
          case 16 -> plan(2, 2, 3, 3, 3);
          case 19 -> plan(2, 2, 4, 4, 4);
          default -> throw new IllegalArgumentException("There is no VGG-" + depth + ".");
        };
    return new Sequential()
        .add("features", features(plan, batchNorm, true, random))
        .add("avgpool", new AdaptiveAvgPool2d(7))
        .add("flatten", new Flatten())
        .add(
            "classifier",
            new Sequential(
                linear(512 * 7 * 7, 4096, random),
                new ReLU(),
                new Dropout(random),
                linear(4096, 4096, random),
                new ReLU(),
                new Dropout(random),
                linear(4096, classes, random)));
  }

  /** Six convolutions with batch norm and two linear layers, for images of 32×32. */
  static Layer small(int classes, Generator random) {
    return new Sequential()
        .add("features", features(plan(2, 2, 2), true, false, random))
        .add("flatten", new Flatten())
        .add(
            "classifier",
            new Sequential(
                new Linear(256 * 4 * 4, 256, random),
                new ReLU(),
                new Linear(256, classes, random)));
  }

  /**
   * Numbered as in torchvision, where the ReLU has a number of its own: behind a batch norm it is
   * computed by that, and its number is left out.
   */
  private static Sequential features(
      int[] plan, boolean batchNorm, boolean bias, Generator random) {
    Sequential features = new Sequential();
    int channels = 3;
    int number = 0;
    for (int step : plan) {
      if (step == POOL) {
        features.add(name(number++), new MaxPool2d(2));
        continue;
      }
      features.add(name(number++), convolution(channels, step, bias, random));
      channels = step;
      if (batchNorm) {
        features.add(name(number), new BatchNorm2d(channels).withReLU());
        number += 2;
      } else {
        features.add(name(number++), new ReLU());
      }
    }
    return features;
  }

  private static String name(int number) {
    return Integer.toString(number);
  }

  private static Conv2d convolution(int inputs, int outputs, boolean bias, Generator random) {
    Conv2d convolution =
        new Conv2d(inputs, outputs, 3, dev.lanewise.op.Conv2d.standard().padding(1), bias, random);
    Init.kaimingNormal(convolution.weight(), 0, Init.Fan.OUT, random);
    convolution.bias().ifPresent(Init::zeros);
    return convolution;
  }

  private static Linear linear(int inputs, int outputs, Generator random) {
    Linear linear = new Linear(inputs, outputs, random);
    Init.normal(linear.weight(), 0, 0.01, random);
    linear.bias().ifPresent(Init::zeros);
    return linear;
  }
}
