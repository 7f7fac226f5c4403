package dev.lanewise.bench;

import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.function.Supplier;

/**
 * An operation of the public API; what it makes goes back to the pool at once.
 *
 * @param recorded whether the tape runs, as it does where forward has to leave something for
 *     backward
 */
record LanewiseWork(boolean recorded, Supplier<Tensor> operation) implements Work {
  @Override
  public void run() {
    try (var _ = Scope.open()) {
      compute();
    }
  }

  private Tensor compute() {
    if (recorded) {
      return operation.get();
    }
    try (var _ = Tape.noGrad()) {
      return operation.get();
    }
  }

  @Override
  public float[] result() {
    try (var _ = Scope.open()) {
      return compute().toArray();
    }
  }
}
