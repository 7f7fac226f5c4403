package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Row 9: squared error against cross-entropy behind softmax, for two classes. */
final class LossesAfterSoftmax extends Example {
  /** The first class is the right one. */
  private final Tensor target = Tensor.of(new float[] {1, 0}, 1, 2);

  LossesAfterSoftmax() {
    super(9, "l2-or-cross-entropy", "the gradient behind a softmax that is sure and wrong");
  }

  /** Makes the loss from the probabilities of both classes. */
  @FunctionalInterface
  private interface Loss {
    Tensor of(Tensor probabilities);
  }

  private Tensor squared(Tensor p) {
    return p.sub(target).square().sum().mul(0.5f);
  }

  private Tensor crossEntropy(Tensor p) {
    return target.mul(p.log()).sum().neg();
  }

  /** The gradient by the logits, where that of the right class leads by {@code lead}. */
  private static Tensor gradient(Loss loss, double lead) {
    Tensor logits = Tensor.of(new float[] {(float) lead / 2, (float) -lead / 2}, 1, 2);
    return gradients(loss.of(logits.requireGrad().softmax(1)), logits)[0];
  }

  private static double[] sizes(Loss loss, double[] leads) {
    return Arrays.stream(leads).map(lead -> gradient(loss, lead).abs().toArray()[0]).toArray();
  }

  /** Descent on the lead alone: the probability of the right class after each step. */
  private static double[] descend(Loss loss, double lead, int steps) {
    double[] probabilities = new double[steps + 1];
    for (int step = 0; step <= steps; step++) {
      probabilities[step] = 1 / (1 + Math.exp(-lead));
      float[] gradient = gradient(loss, lead).toArray();
      lead -= gradient[0] - gradient[1];
    }
    return probabilities;
  }

  @Override
  protected void run(Output out) throws IOException {
    for (double lead : new double[] {-8, -2, 0, 2, 8}) {
      Tensor p = Tensor.of(new float[] {(float) lead / 2, (float) -lead / 2}, 1, 2).softmax(1);
      Tensor error = p.sub(target);
      Tensor mean = p.mul(error).sum();
      out.check(
          "lead %+.0f: cross-entropy, dz = p - y".formatted(lead),
          error,
          gradient(this::crossEntropy, lead),
          1e-6);
      out.check( // the Jacobian of softmax times dp = p - y
          "lead %+.0f: L2, dz = p (p - y - Σ p (p - y))".formatted(lead),
          p.mul(error.sub(mean)),
          gradient(this::squared, lead),
          1e-6);
    }

    double[] leads = IntStream.rangeClosed(-40, 40).mapToDouble(i -> i / 4.0).toArray();
    double[] l2 = sizes(this::squared, leads);
    double[] entropy = sizes(this::crossEntropy, leads);
    out.say("  wrong by 10: cross-entropy pulls with %.5f, L2 with %.2g", entropy[0], l2[0]);
    out.check("cross-entropy still pulls with 0.99 there", entropy[0] > 0.99);
    out.check("L2 pulls 10,000 times less", l2[0] * 1e4 < entropy[0]);
    new Picture("Two classes behind softmax", "lead of the right class's logit", "|dL/dz|")
        .line("cross-entropy", leads, entropy)
        .line("L2", leads, l2)
        .write(out.picture("gradients.png"));

    int steps = 600;
    double[] time = IntStream.rangeClosed(0, steps).asDoubleStream().toArray();
    double[] slow = descend(this::squared, -7, steps);
    double[] fast = descend(this::crossEntropy, -7, steps);
    int slowSteps = (int) Arrays.stream(slow).takeWhile(p -> p < 0.9).count();
    int fastSteps = (int) Arrays.stream(fast).takeWhile(p -> p < 0.9).count();
    out.say("  steps from p = 0.001 to 0.9: cross-entropy %d, L2 %d", fastSteps, slowSteps);
    out.check("L2 learns more slowly, by a factor above 10", slowSteps > 10 * fastSteps);
    new Picture("Learning from p = 0.001", "step", "probability of the right class")
        .line("cross-entropy", time, fast)
        .line("L2", time, slow)
        .range(0, steps, 0, 1)
        .write(out.picture("learning.png"));
  }
}
