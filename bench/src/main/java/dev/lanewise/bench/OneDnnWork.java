package dev.lanewise.bench;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;

/**
 * A primitive with its arguments, all in the layouts that it asked for: nothing is reordered and
 * nothing allocated inside the timing.
 */
final class OneDnnWork implements Work {
  private final primitive operation;
  private final IntMemoryMap arguments;
  private final memory output;
  private final int[] shape;

  /** Held so that the collector does not free them under the primitive. */
  private final Object[] owned;

  OneDnnWork(
      primitive operation, IntMemoryMap arguments, memory output, int[] shape, Object... owned) {
    this.operation = operation;
    this.arguments = arguments;
    this.output = output;
    this.shape = shape;
    this.owned = owned;
  }

  @Override
  public void run() {
    operation.execute(OneDnn.STREAM, arguments);
    OneDnn.STREAM._wait();
  }

  @Override
  public float[] result() {
    run();
    return OneDnn.values(output, shape);
  }

  @Override
  public String note() {
    return owned.length == 0 ? "" : owned[0].toString();
  }
}
