package dev.lanewise.op;

import dev.lanewise.op.Sample.Constant;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Random;

/** Calls of gathering and scattering by indices. */
final class IndexSamples extends SampleSet {
  private final Random choice = new Random(43);

  /** Indices of any shape. */
  private Constant integers(int below, int... dims) {
    Shape shape = Shape.of(dims);
    long[] values = choice.longs(shape.size(), 0, below).toArray();
    return new Constant(shape, () -> Tensor.ofLongs(values, dims));
  }

  /** The same, with no index twice in a line of the last dimension. */
  private Constant distinct(int below, int... dims) {
    Shape shape = Shape.of(dims);
    long[] values = new long[Math.toIntExact(shape.size())];
    int length = dims[dims.length - 1];
    for (int i = 0; i < values.length; i += length) {
      int start = choice.nextInt(below);
      for (int j = 0; j < length; j++) {
        values[i + j] = ((long) start + j) % below;
      }
    }
    return new Constant(shape, () -> Tensor.ofLongs(values, dims));
  }

  @Override
  void samples() {
    Gather columns = new Gather(1);
    Gather rows = new Gather(0);
    add(columns, "with repeats", normal(3, 5), integers(5, 3, 7));
    add(columns, "fewer rows", normal(3, 5), integers(5, 2, 4));
    add(rows, "first dimension", normal(4, 2, 3), integers(4, 6, 2, 3));
    add(new Gather.Gradient(columns, Shape.of(3, 5)), "repeats", normal(3, 7), integers(5, 3, 7));
    add(new Gather.Gradient(rows, Shape.of(4, 3)), "fewer", normal(6, 2), integers(4, 6, 2));
    add(new Scatter(1), "columns", normal(2, 4), distinct(4, 2, 3), normal(2, 3));
    add(new Scatter(0), "a vector", normal(5), distinct(5, 3), normal(3));
    IndexSelect middle = new IndexSelect(1, -1);
    add(new IndexSelect(0, -1), "rows", normal(4, 19), integers(4, 7));
    add(middle, "middle", normal(2, 3, 4), integers(3, 5));
    add(new IndexSelect(0, 2), "padding not used", normal(3, 4), integers(2, 6));
    add(new IndexSelect.Gradient(middle, 3), "middle", normal(2, 5, 4), integers(3, 5));
    add(
        new IndexSelect.Gradient(new IndexSelect(0, 1), 3),
        "padding left out",
        normal(6, 4),
        integers(3, 6));
  }

  @Override
  void images(int n) {
    add(new IndexSelect(2, -1), "batch " + n, normal(n, 2, 3, 3), integers(3, 4));
    add(new Gather(3), "batch " + n, normal(n, 2, 3, 3), integers(3, n, 2, 3, 2));
  }

  @Override
  void refused() {
    Shape x = Shape.of(2, 3);
    bad(new Gather(1), "must have the dimensions of [2, 3]", x, Shape.of(3, 3));
    bad(new Gather(1), "indices of shape [4] must", x, Shape.of(4));
    bad(
        Gather.class,
        () -> Tensor.zeros(2, 3).gather(1, Tensor.ofLongs(new long[] {0, 3}, 2, 1)),
        "index 3 at position 1 lies outside dimension 1 of size 3");
    bad(
        Gather.class,
        () -> Tensor.zeros(2, 3).gather(1, Tensor.zeros(2, 1)),
        "indices must be integers");
    bad(
        new Gather.Gradient(new Gather(1), x),
        "one source for each index",
        Shape.of(2, 2),
        Shape.of(2, 1));
    bad(new Scatter(0), "one source for each index", x, Shape.of(1, 3), Shape.of(1, 2));
    bad(new IndexSelect(0, -1), "indices must be a vector, found shape [2, 2]", x, Shape.of(2, 2));
    bad(
        IndexSelect.class,
        () -> Tensor.zeros(2, 3).indexSelect(0, Tensor.ofLongs(new long[] {-1}, 1)),
        "index -1 at position 0");
    bad(
        new IndexSelect.Gradient(new IndexSelect(1, -1), 4),
        "one index for each slice of dimension 1",
        x,
        Shape.of(2));
  }
}
