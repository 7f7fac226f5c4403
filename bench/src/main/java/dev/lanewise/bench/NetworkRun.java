package dev.lanewise.bench;

import java.util.List;

/**
 * A whole network at a batch size.
 *
 * <p>Training: forward, loss, backward and update; the losses of the first three steps are
 * compared. Otherwise what a trained network says to a batch: forward in evaluation mode, nothing
 * recorded, with a batch of 1 the time until the answer; the outputs are compared.
 */
record NetworkRun(boolean training, Network network, int batch) implements Case {
  static final String TRAINING = "train";
  static final String EVALUATION = "eval";

  /**
   * Reads {@code MODEL/BATCH}.
   *
   * @throws IllegalArgumentException when it is none
   */
  static NetworkRun parse(String family, String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("[1-9]\\d{0,6}")) {
      throw new IllegalArgumentException(
          "'%s' is no network with a batch; write %s/MODEL/BATCH.".formatted(text, family));
    }
    return new NetworkRun(
        family.equals(TRAINING),
        Network.named(text.substring(0, slash)),
        Integer.parseInt(text.substring(slash + 1)));
  }

  @Override
  public List<Side> sides() {
    return List.of(Side.LANEWISE, Side.LIBTORCH);
  }

  @Override
  public Unit unit() {
    if (training && network.name().equals("spiral")) {
      return Unit.STEPS;
    }
    return !training && batch == 1 ? Unit.MICROSECONDS : Unit.SAMPLES;
  }

  @Override
  public double work() {
    return unit() == Unit.STEPS ? 1 : batch;
  }

  @Override
  public double flops() {
    return (training ? network.trainingFlops() : network.forwardFlops()) * batch;
  }

  /**
   * Sums in another order differ in the seventh digit; a step with batch normalisation over some
   * twenty layers multiplies that by up to a thousand, and the third loss has gone through two.
   */
  @Override
  public double tolerance() {
    return training && network.normalized() ? 1e-2 : 1e-3;
  }

  @Override
  public boolean alone() {
    return true;
  }

  @Override
  public float[] digest(float[] result) {
    return training ? result : Digest.of(result);
  }

  @Override
  public String toString() {
    return (training ? TRAINING : EVALUATION) + "/" + network.name() + "/" + batch;
  }
}
