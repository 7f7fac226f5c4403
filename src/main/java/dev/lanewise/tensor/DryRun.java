package dev.lanewise.tensor;

import dev.lanewise.op.Op;
import org.jspecify.annotations.Nullable;

/**
 * While one is open, operations of this thread check the shapes of their inputs and compute
 * nothing: every result has the right shape and zeros for elements, all the same one in memory. So
 * a network of any size tells its shapes and its work at once.
 *
 * <pre>{@code
 * try (DryRun run = DryRun.open()) {
 *   Tensor y = network.forward(DryRun.input(Shape.of(64, 3, 224, 224)));
 *   System.out.println(y.shape() + ", " + run.flops() + " operations");
 * }
 * }</pre>
 *
 * <p>What is no operation is done as ever: a layer that writes its buffers itself does so.
 */
public final class DryRun implements AutoCloseable {
  private final @Nullable DryRun outer;
  private final ThreadState state;
  private long flops;

  private DryRun(ThreadState state) {
    this.state = state;
    this.outer = state.dryRun;
    state.dryRun = this;
  }

  /** Begins one on this thread. */
  public static DryRun open() {
    return new DryRun(ThreadState.current());
  }

  /** A tensor of zeros of this shape that takes no memory for them, and cannot be written. */
  public static Tensor input(Shape shape) {
    return Tensor.scalar(0).view(shape, new long[shape.rank()], 0);
  }

  /** The arithmetic of all operations so far, see {@link Op#flops}. */
  public long flops() {
    return flops;
  }

  Tensor result(Op op, Shape shape, Shape[] inputs) {
    flops += op.flops(shape, inputs);
    return input(shape);
  }

  /** Ends it. */
  @Override
  public void close() {
    state.dryRun = outer;
  }
}
