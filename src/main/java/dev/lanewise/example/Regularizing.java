package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Sequential;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.Options;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Row 29: ridge regression and weight decay, dropout, early stopping. */
final class Regularizing extends Example {
  private static final int DEGREE = 12;

  Regularizing() {
    super(29, "regularizers", "ridge regression, weight decay, dropout, early stopping");
  }

  @Override
  protected void run(Output out) throws IOException {
    ridge(out);
    weightDecay(out);
    dropout(out);
    earlyStopping(out);
  }

  /** What is behind the noisy points. */
  private static double truth(double x) {
    return Math.sin(3 * x);
  }

  /** A polynomial through 15 noisy points, f(x) = sum of theta_k x^k, with a price on theta. */
  private static void ridge(Output out) throws IOException {
    Random noise = new Random(4);
    double[] x = between(15);
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = truth(x[i]) + 0.25 * noise.nextGaussian();
    }
    double[] everywhere = between(201);
    double[] lambdas = new double[33];
    double[] train = new double[lambdas.length];
    double[] test = new double[lambdas.length];
    int best = 0;
    for (int i = 0; i < lambdas.length; i++) {
      lambdas[i] = Math.pow(10, -9 + 0.375 * i);
      double[] theta = LeastSquares.polynomial(x, y, DEGREE, lambdas[i]);
      train[i] = error(theta, x, y);
      test[i] = error(theta, everywhere, truths(everywhere));
      best = test[i] < test[best] ? i : best;
    }
    double[] free = LeastSquares.polynomial(x, y, DEGREE, 0);
    double[] cured = LeastSquares.polynomial(x, y, DEGREE, lambdas[best]);
    double[] flat = LeastSquares.polynomial(x, y, DEGREE, lambdas[lambdas.length - 1]);
    double[] truths = truths(everywhere);
    double overfit = error(free, everywhere, truths);
    out.say(
        "  lambda 0: error %.4f at the points, %.4f between; %.2g: %.4f, %.4f",
        error(free, x, y), overfit, lambdas[best], train[best], test[best]);
    out.check("without a price the points are met better", error(free, x, y) < train[best]);
    out.check("but the curve between them at least twice as badly", overfit > 2 * test[best]);
    out.check("a very large price fits nothing", test[lambdas.length - 1] > 2 * test[best]);
    out.check("the price makes theta small", size(cured) < size(free) / 10);

    Tensor theta = floats(cured).requireGrad();
    Tensor misses = powers(x).mv(theta).sub(floats(y));
    Tensor price = theta.square().sum().mul((float) lambdas[best]);
    Tensor slope = gradients(misses.square().sum().add(price), theta)[0];
    out.check("the tape's gradient at the best theta", 0, slope.abs().max().item(), 1e-3);

    new Picture("A polynomial of degree " + DEGREE + " through 15 points", "x", "y")
        .points("noisy points", x, y)
        .line("behind them", everywhere, truths)
        .line("λ = 0", everywhere, values(free, everywhere))
        .line("λ = %.0e".formatted(lambdas[best]), everywhere, values(cured, everywhere))
        .line("λ = 1000", everywhere, values(flat, everywhere))
        .range(-1.05, 1.05, -1.5, 1.5)
        .write(out.picture("ridge.png"));
    new Picture("Too free and too stiff", "λ", "mean squared error")
        .line("at the points", lambdas, train)
        .line("everywhere, without noise", lambdas, test)
        .logX()
        .logY()
        .write(out.picture("ridge-errors.png"));
  }

  /** For plain gradient descent, weight decay and the price lambda/2 |theta|² are one thing. */
  private static void weightDecay(Output out) {
    Generator random = new Generator(29);
    Tensor x = random.normal(Shape.of(8, 3), 0, 1);
    Tensor y = random.normal(Shape.of(8, 2), 0, 1);
    Linear decayed = new Linear(3, 2, new Generator(1));
    Linear priced = new Linear(3, 2, new Generator(1));
    Sgd one = new Sgd(decayed.parameters(), 0.1, new Sgd.Settings(0, 0.05));
    Sgd other = new Sgd(priced.parameters(), 0.1f, 0);
    for (int step = 0; step < 10; step++) {
      one.zeroGrad();
      decayed.forward(x).mse(y).backward();
      one.step();
      other.zeroGrad();
      Tensor price = Tensor.scalar(0);
      for (Tensor own : priced.parameters().values()) {
        price = price.add(own.square().sum().mul(0.05f / 2));
      }
      priced.forward(x).mse(y).add(price).backward();
      other.step();
    }
    out.check("weight decay = a price on the squares", priced.weight(), decayed.weight(), 1e-6);
  }

  /** A survivor is divided by the chance to survive, so the mean stays as it is. */
  private static void dropout(Output out) {
    int n = 200_000;
    float p = 0.3f;
    Tensor ones = Tensor.ones(n);
    Dropout dropout = new Dropout(p, new Generator(29));
    Tensor y = dropout.forward(ones);
    double oneError = Math.sqrt(p / (1 - p) / n); // of the mean
    out.check("dropout 0.3: share of zeros", p, y.eq(0).countNonzero().item() / (double) n, 4e-3);
    out.check("dropout: a survivor", 1 / (1 - p), y.max().item(), 1e-6);
    out.check("dropout: the mean is preserved", 1, y.mean().item(), 4 * oneError);
    out.check("dropout: the variance is p / (1 - p)", p / (1 - p), y.var().item(), 1e-2);
    Tensor leaf = ones.add(0).requireGrad();
    Tensor through = dropout.forward(leaf);
    out.check(
        "dropout: the gradient has the same mask", through, gradients(through.sum(), leaf)[0], 0);
    dropout.train(false);
    out.check("dropout: nothing happens in evaluation", ones, dropout.forward(ones), 0);
  }

  /** Two classes of 20 numbers, of which two matter, and a share of wrong labels. */
  private record Points(Tensor x, Tensor labels) {
    static Points draw(int count, double wrong, long seed) {
      Generator random = new Generator(seed);
      Tensor x = random.normal(Shape.of(count, 20), 0, 1);
      float[] values = x.toArray();
      Random lies = new Random(seed);
      long[] labels = new long[count];
      for (int i = 0; i < count; i++) {
        boolean above = values[20 * i] + values[20 * i + 1] > 0;
        labels[i] = above != lies.nextDouble() < wrong ? 1 : 0;
      }
      return new Points(x, Tensor.ofLongs(labels, count));
    }
  }

  /** The validation loss after each epoch. */
  private static double[] train(
      double dropout, double decay, int epochs, Points train, Points validation) {
    Generator random = new Generator(5);
    Sequential net =
        new Sequential()
            .add("first", new Linear(20, 200, random))
            .add("relu", new ReLU())
            .add("dropout", new Dropout((float) dropout, random))
            .add("second", new Linear(200, 2, random));
    Adam adam = new Adam(net.parameters(), Options.of("lr", 2e-3).with("weightDecay", decay));
    double[] losses = new double[epochs];
    for (int epoch = 0; epoch < epochs; epoch++) {
      try (Scope _ = Scope.open()) {
        adam.zeroGrad();
        net.train(true);
        net.forward(train.x).crossEntropy(train.labels).backward();
        adam.step();
        net.train(false);
        losses[epoch] =
            Tape.noGrad(() -> net.forward(validation.x).crossEntropy(validation.labels).item());
      }
    }
    return losses;
  }

  /** The epoch, from 1, after which the loss has not been less for {@code patience} epochs. */
  private static int stop(double[] losses, int patience) {
    int best = 0;
    for (int epoch = 1; epoch < losses.length; epoch++) {
      best = losses[epoch] < losses[best] ? epoch : best;
      if (epoch - best == patience) {
        return epoch + 1;
      }
    }
    return losses.length;
  }

  private static void earlyStopping(Output out) throws IOException {
    Points train = Points.draw(300, 1 / 6.0, 1);
    Points validation = Points.draw(2000, 0, 2);
    int epochs = 200;
    Map<String, double[]> runs = new LinkedHashMap<>();
    double[] plain = train(0, 0, epochs, train, validation);
    runs.put("nothing", plain);
    runs.put("weight decay 0.03", train(0, 0.03, epochs, train, validation));
    runs.put("dropout 0.7", train(0.7, 0, epochs, train, validation));
    double[] numbers = new double[epochs];
    Arrays.setAll(numbers, i -> i + 1);
    Picture picture = new Picture("Three cures of over-fitting", "epoch", "validation loss");
    runs.forEach((name, losses) -> {
      picture.line(name, numbers, losses);
      out.say("  %-18s least %.4f, last %.4f", name, least(losses, epochs), losses[epochs - 1]);
    });
    int stop = stop(plain, 10);
    picture.points(
        "stopped early, patience 10", new double[] {stop}, new double[] {plain[stop - 1]});
    picture.write(out.picture("early-stopping.png"));
    out.check(
        "over-fitting: the last loss is above the least",
        plain[epochs - 1] > 1.2 * least(plain, epochs));
    out.say("  patience 10 stops after epoch %d", stop);
    out.check("early stopping keeps the least loss", least(plain, stop) == least(plain, epochs));
    runs.remove("nothing");
    runs.forEach((cure, losses) ->
        out.check(cure + " ends lower than nothing does", losses[epochs - 1] < plain[epochs - 1]));
  }

  private static double least(double[] losses, int count) {
    return Arrays.stream(losses).limit(count).min().orElseThrow();
  }

  private static double[] between(int count) {
    double[] x = new double[count];
    Arrays.setAll(x, i -> -1 + 2.0 * i / (count - 1));
    return x;
  }

  private static double[] truths(double[] x) {
    return Arrays.stream(x).map(Regularizing::truth).toArray();
  }

  private static double[] values(double[] theta, double[] x) {
    return Arrays.stream(x).map(at -> LeastSquares.value(theta, at)).toArray();
  }

  private static double error(double[] theta, double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += Math.pow(LeastSquares.value(theta, x[i]) - y[i], 2);
    }
    return sum / x.length;
  }

  private static double size(double[] theta) {
    return Math.sqrt(Arrays.stream(theta).map(v -> v * v).sum());
  }

  private static Tensor floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return Tensor.of(floats, floats.length);
  }

  /** The powers of each x, [points, degree + 1]. */
  private static Tensor powers(double[] x) {
    float[] powers = new float[x.length * (DEGREE + 1)];
    for (int i = 0; i < powers.length; i++) {
      powers[i] = (float) Math.pow(x[i / (DEGREE + 1)], i % (DEGREE + 1));
    }
    return Tensor.of(powers, x.length, DEGREE + 1);
  }
}
