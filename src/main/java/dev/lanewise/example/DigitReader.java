package dev.lanewise.example;

import dev.lanewise.data.Normalization;
import dev.lanewise.nn.Layer;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A trained LeNet-5 that says what it takes an image for, and what its layers made of it. */
final class DigitReader implements AutoCloseable {
  /** The layers whose results are shown: both convolutions, after their ReLU. */
  static final List<String> SHOWN = List.of("act1", "act2");

  private final Layer network;
  private final Normalization normalization;
  private final Map<String, float[][][]> maps = new LinkedHashMap<>();
  private final List<Runnable> hooks = new ArrayList<>();

  /** Hooks on the layers of {@link #SHOWN} keep what they compute, until it is closed. */
  DigitReader(Layer network, Normalization normalization) {
    this.network = network;
    this.normalization = normalization;
    network.train(false);
    for (String name : SHOWN) {
      Layer layer = network.children().get(name);
      if (layer == null) {
        throw new IllegalArgumentException("The network has no layer '" + name + "'.");
      }
      hooks.add(layer.onForward((_, _, y) -> maps.put(name, planes(y))));
    }
  }

  /**
   * What the network says.
   *
   * @param image the 28×28 values from 0 to 1 that it saw
   * @param probabilities of the ten digits
   * @param maps of each of the layers in {@link #SHOWN}, [channel][height][width]
   */
  record Reading(float[] image, float[] probabilities, Map<String, float[][][]> maps) {
    /** The maps of a layer. */
    float[][][] of(String layer) {
      return Objects.requireNonNull(maps.get(layer));
    }

    /** The likeliest digit. */
    int digit() {
      int best = 0;
      for (int i = 1; i < probabilities.length; i++) {
        best = probabilities[i] > probabilities[best] ? i : best;
      }
      return best;
    }
  }

  /** Classifies an image of 28×28 values from 0 to 1. */
  synchronized Reading read(float[] image) {
    float mean = normalization.mean().getFirst();
    float deviation = normalization.deviation().getFirst();
    try (Scope _ = Scope.open();
        Tape.Pause _ = Tape.noGrad()) {
      Tensor x = Tensor.of(image, 1, 1, DrawnDigit.SIZE, DrawnDigit.SIZE);
      float[] shares = network.call(x.sub(mean).div(deviation)).softmax(1).toArray();
      return new Reading(image, shares, Map.copyOf(maps));
    }
  }

  /** The channels of the first image of [N, C, H, W]. */
  static float[][][] planes(Tensor images) {
    int height = images.shape().dim(2);
    int width = images.shape().dim(3);
    float[][][] planes = new float[images.shape().dim(1)][height][width];
    float[] values = images.toArray();
    for (int row = 0; row < planes.length * height; row++) {
      System.arraycopy(values, row * width, planes[row / height][row % height], 0, width);
    }
    return planes;
  }

  @Override
  public void close() {
    hooks.forEach(Runnable::run);
  }
}
