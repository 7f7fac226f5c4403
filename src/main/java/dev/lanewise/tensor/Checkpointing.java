package dev.lanewise.tensor;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Memory for time: a part of a computation that keeps nothing for backward but its inputs, and is
 * computed once more when backward comes to it (Chen et al., <i>Training Deep Nets with Sublinear
 * Memory Cost</i>, 2016).
 *
 * <pre>{@code
 * for (Layer block : blocks) {
 *   x = Checkpointing.run(block::call, x);
 * }
 * }</pre>
 *
 * <p>Results and gradients are the same, bit for bit: generators of random numbers go back for the
 * second computation, so that dropout drops the same, and batch normalisation counts a batch once.
 * Parameters inside get their gradients, as do tensors that the function reaches without having
 * them as inputs. Checkpointed parts may contain others. The tape can be kept ({@code retainGraph})
 * and differentiated again ({@code createGraph}); what was computed once more then lives as long as
 * the scope around backward.
 *
 * <p>The function must compute the same both times; its hooks run both times. What it made, but for
 * its results, is closed when it ends: who wants to look at it takes a copy.
 */
public final class Checkpointing {
  private Checkpointing() {}

  /** A function of one tensor, such as {@code layer::call}. */
  public static Tensor run(UnaryOperator<Tensor> function, Tensor x) {
    return run(inputs -> List.of(function.apply(inputs.getFirst())), List.of(x)).getFirst();
  }

  /** A function of some tensors with some results. */
  public static List<Tensor> run(
      Function<List<Tensor>, List<Tensor>> function, List<Tensor> inputs) {
    ThreadState state = ThreadState.current();
    if (!state.recording || state.dryRun != null) {
      return function.apply(inputs);
    }
    return Region.record(state, function, inputs);
  }

  /**
   * Whether a function is being computed once more, on this thread: then it must leave alone what
   * it changed the first time.
   */
  public static boolean replaying() {
    return ThreadState.current().replaying;
  }
}
