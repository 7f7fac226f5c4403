package dev.lanewise.bench;

import java.nio.FloatBuffer;
import java.util.SplittableRandom;

/**
 * All numbers that a training step starts from: both sides get the same ones. Weights are not held:
 * those of a large network would count twice in the memory of the process.
 *
 * @param input row-major (batch, sample…), standard normal
 * @param labels one class for each sample
 */
record Workload(Network network, int batch, float[] input, long[] labels) {
  private static final long SEED = 20;

  static final float MOMENTUM = 0.9f;

  /** The same numbers for the same network and batch, on every machine. */
  static Workload of(Network network, int batch) {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] input = new float[batch * Numbers.size(network.sample())];
    for (int i = 0; i < input.length; i++) {
      input[i] = (float) random.nextGaussian();
    }
    return new Workload(network, batch, input, random.longs(batch, 0, network.classes()).toArray());
  }

  /** Writes one of {@link Network#weights}. */
  void weight(int index, FloatBuffer to) {
    network.weights().get(index).write(SEED + index, to);
  }

  /** What the norm of that index has seen in training: means around 0, variances around 1. */
  float[] statistics(int norm, boolean variances, int channels) {
    float[] values = Numbers.uniform(SEED + 2L * norm + (variances ? 1 : 0), channels);
    for (int i = 0; i < channels; i++) {
      values[i] = variances ? 1 + 0.5f * values[i] : 0.2f * values[i];
    }
    return values;
  }

  /** The shape of the input, with the batch. */
  int[] inputShape() {
    int[] shape = new int[network.sample().length + 1];
    shape[0] = batch;
    System.arraycopy(network.sample(), 0, shape, 1, network.sample().length);
    return shape;
  }
}
