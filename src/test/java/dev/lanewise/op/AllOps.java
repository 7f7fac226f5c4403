package dev.lanewise.op;

import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A past for a process: every operation of the catalogue has run in it, with its gradient. */
public final class AllOps {
  private AllOps() {}

  /** Runs every sample so many times, forward and backward. */
  public static void run(int times) {
    List<Sample> samples = OpSamples.all();
    for (int i = 0; i < times; i++) {
      for (Sample sample : samples) {
        try (Scope scope = Scope.open()) {
          List<Tensor> leaves = new ArrayList<>();
          Tensor result = sample.apply(x -> x, leaves);
          if (result.requiresGrad()) {
            result.sum().backward();
          }
        }
      }
    }
  }
}
