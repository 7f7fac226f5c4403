package dev.lanewise.example;

import dev.lanewise.nn.Linear;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Row 2: descent with all samples a step, with one, and with a few. */
final class ThreeDescents extends Example {
  private static final int N = 64;
  private static final int EPOCHS = 30;

  private final Generator random = new Generator(1);
  private final Tensor x = random.uniform(Shape.of(N, 1), -1, 1);
  private final Tensor y = x.mul(3).sub(1).add(random.normal(Shape.of(N, 1), 0, 0.1f));

  ThreeDescents() {
    super(2, "three-descents", "full batch, stochastic, mini-batch, and momentum on one line");
  }

  /** The loss over all samples after each epoch, and the number of steps in {@code steps[0]}. */
  private double[] train(int batch, float rate, float momentum, int[] steps) {
    Linear line = new Linear(1, 1, new Generator(2));
    Sgd sgd = new Sgd(line.parameters(), rate, momentum);
    java.util.Random order = new java.util.Random(3);
    double[] losses = new double[EPOCHS];
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
      long[] shuffled = LongStream.range(0, N).toArray();
      for (int i = N - 1; i > 0; i--) { // Fisher and Yates
        int j = order.nextInt(i + 1);
        long swapped = shuffled[i];
        shuffled[i] = shuffled[j];
        shuffled[j] = swapped;
      }
      for (int first = 0; first < N; first += batch) {
        try (Scope _ = Scope.open()) {
          Tensor chosen = Tensor.ofLongs(Arrays.copyOfRange(shuffled, first, first + batch), batch);
          sgd.zeroGrad();
          line.forward(x.indexSelect(0, chosen)).mse(y.indexSelect(0, chosen)).backward();
          sgd.step();
          steps[0]++;
        }
      }
      losses[epoch] = line.forward(x).mse(y).item();
    }
    return losses;
  }

  /** What is left at the best line: the variance of y that x does not explain. */
  private double leastLoss() {
    Tensor dx = x.sub(x.mean());
    Tensor dy = y.sub(y.mean());
    double covariance = dx.mul(dy).mean().item();
    return dy.square().mean().item() - covariance * covariance / dx.square().mean().item();
  }

  @Override
  protected void run(Output out) throws IOException {
    record Kind(String name, int batch, float rate, float momentum, double slack) {}
    double least = leastLoss();
    double[] epochs = IntStream.rangeClosed(1, EPOCHS).asDoubleStream().toArray();
    Picture picture = new Picture("One line, four descents", "epoch", "loss over all samples");
    picture.logY();
    for (Kind kind :
        new Kind[] {
          new Kind("full batch", N, 0.5f, 0, 1e-4),
          new Kind("stochastic", 1, 0.05f, 0, 5e-3), // it ends in a cloud around the best line
          new Kind("mini-batch of 8", 8, 0.2f, 0, 2e-3),
          new Kind("mini-batch of 8, momentum 0.8", 8, 0.04f, 0.8f, 2e-3),
        }) {
      int[] steps = new int[1];
      double[] losses = train(kind.batch, kind.rate, kind.momentum, steps);
      out.check(
          kind.name + ": steps an epoch", (double) N / kind.batch, (double) steps[0] / EPOCHS, 0);
      out.check(kind.name + ": last loss, least possible", least, losses[EPOCHS - 1], kind.slack);
      picture.line(kind.name, epochs, losses);
    }
    picture.write(out.picture("descents.png"));
  }
}
