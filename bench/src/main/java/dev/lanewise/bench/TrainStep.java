package dev.lanewise.bench;

import java.util.List;

/** A training step of a network at a batch size; the loss of the first three is compared. */
record TrainStep(Network network, int batch) implements Case {
  static final String FAMILY = "train";

  static TrainStep parse(String text) {
    NetworkAndBatch parsed = NetworkAndBatch.parse(FAMILY, text);
    return new TrainStep(parsed.network(), parsed.batch());
  }

  @Override
  public List<Side> sides() {
    return List.of(Side.LANEWISE, Side.LIBTORCH);
  }

  @Override
  public Unit unit() {
    return network.name().equals("spiral") ? Unit.STEPS : Unit.SAMPLES;
  }

  @Override
  public double work() {
    return unit() == Unit.STEPS ? 1 : batch;
  }

  @Override
  public double flops() {
    return network.trainingFlops() * batch;
  }

  /**
   * Sums in another order differ in the seventh digit; a step with batch normalisation over some
   * twenty layers multiplies that by up to a thousand, and the third loss has gone through two.
   */
  @Override
  public double tolerance() {
    return network.normalized() ? 1e-2 : 1e-3;
  }

  @Override
  public boolean alone() {
    return true;
  }

  @Override
  public float[] digest(float[] losses) {
    return losses;
  }

  @Override
  public String toString() {
    return FAMILY + "/" + network.name() + "/" + batch;
  }
}
