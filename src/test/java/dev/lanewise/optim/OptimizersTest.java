package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Each optimiser against its algorithm, written out for one number in double precision. */
class OptimizersTest {
  private static final int STEPS = 12;
  private static final double DECAY = 0.05;

  /** A step of one parameter: s holds what the algorithm remembers, t counts from 1. */
  @FunctionalInterface
  private interface Algorithm {
    double step(double x, double g, double[] s, int t);
  }

  private static void check(String name, Options options, Algorithm algorithm) {
    Random random = new Random(3);
    int n = 21;
    float[] start = values(random, n);
    Tensor w = Tensor.of(start, n).requireGrad();
    Optimizer optimizer =
        Optimizers.create(name, List.of(new ParameterGroup(Map.of("w", w), options)));
    double[] x = new double[n];
    double[][] s = new double[n][8];
    for (int i = 0; i < n; i++) {
      x[i] = start[i];
    }
    for (int t = 1; t <= STEPS; t++) {
      float[] g = values(random, n);
      w.setGrad(Tensor.of(g, n));
      optimizer.step();
      for (int i = 0; i < n; i++) {
        x[i] = algorithm.step(x[i], g[i], s[i], t);
      }
    }
    float[] found = w.toArray();
    for (int i = 0; i < n; i++) {
      assertEquals(x[i], found[i], 2e-5 * (1 + Math.abs(x[i])), name + " " + options);
    }
  }

  @Test
  void aStepOfAClosureIsBackwardAndAStep() {
    for (String name : Optimizers.names()) {
      Tensor w = Tensor.of(new float[] {1, -2, 3}, 3).requireGrad();
      Tensor twin = Tensor.of(new float[] {1, -2, 3}, 3).requireGrad();
      Optimizer optimizer = create(name, w);
      Optimizer second = create(name, twin);
      for (int i = 0; i < 3; i++) {
        double loss =
            optimizer.step(() -> {
              optimizer.zeroGrad();
              Tensor sum = w.square().sum();
              sum.backward();
              return sum;
            });
        second.zeroGrad();
        Tensor sum = twin.square().sum();
        sum.backward();
        assertEquals(sum.item(), loss, name);
        second.step();
        assertArrayEquals(twin.toArray(), w.toArray(), name);
      }
    }
  }

  private static Optimizer create(String name, Tensor parameter) {
    Map<String, Tensor> parameters = Map.of("w", parameter);
    return Optimizers.create(name, List.of(new ParameterGroup(parameters, Options.of("lr", 0.1))));
  }

  private static float[] values(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextFloat(-1, 1);
    }
    return values;
  }

  private static Options options(double lr) {
    return Options.of("lr", lr).with("weightDecay", DECAY);
  }

  @Test
  void nadam() {
    check(
        "nadam",
        options(0.02),
        (x, g0, s, t) -> {
          double g = g0 + DECAY * x;
          double mu = 0.9 * (1 - 0.5 * Math.pow(0.96, t * 0.004));
          double next = 0.9 * (1 - 0.5 * Math.pow(0.96, (t + 1) * 0.004));
          s[2] = (t == 1 ? 1 : s[2]) * mu;
          s[0] = 0.9 * s[0] + 0.1 * g;
          s[1] = 0.999 * s[1] + 0.001 * g * g;
          double root = Math.sqrt(s[1] / (1 - Math.pow(0.999, t))) + 1e-8;
          return x
              - 0.02 * (1 - mu) / (1 - s[2]) * g / root
              - 0.02 * next / (1 - s[2] * next) * s[0] / root;
        });
  }

  @Test
  void radam() {
    for (double beta2 : new double[] {0.999, 0.9}) {
      check(
          "radam",
          options(0.02).with("beta2", beta2),
          (x, g0, s, t) -> {
            double g = g0 + DECAY * x;
            s[0] = 0.9 * s[0] + 0.1 * g;
            s[1] = beta2 * s[1] + (1 - beta2) * g * g;
            double mean = s[0] / (1 - Math.pow(0.9, t));
            double infinite = 2 / (1 - beta2) - 1;
            double power = Math.pow(beta2, t);
            double rho = infinite - 2 * t * power / (1 - power);
            if (rho <= 5) {
              return x - 0.02 * mean;
            }
            double r =
                Math.sqrt(
                    (rho - 4) * (rho - 2) * infinite / ((infinite - 4) * (infinite - 2) * rho));
            return x - 0.02 * mean * r * Math.sqrt(1 - power) / (Math.sqrt(s[1]) + 1e-8);
          });
    }
  }

  @Test
  void adamax() {
    check(
        "adamax",
        options(0.02),
        (x, g0, s, t) -> {
          double g = g0 + DECAY * x;
          s[0] = 0.9 * s[0] + 0.1 * g;
          s[1] = Math.max(0.999 * s[1], Math.abs(g) + 1e-8);
          return x - 0.02 / (1 - Math.pow(0.9, t)) * s[0] / s[1];
        });
  }

  @Test
  void adamWithAmsgradAndMaximize() {
    check(
        "adamw",
        options(0.02).with("amsgrad", true).with("maximize", true).with("beta2", 0.9),
        (x0, g0, s, t) -> {
          double g = -g0;
          double x = x0 * (1 - 0.02 * DECAY);
          s[0] = 0.9 * s[0] + 0.1 * g;
          s[1] = 0.9 * s[1] + 0.1 * g * g;
          s[2] = Math.max(s[2], s[1]);
          double root = Math.sqrt(s[2]) / Math.sqrt(1 - Math.pow(0.9, t)) + 1e-8;
          return x - 0.02 / (1 - Math.pow(0.9, t)) * s[0] / root;
        });
  }

  @Test
  void rmsprop() {
    for (boolean centered : new boolean[] {false, true}) {
      for (double momentum : new double[] {0, 0.8}) {
        Options options =
            options(0.02).with("centered", centered).with("momentum", momentum).with("eps", 0.01);
        check(
            "rmsprop",
            options,
            (x, g0, s, t) -> {
              double g = g0 + DECAY * x;
              s[0] = 0.99 * s[0] + 0.01 * g * g;
              s[1] = 0.99 * s[1] + 0.01 * g;
              s[2] = momentum * s[2] + g / (Math.sqrt(s[0] - (centered ? s[1] * s[1] : 0)) + 0.01);
              return x - 0.02 * s[2];
            });
      }
    }
  }

  @Test
  void adagrad() {
    Options options = options(0.1).with("lrDecay", 0.1).with("initialAccumulatorValue", 0.3);
    check(
        "adagrad",
        options,
        (x, g0, s, t) -> {
          double g = g0 + DECAY * x;
          s[0] = (t == 1 ? 0.3 : s[0]) + g * g;
          return x - 0.1 / (1 + (t - 1) * 0.1) * g / (Math.sqrt(s[0]) + 1e-10);
        });
  }

  @Test
  void adadelta() {
    check(
        "adadelta",
        options(0.7).with("eps", 1e-3),
        (x, g0, s, t) -> {
          double g = g0 + DECAY * x;
          s[0] = 0.9 * s[0] + 0.1 * g * g;
          double step = Math.sqrt(s[1] + 1e-3) / Math.sqrt(s[0] + 1e-3) * g;
          s[1] = 0.9 * s[1] + 0.1 * step * step;
          return x - 0.7 * step;
        });
  }

  @Test
  void lion() {
    check(
        "lion",
        options(0.01),
        (x, g, s, t) -> {
          double direction = Math.signum(0.9 * s[0] + 0.1 * g);
          s[0] = 0.99 * s[0] + 0.01 * g;
          return x * (1 - 0.01 * DECAY) - 0.01 * direction;
        });
  }

  @Test
  void asgd() {
    check(
        "asgd",
        options(0.1).with("lambd", 0.2),
        (x, g0, s, t) -> {
          double rate = t == 1 ? 0.1 : s[0];
          s[0] = 0.1 / Math.pow(1 + 0.2 * 0.1 * t, 0.75);
          return x * (1 - 0.2 * rate) - rate * (g0 + DECAY * x);
        });
  }

  @Test
  void rprop() {
    check(
        "rprop",
        Options.of("lr", 0.05).with("maxStep", 0.08),
        (x, g0, s, t) -> {
          double product = g0 * s[1];
          double size = t == 1 ? 0.05 : s[0];
          double factor = product > 0 ? 1.2 : product < 0 ? 0.5 : 1;
          s[0] = Math.min(Math.max(size * factor, 1e-6), 0.08);
          s[1] = product < 0 ? 0 : g0;
          return x - Math.signum(s[1]) * s[0];
        });
  }

  @Test
  void groupsHaveOptionsOfTheirOwn() {
    Tensor a = Tensor.ones(2).requireGrad();
    Tensor b = Tensor.ones(2).requireGrad();
    Optimizer sgd =
        new Sgd(
            List.of(
                new ParameterGroup(Map.of("a", a), Options.of("lr", 0.5)),
                new ParameterGroup(Map.of("b", b), Options.of("lr", 0.25).with("momentum", 0.9))));
    a.setGrad(Tensor.ones(2));
    b.setGrad(Tensor.ones(2));
    sgd.step();
    assertArrayEquals(new float[] {0.5f, 0.5f}, a.toArray());
    assertArrayEquals(new float[] {0.75f, 0.75f}, b.toArray());
    assertEquals(List.of("b.momentum_buffer"), List.copyOf(sgd.state().keySet()));
    sgd.groups().get(1).set("lr", 0);
    sgd.step();
    assertArrayEquals(new float[] {0, 0}, a.toArray());
    assertArrayEquals(new float[] {0.75f, 0.75f}, b.toArray());
    assertThrows(
        IllegalArgumentException.class,
        () -> sgd.addGroup(new ParameterGroup(Map.of("a", a), Options.none())));
  }

  @Test
  void everyOptimiserGoesOnFromItsStateWithTheSameBits() {
    for (String name : Optimizers.names()) {
      Random random = new Random(9);
      Options options = Options.of("lr", 0.01);
      options = name.equals("sgd") ? options.with("momentum", 0.9) : options;
      Tensor w = Tensor.of(values(random, 19), 19).requireGrad();
      Optimizer first =
          Optimizers.create(name, List.of(new ParameterGroup(Map.of("w", w), options)));
      for (int t = 0; t < 7; t++) {
        w.setGrad(Tensor.of(values(random, 19), 19));
        first.step();
      }
      Tensor copy = Tensor.of(w.toArray(), 19).requireGrad();
      Optimizer second =
          Optimizers.create(name, List.of(new ParameterGroup(Map.of("w", copy), options)));
      Map<String, Tensor> state = new LinkedHashMap<>();
      try (Scope scope = Scope.open()) {
        first
            .state()
            .forEach((key, value) ->
                state.put(key, Scope.release(Tensor.of(value.toArray(), value.shape().toArray()))));
      }
      second.load(state);
      for (int t = 0; t < 3; t++) {
        float[] g = values(random, 19);
        w.setGrad(Tensor.of(g, 19));
        copy.setGrad(Tensor.of(g, 19));
        first.step();
        second.step();
        assertArrayEquals(w.toArray(), copy.toArray(), name);
      }
    }
  }

  @Test
  void whatIsUnknownIsNamed() {
    assertEquals(
        "Lion has no option 'momentum'; expected one of lr, beta1, beta2, weightDecay, maximize.",
        assertThrows(
                IllegalArgumentException.class,
                () -> new Lion(Map.of(), Options.of("momentum", 0.9)))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> Optimizers.create("magic", List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Adam(Map.of(), Options.of("beta1", 1)));
  }
}
