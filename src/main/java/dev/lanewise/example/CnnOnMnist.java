package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.data.Batch;
import dev.lanewise.data.BatchLoader;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.IdxFolder;
import dev.lanewise.data.Normalization;
import dev.lanewise.data.Samples;
import dev.lanewise.data.Split;
import dev.lanewise.nn.Init;
import dev.lanewise.op.Conv2d;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Row 17: J = l(softmax(linear(relu(conv(maxpool(conv(x))))))), by descent on one digit a step. */
final class CnnOnMnist extends Example {
  private static final int CLASSES = 10;

  CnnOnMnist() {
    super(17, "cnn-on-mnist", "a small convolutional network, trained on one digit a step");
  }

  /** θ = [α, β, w]. */
  private record Parameters(Tensor alpha, Tensor beta, Tensor w) {
    static Parameters random(Generator random) {
      return new Parameters(
          weight(random, 8, 1, 5, 5), weight(random, 16, 8, 3, 3), weight(random, CLASSES, 1600));
    }

    private static Tensor weight(Generator random, int... dims) {
      return Init.kaimingNormal(Tensor.zeros(dims), 0, Init.Fan.IN, random).requireGrad();
    }

    Map<String, Tensor> named() {
      return Map.of("alpha", alpha, "beta", beta, "w", w);
    }
  }

  /** Everything before the softmax, in the lecture's names; x is [N, 1, 28, 28]. */
  private static Tensor scores(Parameters theta, Tensor x) {
    Tensor z1 = x.conv2d(theta.alpha, null, Conv2d.standard()); // [N, 8, 24, 24]
    Tensor z2 = z1.maxPool2d(2); // [N, 8, 12, 12]
    Tensor z3 = z2.conv2d(theta.beta, null, Conv2d.standard()); // [N, 16, 10, 10]
    Tensor z4 = z3.relu();
    return z4.flatten(1, 3).linear(theta.w, null);
  }

  /** The loss as the lecture writes it: a softmax, then -log of the right class's share. */
  private static Tensor twoSteps(Tensor z5, Tensor labels) {
    Tensor y = z5.softmax(1);
    return labels.oneHot(CLASSES).to(y.dtype()).mul(y.log()).sum().neg();
  }

  private static void compareLosses(Output out, Parameters theta) {
    Tensor x = new Generator(17).normal(Shape.of(1, 1, 28, 28), 0, 0.3f);
    Tensor label = Tensor.ofLongs(new long[] {3}, 1);
    Tensor[] inputs = {theta.alpha, theta.beta, theta.w};
    Tensor[] apart = gradients(twoSteps(scores(theta, x), label), inputs);
    Tensor[] fused = gradients(scores(theta, x).crossEntropy(label), inputs);
    String[] names = {"alpha", "beta", "w"};
    for (int i = 0; i < names.length; i++) {
      double size = fused[i].abs().max().item();
      out.say("  dJ/d%s: largest element %.3g", names[i], size);
      out.check("dJ/d" + names[i] + " is not nothing", size > 1e-3);
      out.check("dJ/d" + names[i] + ": softmax and log, or fused", apart[i], fused[i], 1e-5);
    }
  }

  private static double accuracy(Parameters theta, BatchLoader digits) {
    int right = 0;
    try (Tape.Pause _ = Tape.noGrad()) {
      for (Batch batch : digits.epoch(0)) {
        try (Scope _ = Scope.open()) {
          long[] guesses = scores(theta, batch.images()).argmax(1).toLongArray();
          for (int i = 0; i < guesses.length; i++) {
            right += guesses[i] == batch.label(i) ? 1 : 0;
          }
        }
      }
    }
    return (double) right / digits.samples();
  }

  @Override
  protected void run(Output out) throws IOException {
    Dataset digits = IdxFolder.load(Output.data("mnist"));
    Normalization normalization = Normalization.of(digits.train());
    Samples all = digits.train().normalized(normalization);
    Samples train = out.quick() ? Split.of(all, 2000, 1).validation() : all;
    Parameters theta = Parameters.random(new Generator(1));
    compareLosses(out, theta);

    int window = out.quick() ? 500 : 5000;
    Sgd sgd = new Sgd(theta.named(), 0.001);
    List<Double> steps = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    try (BatchLoader one = BatchLoader.shuffled(train, 1, 1);
        BatchLoader test = BatchLoader.inOrder(digits.test().normalized(normalization), 500)) {
      double sum = 0;
      int step = 0;
      for (Batch sample : one.epoch(1)) {
        try (Scope _ = Scope.open()) {
          Tensor loss = scores(theta, sample.images()).crossEntropy(sample.labels()); // forward
          sgd.zeroGrad();
          loss.backward();
          sgd.step(); // θ = θ - λ ∇J
          sum += loss.item();
        }
        if (++step % window == 0) {
          out.say("  step %5d: mean loss %.4f", step, sum / window);
          steps.add((double) step);
          losses.add(sum / window);
          sum = 0;
        }
      }
      double least = out.quick() ? 0.8 : 0.97;
      double accuracy = accuracy(theta, test);
      out.say("  accuracy on the test digits %.2f%%", 100 * accuracy);
      out.check("at least " + least + " of the test digits are right", accuracy >= least);
    }
    new Picture("One digit a step", "step", "mean loss of the last " + window + " steps")
        .line(
            "training loss",
            steps.stream().mapToDouble(s -> s).toArray(),
            losses.stream().mapToDouble(s -> s).toArray())
        .write(out.picture("loss.png"));
  }
}
