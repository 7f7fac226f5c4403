package dev.lanewise.bench;

import java.util.List;

/**
 * What a trained network says to a batch: forward in evaluation mode, nothing recorded; with a
 * batch of 1 the time until the answer. The outputs are compared.
 */
record EvalStep(Network network, int batch) implements Case {
  static final String FAMILY = "eval";

  static EvalStep parse(String text) {
    NetworkAndBatch parsed = NetworkAndBatch.parse(FAMILY, text);
    return new EvalStep(parsed.network(), parsed.batch());
  }

  @Override
  public List<Side> sides() {
    return List.of(Side.LANEWISE, Side.LIBTORCH);
  }

  @Override
  public Unit unit() {
    return batch == 1 ? Unit.MICROSECONDS : Unit.SAMPLES;
  }

  @Override
  public double work() {
    return batch;
  }

  @Override
  public double flops() {
    return network.forwardFlops() * batch;
  }

  @Override
  public boolean alone() {
    return true;
  }

  @Override
  public String toString() {
    return FAMILY + "/" + network.name() + "/" + batch;
  }
}
