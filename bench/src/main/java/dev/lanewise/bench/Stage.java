package dev.lanewise.bench;

/** One layer of a {@link Network}. */
sealed interface Stage {
  record Linear(int inputs, int outputs) implements Stage {}

  /** A square kernel with stride 1; the padding is that on each border. */
  record Conv2d(int inputs, int outputs, int kernel, int padding) implements Stage {}

  record Relu() implements Stage {}

  /** Square windows that touch and do not overlap. */
  record MaxPool2d(int size) implements Stage {}

  record Flatten() implements Stage {}
}
