package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * All numbers that a training step starts from: both sides get these very arrays.
 *
 * @param input row-major (batch, sample…), standard normal
 * @param labels one class for each sample
 * @param weights as {@link Network#weightShapes} lists them
 */
record Workload(Network network, int batch, float[] input, long[] labels, List<float[]> weights) {
  private static final long SEED = 20;

  static final float LEARNING_RATE = 0.01f;
  static final float MOMENTUM = 0.9f;

  /** The same numbers for the same network and batch, on every machine. */
  static Workload of(Network network, int batch) {
    SplittableRandom random = new SplittableRandom(SEED);
    List<float[]> weights = new ArrayList<>();
    double bound = 0;
    for (int[] shape : network.weightShapes()) {
      if (shape.length > 1) {
        // Kaiming's bound for ReLU; the bias that follows a weight gets the same one.
        bound = Math.sqrt(6.0 / (size(shape) / shape[0]));
      }
      weights.add(uniform(random, size(shape), bound));
    }
    float[] input = new float[batch * size(network.sample())];
    for (int i = 0; i < input.length; i++) {
      input[i] = (float) random.nextGaussian();
    }
    long[] labels = random.longs(batch, 0, network.classes()).toArray();
    return new Workload(network, batch, input, labels, List.copyOf(weights));
  }

  /** The shape of the input, with the batch. */
  int[] inputShape() {
    int[] shape = new int[network.sample().length + 1];
    shape[0] = batch;
    System.arraycopy(network.sample(), 0, shape, 1, network.sample().length);
    return shape;
  }

  static float[] uniform(SplittableRandom random, int size, double bound) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextDouble(-bound, bound);
    }
    return values;
  }

  private static int size(int[] shape) {
    int size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    return size;
  }
}
