package dev.lanewise.example;

import dev.lanewise.data.Augmentation;
import dev.lanewise.data.BatchLoader;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.IdxFolder;
import dev.lanewise.data.Normalization;
import dev.lanewise.data.Split;
import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.optim.Schedule;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.train.EpochResult;
import dev.lanewise.train.Trainer;
import dev.lanewise.train.TrainingListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Row 19: LeNet-5 as it was in 1998, and as it is built today, on MNIST. */
final class LeNet5 extends Example {
  private static final int BATCH = 64;
  private static final int SEED = 1;

  LeNet5() {
    super(19, "lenet5", "LeNet-5 on MNIST: with tanh and averages, and with ReLU and maxima");
  }

  /** The error on held-out digits after each epoch, and the accuracy on the test digits. */
  private record Result(double[] errors, double accuracy) {}

  private static Result train(
      Output out, String name, Dataset digits, Split split, int epochs, double rate) {
    Model model = Models.create(name, new Generator(SEED));
    Sgd sgd = new Sgd(model.network().parameters(), rate, 0.9);
    List<Double> errors = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onEpoch(EpochResult epoch) {
            errors.add(100 * (1 - epoch.validation().accuracy()));
            out.say(
                "  %s, epoch %d: loss %.4f, held-out %.2f%%, %.0f digits a second",
                name,
                epoch.epoch(),
                epoch.trainLoss(),
                100 * epoch.validation().accuracy(),
                epoch.samplesPerSecond());
          }
        };
    Normalization normalization = Normalization.of(digits.train());
    Augmentation shift = new Augmentation(1, false);
    try (BatchLoader training = BatchLoader.augmented(split.train(), BATCH, shift, SEED);
        BatchLoader held = BatchLoader.inOrder(split.validation(), 256);
        BatchLoader test = BatchLoader.inOrder(digits.test().normalized(normalization), 256)) {
      Trainer trainer = new Trainer(model.network(), sgd).listen(listener);
      trainer.fit(training, held, epochs, Schedule.COSINE);
      double accuracy = Trainer.evaluate(model.network(), test).accuracy();
      return new Result(errors.stream().mapToDouble(e -> e).toArray(), accuracy);
    }
  }

  @Override
  protected void run(Output out) throws IOException {
    Dataset digits = IdxFolder.load(Output.data("mnist"));
    Split split = Split.twelfth(digits.train().normalized(Normalization.of(digits.train())), SEED);
    if (out.quick()) { // 5,000 to train with, 2,000 held out
      split = new Split(Split.of(split.train(), 5000, SEED).validation(), split.validation());
    }
    int epochs = out.quick() ? 2 : 15;
    Result original = train(out, "lenet5-original", digits, split, epochs, 0.05);
    Result today = train(out, "lenet5", digits, split, epochs, 0.03);
    out.say(
        "  test accuracy: original %.2f%%, today's %.2f%%",
        100 * original.accuracy, 100 * today.accuracy);
    out.check(
        "tanh and averages: at least " + (out.quick() ? "85%" : "98.9%"),
        original.accuracy >= (out.quick() ? 0.85 : 0.989));
    out.check(
        "ReLU and maxima: at least " + (out.quick() ? "90%" : "99.0%"),
        today.accuracy >= (out.quick() ? 0.9 : 0.99));
    double[] time = new double[epochs];
    for (int i = 0; i < epochs; i++) {
      time[i] = i + 1;
    }
    new Picture("LeNet-5 on held-out digits", "epoch", "error in %")
        .line("tanh and averages (1998)", time, original.errors)
        .line("ReLU and maxima", time, today.errors)
        .write(out.picture("error.png"));
  }
}
