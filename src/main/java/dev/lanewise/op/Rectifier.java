package dev.lanewise.op;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a batch normalisation ends with, in the same pass over memory. */
public enum Rectifier {
  /** The result as it is. */
  NONE(null, Float.POSITIVE_INFINITY),
  /** max(y, 0). */
  RELU(new Relu(), Float.POSITIVE_INFINITY),
  /** min(max(y, 0), 6). */
  RELU6(new Hardtanh(0, 6), 6);

  private final @Nullable UnaryOp function;
  private final float most;

  Rectifier(@Nullable UnaryOp function, float most) {
    this.function = function;
    this.most = most;
  }

  /** Results are at most this. */
  public float most() {
    return most;
  }

  /** Its derivative, of the result as of what it was taken of. */
  UnaryOp slope() {
    return new UnaryOp.Slope(Objects.requireNonNull(function));
  }
}
