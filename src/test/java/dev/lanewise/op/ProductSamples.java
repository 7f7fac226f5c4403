package dev.lanewise.op;

import dev.lanewise.tensor.Shape;

/** Calls of matrix products. */
final class ProductSamples extends SampleSet {
  @Override
  void samples() {
    add(new MatMul(), "matrices", normal(3, 4), normal(4, 5));
    add(new MatMul(), "row by column", normal(1, 3), normal(3, 1));
    add(new MatMul(), "odd sizes", normal(17, 33), normal(33, 9));
    add(new MatMul(), "batch by matrix", normal(2, 3, 4), normal(4, 5));
    add(new MatMul(), "batches stretch", normal(2, 1, 3, 4), normal(5, 4, 2));
    add(new Linear(), "with bias", normal(5, 7), normal(3, 7), normal(3));
    add(new Linear(), "without bias", normal(2, 4), normal(6, 4));
    add(new Linear(), "one by one", normal(1, 1), normal(1, 1), normal(1));
  }

  @Override
  void refused() {
    bad(new MatMul(), "last but one", Shape.of(2, 3), Shape.of(4, 2));
    bad(new MatMul(), "[3] must equal", Shape.of(3), Shape.of(3, 2));
    bad(new MatMul(), "do not broadcast", Shape.of(2, 3, 4), Shape.of(3, 4, 5));
    bad(new Linear(), "weight [out, in]", Shape.of(3), Shape.of(2, 3));
    bad(new Linear(), "7 features, weight expects 6", Shape.of(2, 7), Shape.of(3, 6));
    bad(new Linear(), "bias must have shape [3]", Shape.of(2, 7), Shape.of(3, 7), Shape.of(2));
  }
}
