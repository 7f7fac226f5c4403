package dev.lanewise.train;

import dev.lanewise.data.Batch;
import dev.lanewise.data.BatchLoader;
import dev.lanewise.nn.Layer;
import dev.lanewise.op.CrossEntropy;
import dev.lanewise.optim.ClipGradients;
import dev.lanewise.optim.LrScheduler;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Schedule;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;

/**
 * Trains a classifier: mean cross-entropy, one scope a step, validation after each epoch. The same
 * parameters and batches give the same bits, whatever the number of threads.
 */
public final class Trainer {
  private final Layer network;
  private final Optimizer optimizer;
  private final List<TrainingListener> listeners = new ArrayList<>();
  private float labelSmoothing;
  private double clipNorm = Double.POSITIVE_INFINITY;
  private double clipValue = Double.POSITIVE_INFINITY;
  private int patience = Integer.MAX_VALUE;
  private long steps;

  /**
   * A trainer of these layers.
   *
   * @param network maps a batch of samples to logits [N, classes]
   * @param optimizer of the parameters of the network
   */
  public Trainer(Layer network, Optimizer optimizer) {
    this.network = Objects.requireNonNull(network, "network");
    this.optimizer = Objects.requireNonNull(optimizer, "optimizer");
  }

  /** Adds a listener. Returns this. */
  public Trainer listen(TrainingListener listener) {
    listeners.add(Objects.requireNonNull(listener, "listener"));
    return this;
  }

  /**
   * Spreads this share of the target over all classes alike (Szegedy et al., <i>Rethinking the
   * Inception Architecture</i>, 2016); 0 at first. Evaluation is without it. Returns this.
   *
   * @throws IllegalArgumentException when it is not from 0 to below 1
   */
  public Trainer labelSmoothing(float share) {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException(
          "The label smoothing is " + share + "; expected a number from 0 to below 1.");
    }
    labelSmoothing = share;
    return this;
  }

  /**
   * Scales the gradients so that their norm is at most this; infinity at first. Returns this.
   *
   * @throws IllegalArgumentException when it is not above 0
   */
  public Trainer clipNorm(double most) {
    clipNorm = bound("clip norm", most);
    return this;
  }

  /**
   * Cuts each element of the gradients to at most this, before the norm is looked at; infinity at
   * first. Returns this.
   *
   * @throws IllegalArgumentException when it is not above 0
   */
  public Trainer clipValue(double most) {
    clipValue = bound("clip value", most);
    return this;
  }

  /**
   * Ends a training early: when this many epochs in a row brought no higher validation accuracy
   * than the best before (Prechelt, <i>Early Stopping - But When?</i>, 1998). At first there is no
   * limit. Returns this.
   *
   * @throws IllegalArgumentException when it is below 1
   */
  public Trainer patience(int epochs) {
    if (epochs < 1) {
      throw new IllegalArgumentException(
          "The patience is " + epochs + "; expected a number of epochs from 1.");
    }
    patience = epochs;
    return this;
  }

  private static double bound(String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(
          "The " + what + " is " + value + "; expected a number above 0.");
    }
    return value;
  }

  /** The steps done so far. */
  public long steps() {
    return steps;
  }

  /**
   * One step: forward, loss, backward, update, gradients dropped.
   *
   * @param x the samples
   * @param labels INT64 [N]
   * @return the mean loss before the update
   * @throws TrainingDivergedException when the loss is not finite; then nothing is updated
   */
  public float step(Tensor x, Tensor labels) {
    try (Scope scope = Scope.open()) {
      Tensor loss =
          network
              .call(x)
              .crossEntropy(labels, null, CrossEntropy.NONE, labelSmoothing, Reduction.MEAN);
      float value = loss.item();
      steps++;
      if (!Float.isFinite(value)) {
        throw new TrainingDivergedException(value, steps, NonFinite.locate(network, x));
      }
      loss.backwardAndClose();
      if (clipValue != Double.POSITIVE_INFINITY) {
        ClipGradients.byValue(optimizer.parameters().values(), clipValue);
      }
      if (clipNorm != Double.POSITIVE_INFINITY) {
        ClipGradients.byNorm(optimizer.parameters().values(), clipNorm);
      }
      optimizer.step();
      optimizer.zeroGrad();
      return value;
    }
  }

  private float step(Batch batch) {
    try (Scope scope = Scope.open()) {
      return step(batch.images(), batch.labels());
    }
  }

  /**
   * Trains for some epochs and tells the listeners.
   *
   * @param schedule of the learning rate, from that of the optimiser on
   * @param training the batches, in the order of each epoch
   * @param validation the held-out batches
   * @return the number of the last epoch: {@code epochs}, or less where patience ended
   * @throws TrainingDivergedException when the loss is not finite
   */
  public int fit(BatchLoader training, BatchLoader validation, int epochs, Schedule schedule) {
    return fit(training, validation, 0, epochs, schedule);
  }

  /**
   * As {@link #fit(BatchLoader, BatchLoader, int, Schedule)}, after some epochs: with the state of
   * network and optimiser after {@code finished} epochs it goes on as if it had never stopped;
   * patience alone begins anew.
   *
   * @param finished the epochs that were trained before
   * @param epochs of the whole training, those before included
   * @return the number of the last epoch: {@code epochs}, or less where patience ended
   */
  public int fit(
      BatchLoader training, BatchLoader validation, int finished, int epochs, Schedule schedule) {
    Objects.requireNonNull(validation, "validation");
    long allSteps = (long) epochs * training.batches();
    steps = Math.max(steps, (long) finished * training.batches());
    LrScheduler scheduler = new LrScheduler(optimizer, schedule, allSteps);
    int last = finished;
    double best = -1;
    for (int waited = 0; last < epochs && waited < patience; ) {
      int epoch = ++last;
      long firstStep = (epoch - 1L) * training.batches();
      EpochResult result =
          epoch(epoch, training, validation, step -> scheduler.at(firstStep + step));
      listeners.forEach(listener -> listener.onEpoch(result));
      double accuracy = result.validation().accuracy();
      waited = accuracy > best ? 0 : waited + 1;
      best = Math.max(best, accuracy);
    }
    scheduler.restore();
    listeners.forEach(TrainingListener::onEnd);
    return last;
  }

  private EpochResult epoch(
      int epoch, BatchLoader training, BatchLoader validation, IntConsumer schedule) {
    network.train(true);
    long start = System.nanoTime();
    double loss = 0;
    int step = 0;
    for (Batch batch : training.epoch(epoch)) {
      schedule.accept(step);
      StepResult result = new StepResult(epoch, ++step, batch.size(), step(batch));
      loss += (double) result.loss() * result.samples();
      for (TrainingListener listener : listeners) {
        listener.onStep(result);
      }
    }
    int samples = training.samples();
    double speed = samples / seconds(start);
    Evaluation evaluation = evaluate(network, validation);
    return new EpochResult(epoch, loss / samples, evaluation, speed, seconds(start));
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) * 1e-9;
  }

  /** The mean loss and the accuracy of a network, in evaluation mode and without a tape. */
  public static Evaluation evaluate(Layer network, BatchLoader batches) {
    boolean training = network.training();
    network.train(false);
    double loss = 0;
    int correct = 0;
    try (Tape.Pause pause = Tape.noGrad()) {
      for (Batch batch : batches.epoch(0)) {
        try (Scope scope = Scope.open()) {
          Tensor logits = network.call(batch.images());
          loss += (double) logits.crossEntropy(batch.labels()).item() * batch.size();
          long[] guesses = logits.argmax(1).toLongArray();
          for (int i = 0; i < guesses.length; i++) {
            correct += guesses[i] == batch.label(i) ? 1 : 0;
          }
        }
      }
    } finally {
      network.train(training);
    }
    int samples = batches.samples();
    return new Evaluation(loss / samples, (double) correct / samples, samples);
  }
}
