package dev.lanewise.kernel.recurrent;

/**
 * What a recurrent layer computes at one step, for some of its hidden values, in a tile: parts of n
 * floats each, one behind the other, of which the gates are the first ones. {@link RecurrentKernel}
 * brings them there and away.
 */
public interface Cell {
  /** How many parts a tile has. */
  int PARTS = 9;

  /** Backward: the gradient of the hidden values as it comes from the outputs. */
  int OUTPUT = 5;

  /** Backward: that which comes from the step behind, through the weights. */
  int RETURNED = 6;

  /** Backward: the state before the step, as {@link #stateKept} says. */
  int BEFORE = 8;

  /** The number of gates. */
  int gates();

  /** The part that a gate's product with the hidden values before is added to. */
  int product(int gate);

  /** Forward: the part with the new hidden values. */
  int hidden();

  /**
   * The part that goes from step to step: forward the state, backward what adds to the gradient of
   * the state before. It is 0 behind the last step. -1 for none.
   */
  int carried();

  /** Forward: the part that is kept for backward, beside the gates and the outputs; -1 for none. */
  int kept();

  /** Backward: the part where that is wanted again. */
  int keptBackward();

  /** Whether {@link #BEFORE} is wanted, and is in what is kept instead of in the outputs. */
  boolean stateKept();

  /**
   * From the sums of both products to the new state; the gates are left behind.
   *
   * @param tile the address of the parts
   * @param n floats of a part: whole vectors
   */
  void forward(long tile, int n);

  /** From what forward left, and the gradients, to the gradients of the sums of both products. */
  void backward(long tile, int n);
}
