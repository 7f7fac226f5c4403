package dev.lanewise.model;

import dev.lanewise.nn.AdaptiveAvgPool2d;
import dev.lanewise.nn.Conv2d;
import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.Flatten;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.MaxPool2d;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Sequential;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.Generator;

/**
 * AlexNet with the sizes and names of torchvision: Krizhevsky, <i>One weird trick for parallelizing
 * convolutional neural networks</i> (2014), which is the network of Krizhevsky, Sutskever and
 * Hinton (2012) on one device.
 */
final class AlexNet {
  private static final Window POOL = Window.of(3, 2);

  private AlexNet() {}

  static Layer create(int classes, Generator random) {
    return new Sequential()
        .add(
            "features",
            new Sequential(
                new Conv2d(3, 64, 11, 4, 2, random),
                new ReLU(),
                new MaxPool2d(POOL),
                new Conv2d(64, 192, 5, 1, 2, random),
                new ReLU(),
                new MaxPool2d(POOL),
                new Conv2d(192, 384, 3, 1, 1, random),
                new ReLU(),
                new Conv2d(384, 256, 3, 1, 1, random),
                new ReLU(),
                new Conv2d(256, 256, 3, 1, 1, random),
                new ReLU(),
                new MaxPool2d(POOL)))
        .add("avgpool", new AdaptiveAvgPool2d(6))
        .add("flatten", new Flatten())
        .add(
            "classifier",
            new Sequential(
                new Dropout(random),
                new Linear(256 * 6 * 6, 4096, random),
                new ReLU(),
                new Dropout(random),
                new Linear(4096, 4096, random),
                new ReLU(),
                new Linear(4096, classes, random)));
  }
}
