package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/**
 * A branch that learns what to add: y = shortcut(x) + branch(x) (He et al., <i>Deep Residual
 * Learning for Image Recognition</i>, 2016). The gradient reaches x along both ways and is summed.
 */
public final class Residual extends Layer {
  private final Layer branch;
  private final Layer shortcut;

  /** y = x + branch(x). */
  public Residual(Layer branch) {
    this(branch, new Identity());
  }

  /** With a layer in the shortcut, where the branch changes the shape. */
  public Residual(Layer branch, Layer shortcut) {
    this.branch = child("branch", branch);
    this.shortcut = child("shortcut", shortcut);
  }

  /**
   * Computes the sum.
   *
   * @throws IllegalArgumentException when the two results differ in shape
   */
  @Override
  public Tensor forward(Tensor x) {
    Tensor added = branch.call(x);
    Tensor kept = shortcut.call(x);
    if (!added.shape().equals(kept.shape())) {
      throw new IllegalArgumentException(
          "Residual: the branch gives shape "
              + added.shape()
              + ", the shortcut "
              + kept.shape()
              + "; expected the same (input "
              + x.shape()
              + ")");
    }
    return kept.add(added);
  }
}
