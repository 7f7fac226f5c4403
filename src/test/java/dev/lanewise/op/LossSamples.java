package dev.lanewise.op;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/** Calls of losses. */
final class LossSamples extends SampleSet {
  @Override
  void samples() {
    CrossEntropy plain = new CrossEntropy(CrossEntropy.NONE, 0);
    CrossEntropy smooth = new CrossEntropy(CrossEntropy.NONE, 0.1f);
    add(plain, "plain", normal(4, 5), indices(5, 4));
    add(plain, "weighted", normal(4, 5), indices(5, 4), frozen(positive(5)));
    add(smooth, "smoothed", normal(3, 19), indices(19, 3));
    add(smooth, "smoothed and weighted", normal(3, 4), indices(4, 3), frozen(positive(4)));
    add(new CrossEntropy(CrossEntropy.NONE, 0, true), "mean", normal(4, 5), indices(5, 4));
    add(
        new CrossEntropy(CrossEntropy.NONE, 0.1f, true),
        "mean, smoothed",
        normal(3, 19),
        indices(19, 3));
    add(new CrossEntropy(1, 0), "ignoring a label", normal(6, 3), indices(3, 6));
    add(new CrossEntropy(-100, 0.2f), "ignoring all", normal(2, 3), labels(-100, -100));
  }

  @Override
  void refused() {
    CrossEntropy loss = new CrossEntropy(CrossEntropy.NONE, 0);
    bad(loss, "logits must be [N, C]", Shape.of(3), Shape.of(3));
    bad(loss, "4 rows of logits need as many labels", Shape.of(4, 5), Shape.of(3));
    bad(loss, "5 classes need as many weights", Shape.of(4, 5), Shape.of(4), Shape.of(4));
    bad(
        CrossEntropy.class,
        () -> Tensor.zeros(2, 5).crossEntropy(Tensor.ofLongs(new long[] {1, 5}, 2)),
        "label 5 of row 1 is not one of 5 classes");
    bad(
        CrossEntropy.class,
        () -> Tensor.zeros(2, 5).crossEntropy(Tensor.zeros(2)),
        "holds FLOAT32, expected INT64");
    bad(
        CrossEntropy.class,
        () -> new CrossEntropy(CrossEntropy.NONE, 1.5f),
        "label smoothing must lie in 0..1");
  }
}
