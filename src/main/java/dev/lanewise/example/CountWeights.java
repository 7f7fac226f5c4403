package dev.lanewise.example;

import dev.lanewise.nn.Linear;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Sequential;
import dev.lanewise.nn.Summary;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;

/** Row 25: how many weights an MLP has. */
final class CountWeights extends Example {
  CountWeights() {
    super(25, "count-weights", "the weights of an MLP, by a formula and by the summary");
  }

  @Override
  protected void run(Output out) {
    out.check("three hidden units on a line", 10, mlp(1, 3, 1).parameterCount(), 0);

    int[] widths = {784, 512, 256, 10};
    long weights = 0;
    long biases = 0;
    for (int i = 1; i < widths.length; i++) {
      weights += (long) widths[i - 1] * widths[i];
      biases += widths[i];
    }
    Summary summary = mlp(widths).summary(Shape.of(1, 784));
    summary.toString().lines().forEach(line -> out.say("  %s", line));
    out.check(
        "parameters: the sum of (inputs + 1) outputs", weights + biases, summary.parameters(), 0);
    long dense =
        summary.rows().stream()
            .filter(row -> row.layer().startsWith("Linear"))
            .mapToLong(Summary.Row::flops)
            .sum();
    out.check("work: two for each weight", 2 * weights, dense, 0);
  }

  private static Sequential mlp(int... widths) {
    Generator random = new Generator(1);
    Sequential net = new Sequential();
    for (int i = 1; i < widths.length; i++) {
      net.add("linear" + i, new Linear(widths[i - 1], widths[i], random));
      if (i < widths.length - 1) {
        net.add("relu" + i, new ReLU());
      }
    }
    return net;
  }
}
