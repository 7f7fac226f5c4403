package dev.lanewise.bench;

import java.nio.FloatBuffer;
import java.util.SplittableRandom;

/**
 * All numbers that a training step starts from: both sides get the same ones. Weights are not held:
 * those of a large network would count twice in the memory of the process.
 *
 * @param input row-major (batch, sample…), standard normal; empty for a language model
 * @param tokens numbers of tokens (batch, sample) for a language model; else empty
 * @param labels one class for each sample, or for each token
 */
record Workload(Network network, int batch, float[] input, long[] tokens, long[] labels) {
  private static final long SEED = 20;

  static final float MOMENTUM = 0.9f;

  /** The same numbers for the same network and batch, on every machine. */
  static Workload of(Network network, int batch) {
    SplittableRandom random = new SplittableRandom(SEED);
    int size = batch * Numbers.size(network.sample());
    boolean language = network.language();
    float[] input = new float[language ? 0 : size];
    for (int i = 0; i < input.length; i++) {
      input[i] = (float) random.nextGaussian();
    }
    long[] tokens = random.longs(language ? size : 0, 0, network.classes()).toArray();
    long[] labels = random.longs(language ? size : batch, 0, network.classes()).toArray();
    return new Workload(network, batch, input, tokens, labels);
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
