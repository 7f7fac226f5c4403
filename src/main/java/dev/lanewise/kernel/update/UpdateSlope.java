package dev.lanewise.kernel.update;

/**
 * What a formula sees of parameter and gradient: slope = sign gradient + decay parameter, and the
 * parameter times shrink.
 *
 * @param sign 1, or -1 where the objective is maximised
 * @param decay the weight decay that is added to the gradient
 * @param shrink 1, or 1 - lr weightDecay where the decay is apart from the gradient
 */
public record UpdateSlope(float sign, float decay, float shrink) {
  /** The gradient as it is. */
  public static final UpdateSlope PLAIN = new UpdateSlope(1, 0, 1);

  /** Whether the slope is the gradient, to the bit, and the parameter stays: nothing to compute. */
  boolean plain() {
    return sign == 1 && decay == 0 && shrink == 1;
  }
}
