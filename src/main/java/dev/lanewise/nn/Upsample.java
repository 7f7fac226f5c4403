package dev.lanewise.nn;

import dev.lanewise.tensor.Interpolation;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;

/**
 * Sequences or images of another size: [N, C, length] or [N, C, H, W], each size times a factor.
 */
public final class Upsample extends Layer {
  private final Interpolation mode;
  private final boolean alignCorners;
  private final double[] factors;

  /** The nearest element, with one factor for all sizes. */
  public Upsample(double factor) {
    this(Interpolation.NEAREST, false, factor);
  }

  /**
   * With a mode.
   *
   * @param mode how elements in between are made
   * @param alignCorners whether the outermost elements stand on those of the input
   * @param factors one for all, or one for each of length or H, W
   */
  public Upsample(Interpolation mode, boolean alignCorners, double... factors) {
    this.mode = Objects.requireNonNull(mode, "mode");
    this.alignCorners = alignCorners;
    this.factors = factors.clone();
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.upsample(mode, alignCorners, factors);
  }

  @Override
  protected String attributes() {
    return mode + ", factors " + Arrays.toString(factors);
  }
}
