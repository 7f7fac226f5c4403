package dev.lanewise.op;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/** Calls of reductions. */
final class ReductionSamples extends SampleSet {
  @Override
  void samples() {
    Shape shape = Shape.of(2, 3, 4);
    for (int[] dims : new int[][] {{}, {0}, {1}, {2}, {0, 2}, {0, 1}, {1, 2}}) {
      Axes axes = Axes.of("sum", shape, dims);
      String variant = "over " + (dims.length == 0 ? "all" : Shape.of(dims));
      add(new Sum(axes, false, false), variant, normal(2, 3, 4));
      add(new Sum(axes, true, false), variant + " kept", normal(2, 3, 4));
      add(new Sum(axes, false, true), variant, normal(2, 3, 4));
    }
    add(new Sum(new Axes(0), false, false), "of a scalar", normal());
    add(new Max(false), "rows", spaced(4, 5));
    add(new Max(false), "one column", spaced(3, 1));
    add(new Max(false), "one row", spaced(1, 40));
    add(new Max(true), "rows", spaced(4, 5));
    for (int axis = 0; axis < 3; axis++) {
      add(new Cumsum(axis, false), "along " + axis, normal(2, 3, 4));
      add(new Cumsum(axis, true), "along " + axis, normal(2, 3, 4));
    }
    add(new Max.Gather(), "rows", normal(3, 4), indices(4, 3));
    add(new Max.Scatter(4), "rows", normal(3), indices(4, 3));
  }

  @Override
  void images(int n) {
    String batch = "batch " + n;
    Shape image = Shape.of(n, 2, 3, 3);
    add(new Sum(Axes.of("sum", image, 0, 2, 3), false, false), batch, normal(n, 2, 3, 3));
    add(new Sum(Axes.of("sum", image, 0, 2, 3), true, true), batch, normal(n, 2, 3, 3));
    add(new Sum(Axes.of("sum", image, 1, 3), false, true), batch, normal(n, 2, 3, 3));
  }

  @Override
  void refused() {
    bad(
        Sum.class,
        () -> Tensor.zeros(2, 3).sum(2),
        "sum: dimension 2 does not exist in shape [2, 3]");
    bad(Sum.class, () -> Tensor.zeros(2, 3).mean(1, -1), "mean: dimension -1 is named twice");
    bad(new Max(false), "nothing to take the maximum of", Shape.of(3, 0));
    bad(new Cumsum(2, false), "dimension 2 does not exist", Shape.of(3, 4));
    bad(new Max.Gather(), "one index a row", Shape.of(3, 4), Shape.of(2));
    bad(new Max.Scatter(4), "one index a row", Shape.of(3), Shape.of(2));
  }
}
