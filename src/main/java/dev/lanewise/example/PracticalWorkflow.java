package dev.lanewise.example;

import dev.lanewise.data.Augmentation;
import dev.lanewise.data.Batch;
import dev.lanewise.data.BatchLoader;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.IdxFolder;
import dev.lanewise.data.Normalization;
import dev.lanewise.data.Split;
import dev.lanewise.data.SyntheticDigits;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.Sequential;
import dev.lanewise.nn.Tanh;
import dev.lanewise.optim.ClipGradients;
import dev.lanewise.optim.Schedule;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.AnomalyDetection;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.train.EpochResult;
import dev.lanewise.train.Trainer;
import dev.lanewise.train.TrainingListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/** Row 33: the habits that save a training, one after the other, on digits. */
final class PracticalWorkflow extends Example {
  private static final int SEED = 1;
  private static final double[] RATES = {1e-1, 1e-2, 1e-3};
  private static final double MOST = 1;

  PracticalWorkflow() {
    super(33, "practical-workflow", "see samples, check gradients, watch layers, clip, sweep");
  }

  @Override
  protected void run(Output out) throws IOException {
    Dataset digits = digits(out);
    Split split = Split.twelfth(digits.train().normalized(Normalization.of(digits.train())), SEED);
    int few = out.quick() ? 4000 : 10_000;
    split = new Split(Split.of(split.train(), few, SEED).validation(), split.validation());
    checkGradients(out);
    try (BatchLoader batches = batches(split)) {
      Batch batch = batches.epoch(1).iterator().next();
      look(batch, out);
      watch(batch, out);
    }
    findNaN(out);
    sweep(split, out.quick() ? 2 : 3, out);
  }

  private static Dataset digits(Output out) {
    try {
      return IdxFolder.load(Output.data("mnist"));
    } catch (MissingDataException missing) {
      out.say("  %s Digits drawn by code take its place.", String.valueOf(missing.getMessage()));
      return SyntheticDigits.dataset(SEED);
    }
  }

  private static BatchLoader batches(Split split) {
    return BatchLoader.augmented(split.train(), 64, Augmentation.GREY, SEED);
  }

  private static Layer network() {
    return Models.create("lenet5", new Generator(SEED)).network();
  }

  /** Before anything is trained: a small network of the same kinds of layers. */
  private static void checkGradients(Output out) {
    Generator random = new Generator(SEED);
    Layer net = new Sequential(new Linear(6, 5, random), new Tanh(), new Linear(5, 3, random));
    Tensor labels = Tensor.ofLongs(new long[] {0, 2, 1, 2}, 4);
    out.checkGradient(
        "a network with its loss",
        inputs -> net.call(inputs.getFirst()).crossEntropy(labels),
        random.normal(Shape.of(4, 6), 0, 1));
  }

  /** What the network gets, after augmentation. */
  private static void look(Batch batch, Output out) throws IOException {
    float[][][] images = DigitReader.planes(batch.images().transpose(0, 1));
    Picture.tiles(images, 16, 2, out.picture("samples.png"));
    StringBuilder labels = new StringBuilder();
    for (int i = 0; i < batch.size(); i++) {
      labels.append(batch.label(i)).append(i % 16 == 15 ? "  " : "");
    }
    out.say("  their labels: %s", labels);
  }

  /** One step with hooks on all layers, and its gradients clipped. */
  private static void watch(Batch batch, Output out) {
    Layer network = network();
    List<String> notFinite = new ArrayList<>();
    int[] seen = new int[2];
    network
        .children()
        .forEach((name, layer) -> {
          layer.onForward((_, _, y) -> {
            seen[0]++;
            out.say("  %-8s %-18s norm %.3g", name, y.shape(), norm(y));
            if (!Double.isFinite(norm(y))) {
              notFinite.add(name);
            }
          });
          layer.onBackward((_, _, dy) -> {
            seen[1]++;
            out.say("  %-8s gradient norm %.3g", name, norm(dy));
            return null;
          });
        });
    network.call(batch.images()).crossEntropy(batch.labels()).backward();
    int layers = network.children().size();
    out.check("layers that told forward", layers, seen[0], 0);
    out.check("layers that told backward", layers, seen[1], 0);
    out.check("all of them are finite", notFinite.isEmpty());

    Collection<Tensor> parameters = network.parameters().values();
    parameters.forEach(
        parameter -> parameter.setGrad(Objects.requireNonNull(parameter.grad()).mul(100)));
    double before = ClipGradients.byNorm(parameters, MOST);
    double after = ClipGradients.byNorm(parameters, Double.MAX_VALUE);
    out.say("  gradients, made 100 times as large: norm %.3g", before);
    out.check("norm after clipping", MOST, after, 1e-3);
  }

  private static double norm(Tensor values) {
    return Math.sqrt(values.square().sum().item());
  }

  /** A network with one weight that is none: who made the first NaN? */
  private static void findNaN(Output out) {
    Layer network = network();
    Tensor bias = Objects.requireNonNull(network.parameters().get("fc2.bias"));
    float[] broken = bias.toArray();
    broken[3] = Float.NaN;
    bias.copyFrom(broken);
    String message = "";
    try (AnomalyDetection _ = AnomalyDetection.start()) {
      network.call(Tensor.ones(1, 1, 28, 28));
    } catch (RuntimeException found) {
      message = String.valueOf(found.getMessage());
    }
    out.say("  %s", message);
    out.check("the search names the layer fc2", message.contains("fc2"));
  }

  /** The same training with each rate; the held-out digits choose. */
  private static void sweep(Split split, int epochs, Output out) throws IOException {
    Picture picture = new Picture("Which learning rate?", "epoch", "held-out error in %");
    double best = 0;
    double smallest = 0;
    double[] time = new double[epochs];
    for (double rate : RATES) {
      Layer network = network();
      List<Double> errors = new ArrayList<>();
      double[] accuracy = new double[1];
      TrainingListener listener =
          new TrainingListener() {
            @Override
            public void onEpoch(EpochResult epoch) {
              accuracy[0] = epoch.validation().accuracy();
              time[epoch.epoch() - 1] = epoch.epoch();
              errors.add(100 * (1 - accuracy[0]));
              out.say(
                  "  rate %5s, epoch %d: loss %.4f in training, %.4f held out, accuracy %.2f%%",
                  rate,
                  epoch.epoch(),
                  epoch.trainLoss(),
                  epoch.validation().loss(),
                  100 * accuracy[0]);
            }
          };
      try (BatchLoader training = batches(split);
          BatchLoader held = BatchLoader.inOrder(split.validation(), 256)) {
        new Trainer(network, new Sgd(network.parameters(), rate, 0.9))
            .clipNorm(MOST)
            .listen(listener)
            .fit(training, held, epochs, Schedule.CONSTANT);
      }
      picture.line("rate " + rate, time, errors.stream().mapToDouble(e -> e).toArray());
      best = Math.max(best, accuracy[0]);
      smallest = accuracy[0];
    }
    picture.write(out.picture("rates.png"));
    double least = out.quick() ? 0.7 : 0.93;
    out.check("the best rate reads at least " + least + " of the held-out digits", best >= least);
    out.check("it is not the smallest", smallest < best);
  }
}
