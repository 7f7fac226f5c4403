package dev.lanewise.bench;

import java.util.List;

/** One layer of a {@link Network}. */
sealed interface Stage {
  record Linear(int inputs, int outputs) implements Stage {}

  /** A square kernel; the padding is that on each border. Without bias where a norm follows. */
  record Conv2d(int inputs, int outputs, int kernel, int stride, int padding, boolean bias)
      implements Stage {}

  /** Over the batch, in training; momentum 0.1, ε 1e-5. */
  record BatchNorm2d(int channels) implements Stage {}

  record Relu() implements Stage {}

  /** Square windows. */
  record MaxPool2d(int size, int stride) implements Stage {}

  /** The mean over all pixels. */
  record GlobalAvgPool2d() implements Stage {}

  record Flatten() implements Stage {}

  /** body(x) + shortcut(x); an empty shortcut is x itself. */
  record Residual(List<Stage> body, List<Stage> shortcut) implements Stage {}
}
