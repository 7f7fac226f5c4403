package dev.lanewise.example;

import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Three classes of 100 points, each an arm of a spiral: what rows 10 and 11 learn. */
final class Spiral {
  static final int K = 3;
  private static final int N = 100;
  private static final float STEP = 1;
  private static final float REG = 1e-3f;
  private static final Color[] PALE = {
    new Color(0xF8D0C8), new Color(0xCFE6CC), new Color(0xCADDF4)
  };
  private static final Color[] STRONG = {
    new Color(0xC0392B), new Color(0x2E7D32), new Color(0x1F5FA8)
  };

  final Tensor x;
  final Tensor y;

  Spiral(Generator random) {
    float[] noise = random.normalValues(N * K, 0, 0.2f);
    float[] points = new float[N * K * 2];
    long[] labels = new long[N * K];
    for (int i = 0; i < N * K; i++) {
      int arm = i / N;
      double r = i % N / (N - 1.0);
      double t = 4 * (arm + r) + noise[i];
      points[2 * i] = (float) (r * Math.sin(t));
      points[2 * i + 1] = (float) (r * Math.cos(t));
      labels[i] = arm;
    }
    x = Tensor.of(points, N * K, 2);
    y = Tensor.ofLongs(labels, N * K);
  }

  /** The mean cross-entropy, and a penalty on the weights (as in the lecture's code: no bias). */
  Tensor loss(Tensor scores, List<Tensor> weights) {
    Tensor loss = scores.crossEntropy(y);
    for (Tensor w : weights) {
      loss = loss.add(w.square().sum().mul(REG / 2));
    }
    return loss;
  }

  /** dL/dscores by hand: (p - 1 at the right class) / n. */
  Tensor scoresGradient(Tensor scores) {
    Tensor right = y.oneHot(K).to(scores.dtype());
    return scores.softmax(1).sub(right).div(N * K);
  }

  /** The gradient of the penalty. */
  static Tensor penaltyGradient(Tensor w) {
    return w.mul(REG);
  }

  /** Descent with all points in every step; the losses before each step and after the last. */
  double[] descend(
      UnaryOperator<Tensor> model,
      List<Tensor> weights,
      Map<String, Tensor> parameters,
      int steps) {
    Sgd descent = new Sgd(parameters, STEP);
    double[] losses = new double[steps + 1];
    for (int step = 0; step <= steps; step++) {
      try (Scope _ = Scope.open()) {
        Tensor loss = loss(model.apply(x), weights);
        losses[step] = loss.item();
        if (step < steps) {
          descent.zeroGrad();
          loss.backward();
          descent.step();
        }
      }
    }
    return losses;
  }

  /** The share of the points that the model gives their own class. */
  double accuracy(UnaryOperator<Tensor> model) {
    return model.apply(x).argmax(1).eq(y).to(x.dtype()).mean().item();
  }

  /** Which class the model gives every place, with the points on top. */
  void draw(String title, UnaryOperator<Tensor> model, Path file) throws IOException {
    int side = 125;
    float[] grid = new float[side * side * 2];
    for (int i = 0; i < side * side; i++) {
      int row = i / side;
      int column = i % side;
      grid[2 * i] = 2.4f * column / (side - 1) - 1.2f;
      grid[2 * i + 1] = 2.4f * row / (side - 1) - 1.2f;
    }
    Picture picture = new Picture(title, "first feature", "second feature", 760, 660);
    picture.range(-1.2, 1.2, -1.2, 1.2);
    try (Tape.Pause _ = Tape.noGrad()) {
      long[] guesses = model.apply(Tensor.of(grid, side * side, 2)).argmax(1).toLongArray();
      add(picture, "region ", grid, guesses, PALE, true);
    }
    add(picture, "class ", x.toArray(), y.toLongArray(), STRONG, false);
    picture.write(file);
  }

  private static void add(
      Picture picture, String name, float[] places, long[] labels, Color[] colors, boolean area) {
    for (int k = 0; k < K; k++) {
      int label = k;
      int[] own = IntStream.range(0, labels.length).filter(i -> labels[i] == label).toArray();
      double[] x = Arrays.stream(own).mapToDouble(i -> places[2 * i]).toArray();
      double[] y = Arrays.stream(own).mapToDouble(i -> places[2 * i + 1]).toArray();
      if (own.length > 0) {
        picture.points(name + k, x, y, colors[k], area);
      }
    }
  }
}
