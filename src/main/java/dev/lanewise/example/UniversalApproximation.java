package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.optim.Adam;
import dev.lanewise.optim.LrScheduler;
import dev.lanewise.optim.Schedule;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.awt.Color;
import java.io.IOException;
import java.util.Map;
import java.util.stream.IntStream;

/** Row 22: one hidden layer of ReLU units draws broken lines, and enough of them anything. */
final class UniversalApproximation extends Example {
  private static final int[] WIDTHS = {3, 10, 30, 100, 300, 1000};

  UniversalApproximation() {
    super(22, "universal-approximation", "broken lines: four pieces of 3 units, anything of 1,000");
  }

  /** y = b2 + Σ w2 ReLU(b1 + w1 x); {@code w1}, {@code b1} [1, D], {@code w2} [D, 1]. */
  private record Shallow(Tensor w1, Tensor b1, Tensor w2, Tensor b2) {
    static Shallow random(int units, Generator random) {
      return new Shallow(
          random.normal(Shape.of(1, units), 0, 1),
          random.normal(Shape.of(1, units), 0, 1),
          random.normal(Shape.of(units, 1), 0, 1),
          random.normal(Shape.of(1), 0, 1));
    }

    /** The broken line through the target at {@code units} places: a joint for each unit. */
    static Shallow through(int units) {
      float[] joints = new float[units];
      float[] bends = new float[units];
      double step = 1.0 / units;
      double slope = 0;
      for (int i = 0; i < units; i++) {
        double next = (target((i + 1) * step) - target(i * step)) / step;
        joints[i] = (float) (-i * step);
        bends[i] = (float) (next - slope);
        slope = next;
      }
      return new Shallow(
          Tensor.ones(1, units),
          Tensor.of(joints, 1, units),
          Tensor.of(bends, units, 1),
          Tensor.of(new float[] {(float) target(0)}, 1));
    }

    Tensor of(Tensor x) {
      return x.mul(w1).add(b1).relu().matmul(w2).add(b2);
    }

    Map<String, Tensor> parameters() {
      return Map.of("w1", w1, "b1", b1, "w2", w2, "b2", b2);
    }
  }

  /** Continuous on [0, 1], with a kink. */
  private static double target(double x) {
    return Math.sin(2 * Math.PI * x) * Math.exp(-x) + Math.abs(x - 0.6);
  }

  private static Tensor column(double from, double to, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (from + (to - from) * i / (count - 1));
    }
    return Tensor.of(values, count, 1);
  }

  private static Tensor targets(Tensor x) {
    float[] values = x.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) target(values[i]);
    }
    return Tensor.of(values, values.length, 1);
  }

  private static double[] doubles(Tensor x) {
    float[] values = x.toArray();
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  /** The pieces that the net has over the places x: where the slope changes, another begins. */
  private static int regions(Shallow net, Tensor x) {
    Tensor places = x.detach().requireGrad();
    float[] slopes = gradients(net.of(places).sum(), places)[0].toArray();
    return 1
        + (int)
            IntStream.range(1, slopes.length)
                .filter(i -> Math.abs(slopes[i] - slopes[i - 1]) > 1e-5)
                .count();
  }

  /** The largest difference from the target on [0, 1]: the sup-norm, on a fine grid. */
  private static double worst(Shallow net) {
    try (Tape.Pause _ = Tape.noGrad()) {
      Tensor x = column(0, 1, 5000);
      return net.of(x).sub(targets(x)).abs().max().item();
    }
  }

  /** What descent finds from units whose joints lie anywhere in [0, 1]. */
  private static Shallow train(int units, int steps) {
    Generator random = new Generator(22);
    Tensor w1 = random.normal(Shape.of(1, units), 0, 3);
    Tensor b1 = w1.mul(random.uniform(Shape.of(1, units), -1, 0));
    Tensor w2 = random.normal(Shape.of(units, 1), 0, (float) (0.3 / Math.sqrt(units)));
    Shallow net = new Shallow(w1, b1, w2, Tensor.zeros(1));
    net.parameters().values().forEach(Tensor::requireGrad);
    Adam adam = new Adam(net.parameters(), 0.01);
    LrScheduler schedule = new LrScheduler(adam, Schedule.COSINE, steps);
    Tensor x = column(0, 1, 256);
    Tensor y = targets(x);
    for (int step = 0; step < steps; step++) {
      try (Scope _ = Scope.open()) {
        schedule.at(step);
        adam.zeroGrad();
        net.of(x).mse(y).backward();
        adam.step();
      }
    }
    return net;
  }

  @Override
  protected void run(Output out) throws IOException {
    pieces(out);

    double[] widths = IntStream.of(WIDTHS).asDoubleStream().toArray();
    double[] built = new double[WIDTHS.length];
    double[] trained = new double[WIDTHS.length];
    Tensor x = column(0, 1, 500);
    Tensor few = column(0, 1, 41);
    Picture curves = new Picture("A continuous function, and trained networks", "x", "y");
    for (int i = 0; i < WIDTHS.length; i++) {
      built[i] = worst(Shallow.through(WIDTHS[i]));
      Shallow net = train(WIDTHS[i], out.quick() ? 300 : 4000);
      trained[i] = worst(net);
      out.say("  %4d units: worst %.2g built, %.2g trained", WIDTHS[i], built[i], trained[i]);
      if (WIDTHS[i] == 3 || WIDTHS[i] == 10 || WIDTHS[i] == 1000) {
        curves.line(WIDTHS[i] + " units", doubles(x), doubles(net.of(x)));
      }
    }
    for (int i = 1; i < WIDTHS.length; i++) {
      out.check(
          WIDTHS[i] + " units can come closer than " + WIDTHS[i - 1], built[i] < built[i - 1]);
    }
    int last = WIDTHS.length - 1;
    out.check("1,000 units can come within 1e-3 everywhere", built[last] < 1e-3);
    double bound = out.quick() ? 0.3 : 0.01;
    out.check("1,000 trained units come within " + bound, trained[last] < bound);
    out.check("trained ones too come closer than 3 units", trained[last] < trained[0] / 3);
    curves.points("target", doubles(few), doubles(targets(few)), Color.BLACK, false);
    curves.write(out.picture("fits.png"));
    new Picture("Worst error on [0, 1]", "hidden units", "largest difference")
        .logX()
        .logY()
        .line("built, a joint a unit", widths, built)
        .line("trained by Adam", widths, trained)
        .write(out.picture("error.png"));
  }

  /** Random nets of 3 units, as the lecture draws them, and one of 1,000. */
  private static void pieces(Output out) throws IOException {
    Generator random = new Generator(3);
    Tensor x = column(-10, 10, 4001);
    int[] counts = new int[10];
    Picture picture = new Picture("Random networks of 3 hidden units", "x", "y");
    Tensor shown = column(-3, 3, 301);
    for (int i = 0; i < 1000; i++) {
      try (Scope _ = Scope.open()) {
        Shallow net = Shallow.random(3, random);
        counts[regions(net, x)]++;
        if (i < 5) {
          picture.line("network " + (i + 1), doubles(shown), doubles(net.of(shown)));
        }
      }
    }
    picture.range(-3, 3, -3, 6).write(out.picture("random.png"));
    for (int pieces = 1; pieces < counts.length; pieces++) {
      if (counts[pieces] > 0) {
        out.say(
            "  %d of 1000 random nets of 3 units have %d linear pieces", counts[pieces], pieces);
      }
    }
    out.check("no net has more than 4", counts[1] + counts[2] + counts[3] + counts[4] == 1000);
    out.check("most have 4", counts[4] > 500);
    Shallow wide = Shallow.random(1000, random);
    new Picture("A random network of 1,000 hidden units", "x", "y")
        .line("network", doubles(shown), doubles(wide.of(shown)))
        .write(out.picture("random-1000.png"));
  }
}
