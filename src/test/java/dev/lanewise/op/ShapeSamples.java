package dev.lanewise.op;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;

/** Calls of views and copies. */
final class ShapeSamples extends SampleSet {
  @Override
  void samples() {
    add(new Reshape(Shape.of(3, 4)), "[2, 6] to [3, 4]", normal(2, 6));
    add(new Reshape(Shape.of()), "[1, 1] to scalar", normal(1, 1));
    add(new Reshape(Shape.of(33, 12)), "images to features", normal(33, 2, 3, 2));
    add(new Reshape(Shape.of(33, 2, 3, 2)), "features to images", normal(33, 12));
    add(new Permute(List.of(2, 0, 1)), "[2, 3, 4]", normal(2, 3, 4));
    add(new Permute(List.of(1, 0)), "[5, 3]", normal(5, 3));
    add(new Permute(List.of()), "scalar", normal());
    add(new Expand(Shape.of(2, 3, 4)), "[3, 1] to [2, 3, 4]", normal(3, 1));
    add(new Expand(Shape.of(5)), "scalar to [5]", normal());
    Slice everySecond = new Slice(1, 1, 6, 2);
    add(everySecond, "every second", normal(3, 6));
    add(new Slice(0, 1, 3, 1), "rows", normal(4, 2));
    add(new Slice(0, 2, 2, 1), "nothing", normal(4, 2));
    add(new Slice.Gradient(everySecond, Shape.of(3, 6)), "every second", normal(3, 3));
    add(new Slice.Gradient(new Slice(0, 1, 3, 1), Shape.of(4, 2)), "rows", normal(2, 2));
    add(new Concat(0), "three along 0", normal(2, 3), normal(1, 3), normal(4, 3));
    add(new Concat(1), "three along 1", normal(2, 3), normal(2, 1), normal(2, 4));
    add(new Concat(0), "one", normal(3));
    add(new Flip(new Axes(0b101)), "first and last", normal(2, 3, 4));
    add(new Flip(new Axes(1)), "a vector", normal(19));
    add(new Flip(new Axes(0)), "scalar", normal());
    add(new Pad(List.of(1, 0), List.of(2, 3), 0.5f), "both dimensions", normal(2, 3));
    add(new Pad(List.of(), List.of(), 1), "scalar", normal());
    for (boolean upper : new boolean[] {false, true}) {
      add(new Triangle(upper, 0), "square", normal(4, 4));
      add(new Triangle(upper, -2), "high", normal(2, 5, 3));
      add(new Triangle(upper, 1), "wide", normal(3, 35));
    }
    Diagonal lower = new Diagonal(-1, 2, 0);
    add(lower, "below, two of three", normal(3, 2, 4));
    add(new Diagonal(2, 0, 1), "above", normal(3, 5));
    add(new Diagonal(7, 0, 1), "beyond", normal(3, 5));
    add(new Diagonal.Gradient(lower, Shape.of(3, 2, 4)), "below, two of three", normal(2, 3));
    for (Unfold unfold : List.of(new Unfold(0, 3, 1, 1), new Unfold(1, 2, 2, 3))) {
      add(unfold, unfold.toString(), normal(5, 7, 2));
      int[] windows = unfold.shape(Shape.of(5, 7, 2)).toArray();
      add(new Unfold.Gradient(unfold, Shape.of(5, 7, 2)), unfold.toString(), normal(windows));
    }
  }

  @Override
  void images(int n) {
    String batch = "batch " + n;
    add(new Reshape(Shape.of(n, 18)), batch, normal(n, 2, 3, 3));
    add(new Permute(List.of(0, 2, 3, 1)), batch, normal(n, 2, 3, 3));
    add(new Expand(Shape.of(n, 2, 3, 3)), batch, normal(n, 2, 1, 1));
    add(new Slice(1, 1, 2, 1), batch, normal(n, 2, 3, 3));
    add(new Flip(new Axes(0b1001)), batch, normal(n, 2, 3, 3));
    add(new Pad(List.of(0, 0, 1, 2), List.of(0, 1, 1, 0), 0), batch, normal(n, 2, 3, 3));
    add(new Unfold(2, 2, 1, 1), batch, normal(n, 2, 3, 3));
    add(new Diagonal(0, 2, 3), batch, normal(n, 2, 3, 3));
    add(new Triangle(true, 0), batch, normal(n, 2, 3, 3));
    add(new Concat(1), batch, normal(n, 2, 3, 3), normal(n, 1, 3, 3));
  }

  @Override
  void refused() {
    bad(new Reshape(Shape.of(4, 2)), "[2, 3] of 6 elements does not fit [4, 2]", Shape.of(2, 3));
    bad(Reshape.class, () -> Tensor.zeros(2, 3).reshape(4, -1), "does not fit [4, -1]");
    bad(new Permute(List.of(0, 0)), "must name each dimension", Shape.of(2, 3));
    bad(new Permute(List.of(0, 5)), "dimension 5 does not exist", Shape.of(2, 3));
    bad(new Expand(Shape.of(2, 4)), "do not broadcast: dimension -1 is 3 and 4", Shape.of(2, 3));
    bad(new Expand(Shape.of(3)), "does not stretch to [3]", Shape.of(1, 3));
    Slice slice = new Slice(1, 1, 4, 1);
    bad(slice, "1:4:1 does not lie in dimension 1", Shape.of(2, 3));
    bad(Slice.class, () -> Tensor.zeros(4).slice(0, 0, 4, 0), "range 0:4:0");
    bad(new Slice.Gradient(slice, Shape.of(2, 5)), "must have shape [2, 3]", Shape.of(2, 2));
    bad(new Flip(new Axes(4)), "does not exist in shape [2, 3]", Shape.of(2, 3));
    bad(new Pad(List.of(1), List.of(1), 0), "before and after each dimension", Shape.of(2, 3));
    bad(new Pad(List.of(1), List.of(-1), 0), "widths must be at least 0", Shape.of(2));
    bad(new Triangle(true, 0), "a matrix or a batch of them", Shape.of(3));
    bad(new Diagonal(0, 1, 1), "found 1 twice", Shape.of(2, 3));
    Diagonal main = new Diagonal(0, 0, 1);
    bad(new Diagonal.Gradient(main, Shape.of(2, 3)), "must have shape [2]", Shape.of(3));
    Unfold windows = new Unfold(1, 2, 1, 3);
    bad(windows, "windows of 2 elements with step 1 and dilation 3", Shape.of(2, 3));
    bad(new Unfold.Gradient(windows, Shape.of(2, 5)), "must have shape [2, 2, 2]", Shape.of(2, 2));
    bad(new Concat(0), "tensor 1 has shape [2, 4]", Shape.of(2, 3), Shape.of(2, 4));
  }
}
