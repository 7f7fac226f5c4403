package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;

import dev.lanewise.tensor.Tensor;
import java.util.function.Function;

/** Reductions over dimensions. */
final class ReductionCases {
  private ReductionCases() {}

  static void register() {
    op("reduce_sum", c -> reduced(c, c.in("x")::sum, c.in("x")::sumKeep));
    op("reduce_mean", c -> reduced(c, c.in("x")::mean, c.in("x")::meanKeep));
    op("reduce_max", c -> reduced(c, c.in("x")::max, c.in("x")::maxKeep));
  }

  private static Tensor reduced(
      Case c, Function<int[], Tensor> dropping, Function<int[], Tensor> keeping) {
    return (c.flag("keepdim") ? keeping : dropping).apply(c.ints("dims"));
  }
}
