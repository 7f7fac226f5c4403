package dev.lanewise.nn;

import dev.lanewise.tensor.PadMode;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;

/**
 * A frame around the last dimensions: PyTorch's {@code ConstantPad1d}, {@code ZeroPad2d}, {@code
 * ReflectionPad2d}, {@code ReplicationPad2d}, {@code CircularPad1d} and their like in one.
 */
public final class Pad extends Layer {
  private final PadMode mode;
  private final float value;
  private final int[] widths;

  /** A frame of zeros; widths as in {@link #Pad(PadMode, float, int...)}. */
  public Pad(int... widths) {
    this(PadMode.CONSTANT, 0, widths);
  }

  /**
   * Any frame.
   *
   * @param mode what it is made of
   * @param value of its elements where the mode is {@link PadMode#CONSTANT}
   * @param widths before and after each dimension, of the last dimension first: left, right, top,
   *     bottom
   * @throws IllegalArgumentException when there is no pair for each dimension
   */
  public Pad(PadMode mode, float value, int... widths) {
    if (widths.length == 0 || widths.length % 2 != 0) {
      throw new IllegalArgumentException(
          "Pad: two widths for each dimension are expected, found " + Arrays.toString(widths));
    }
    this.mode = Objects.requireNonNull(mode, "mode");
    this.value = value;
    this.widths = widths.clone();
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.pad(mode, value, widths);
  }

  @Override
  protected String attributes() {
    return mode + ", " + Arrays.toString(widths);
  }
}
