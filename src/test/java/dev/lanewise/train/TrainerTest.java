package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Augmentation;
import dev.lanewise.data.BatchLoader;
import dev.lanewise.data.ImageSet;
import dev.lanewise.data.Normalization;
import dev.lanewise.data.Samples;
import dev.lanewise.data.SyntheticDigits;
import dev.lanewise.io.CheckpointException;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.memory.Pool;
import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Residual;
import dev.lanewise.nn.Sequential;
import dev.lanewise.optim.Schedule;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final int BATCH = 16;

  @Test
  void aLeNetLearnsDigits() {
    ImageSet digits = SyntheticDigits.dataset(1, 1200, 10).train();
    Samples samples = digits.normalized(Normalization.of(digits));
    Model model = Models.create("lenet5", new Generator(1));
    Trainer trainer = trainer(model, 0.02f);
    List<EpochResult> epochs = new ArrayList<>();
    int[] steps = {0};
    trainer.listen(
        new TrainingListener() {
          @Override
          public void onStep(StepResult step) {
            steps[0]++;
          }

          @Override
          public void onEpoch(EpochResult epoch) {
            epochs.add(epoch);
          }
        });
    try (BatchLoader training = BatchLoader.shuffled(samples, BATCH, 1);
        BatchLoader validation = BatchLoader.inOrder(samples, 100)) {
      trainer.fit(training, validation, 4, Schedule.COSINE);
    }
    assertEquals(4, epochs.size());
    assertEquals(4 * 75, steps[0]);
    assertEquals(steps[0], trainer.steps());
    EpochResult last = epochs.getLast();
    assertEquals(1200, last.validation().samples());
    assertTrue(last.trainLoss() < epochs.getFirst().trainLoss() / 2, epochs.toString());
    assertTrue(last.validation().accuracy() > 0.8, epochs.toString());
  }

  @Test
  void evaluationCountsRightAnswersAndKeepsTheMode() {
    Linear layer = new Linear(2, 2, new Generator(1));
    layer.parameters().get("weight").copyFrom(new float[] {1, 0, 0, 1});
    layer.parameters().get("bias").copyFrom(new float[] {0, 0});
    float[][] points = {{3, 0}, {0, 3}, {3, 0}};
    Samples samples = new Points(points, new int[] {0, 1, 1});
    try (BatchLoader batches = BatchLoader.inOrder(samples, 2)) {
      Evaluation result = Trainer.evaluate(layer, batches);
      assertEquals(2.0 / 3, result.accuracy());
      double right = Math.log(1 + Math.exp(-3));
      assertEquals((3 * right + 3) / 3, result.loss(), 1e-6);
    }
    assertTrue(layer.training());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "lenet5"})
  void theSameSeedGivesTheSameBitsWithAnyNumberOfThreads(String name) {
    int before = Team.global().threads();
    try {
      Team.global().setThreads(1);
      float[] alone = losses(name);
      assertArrayEquals(alone, losses(name), "twice with one thread");
      Team.global().setThreads(3);
      assertArrayEquals(alone, losses(name), "with three threads");
    } finally {
      Team.global().setThreads(before);
    }
  }

  /** 20 steps on one random batch each. */
  private static float[] losses(String name) {
    Model model = Models.create(name, new Generator(3));
    Trainer trainer = trainer(model, 0.02f);
    Generator random = new Generator(4);
    float[] losses = new float[20];
    for (int i = 0; i < losses.length; i++) {
      try (Tensor x = Tensor.of(random.normalValues(64 * 784, 0, 1), 64, 1, 28, 28);
          Tensor labels = labels(64)) {
        losses[i] = trainer.step(x, labels);
      }
    }
    return losses;
  }

  @Test
  void stepsReuseMemory() {
    Model model = Models.create("lenet5", new Generator(1));
    Trainer trainer = trainer(model, 0.001f);
    try (Tensor x = images(BATCH);
        Tensor labels = labels(BATCH)) {
      for (int i = 0; i < 3; i++) {
        trainer.step(x, labels);
      }
      long fresh = Pool.global().allocations();
      long reserved = Pool.global().reservedBytes();
      for (int i = 0; i < 497; i++) {
        trainer.step(x, labels);
      }
      assertEquals(fresh, Pool.global().allocations(), "blocks of fresh memory");
      assertEquals(reserved, Pool.global().reservedBytes(), "reserved bytes");
    }
  }

  @Test
  void divergenceNamesStepAndLayer() {
    Model model = Models.create("lenet5", new Generator(1));
    Trainer trainer = trainer(model, 0.01f);
    try (Tensor x = images(BATCH);
        Tensor labels = labels(BATCH)) {
      trainer.step(x, labels);
      Tensor weight = model.network().parameters().get("conv2.weight");
      float[] values = weight.toArray();
      values[7] = Float.POSITIVE_INFINITY;
      weight.copyFrom(values);
      float[] fc3 = model.network().parameters().get("fc3.weight").toArray();
      TrainingDivergedException e =
          assertThrows(TrainingDivergedException.class, () -> trainer.step(x, labels));
      assertEquals(2, e.step());
      assertEquals(
          "the output of layer conv2 is the first that is not finite (nor is its weight)",
          e.where());
      assertTrue(
          e.getMessage().startsWith("The loss is NaN at step 2: the output"), e.getMessage());
      assertArrayEquals(fc3, model.network().parameters().get("fc3.weight").toArray());
    }
  }

  @Test
  void divergenceNamesALayerInsideABlock() {
    Layer bad = new Linear(2, 2, new Generator(1));
    Layer network = new Sequential(new Residual(new Sequential(new ReLU(), bad)));
    bad.parameters().get("weight").copyFrom(new float[] {1e38f, 1e38f, 1, 1});
    Trainer trainer = new Trainer(network, new Sgd(network.parameters(), 1));
    Tensor x = Tensor.of(new float[] {1e38f, 0}, 1, 2);
    assertEquals(
        "the output of layer 0.branch.1 is the first that is not finite",
        assertThrows(
                TrainingDivergedException.class,
                () -> trainer.step(x, Tensor.ofLongs(new long[] {0}, 1)))
            .where());
  }

  @Test
  void divergenceNamesTheBatchOrTheLossItself() {
    Layer network = new Sequential(new ReLU(), new Sequential(new Linear(2, 2, new Generator(1))));
    Trainer trainer = new Trainer(network, new Sgd(network.parameters(), 1));
    Tensor labels = Tensor.ofLongs(new long[] {0}, 1);
    assertEquals(
        "the batch itself holds values that are not finite",
        assertThrows(
                TrainingDivergedException.class,
                () -> trainer.step(Tensor.of(new float[] {Float.NaN, 0}, 1, 2), labels))
            .where());
    network.parameters().get("1.0.weight").copyFrom(new float[] {1e38f, 1e38f, 1, 1});
    assertTrue(
        assertThrows(
                TrainingDivergedException.class,
                () -> trainer.step(Tensor.of(new float[] {1e38f, 0}, 1, 2), labels))
            .where()
            .startsWith("the output of layer 1.0 is the first"));
  }

  @Test
  void trainingIsSwitchedOnForSteps() {
    Model model = Models.create("mlp", new Generator(1));
    model.network().train(false);
    ImageSet digits = SyntheticDigits.dataset(1, 40, 10).train();
    Samples samples = digits.normalized(Normalization.of(digits));
    try (BatchLoader training = BatchLoader.shuffled(samples, BATCH, 1);
        BatchLoader validation = BatchLoader.inOrder(samples, BATCH)) {
      trainer(model, 0.01f).fit(training, validation, 1, Schedule.CONSTANT);
    }
    assertTrue(model.network().training());
  }

  @Test
  void aTrainingThatIsResumedHasTheSameBits(@TempDir Path folder) {
    ImageSet digits = SyntheticDigits.dataset(1, 200, 10).train();
    Run whole = new Run(digits, folder.resolve("whole"));
    whole.fit(0, 4);
    Run first = new Run(digits, folder.resolve("first"));
    IllegalStateException stop = new IllegalStateException("the power fails");
    first.trainer.listen(
        new TrainingListener() {
          @Override
          public void onEpoch(EpochResult epoch) {
            if (epoch.epoch() == 2) {
              throw stop;
            }
          }
        });
    assertSame(stop, assertThrows(IllegalStateException.class, () -> first.fit(0, 4)));
    Run second = new Run(digits, folder.resolve("second"));
    Path file = folder.resolve("first").resolve(Checkpoints.LAST);
    assertEquals(2, second.checkpoints.resume(file));
    second.fit(2, 4);
    assertEquals(whole.trainer.steps(), second.trainer.steps());
    whole
        .model
        .network()
        .state()
        .forEach((name, expected) ->
            assertArrayEquals(
                expected.toArray(), second.model.network().state().get(name).toArray(), name));
    whole
        .sgd
        .state()
        .forEach((name, expected) ->
            assertArrayEquals(expected.toArray(), second.sgd.state().get(name).toArray(), name));
    assertEquals(whole.random.draws(), second.random.draws());
  }

  @Test
  void aCheckpointOfAnotherTrainingIsRefused(@TempDir Path folder) {
    ImageSet digits = SyntheticDigits.dataset(1, 64, 10).train();
    Run run = new Run(digits, folder);
    run.fit(0, 1);
    Path file = folder.resolve(Checkpoints.BEST);
    Checkpoints other =
        new Checkpoints(run.model, run.sgd, run.normalization, run.random, Map.of("--batch", "17"));
    assertTrue(
        assertThrows(CheckpointException.class, () -> other.resume(file))
            .getMessage()
            .endsWith("is from a training with --batch 16; found 17, which gives other results."));
    Model mlp = Models.create("mlp", new Generator(1));
    Checkpoints wrong = new Checkpoints(mlp, run.sgd, run.normalization, run.random, Map.of());
    assertTrue(
        assertThrows(CheckpointException.class, () -> wrong.resume(file))
            .getMessage()
            .endsWith("is of model lenet5; expected mlp."));
  }

  /** A training of LeNet-5 on shifted images, with smoothed labels and a cosine over 4 epochs. */
  private static final class Run {
    final Generator random = new Generator(3);
    final Model model = Models.create("lenet5", random);
    final Sgd sgd = new Sgd(model.network().parameters(), 0.01f, 0.9f);
    final Trainer trainer = new Trainer(model.network(), sgd).labelSmoothing(0.1f);
    final Normalization normalization;
    final Samples samples;
    final Checkpoints checkpoints;

    Run(ImageSet images, Path folder) {
      normalization = Normalization.of(images);
      samples = images.normalized(normalization);
      checkpoints = new Checkpoints(model, sgd, normalization, random, Map.of("--batch", "16"));
      folder.toFile().mkdirs();
      trainer.listen(checkpoints.into(folder));
    }

    void fit(int finished, int epochs) {
      try (BatchLoader training =
              BatchLoader.augmented(samples, BATCH, new Augmentation(2, false), 1);
          BatchLoader validation = BatchLoader.inOrder(samples, 100)) {
        trainer.fit(training, validation, finished, epochs, Schedule.COSINE);
      }
    }
  }

  @Test
  void smoothedLabelsRaiseTheLossOfACertainAnswer() {
    Linear layer = new Linear(2, 2, false, new Generator(1));
    layer.weight().copyFrom(new float[] {5, 0, 0, 5});
    Trainer trainer = new Trainer(layer, new Sgd(layer.parameters(), 0));
    Tensor x = Tensor.of(new float[] {1, 0}, 1, 2);
    Tensor label = Tensor.ofLongs(new long[] {0}, 1);
    double right = Math.log(1 + Math.exp(-5));
    assertEquals(right, trainer.step(x, label), 1e-6);
    assertEquals(right + 0.05 * 5, trainer.labelSmoothing(0.1f).step(x, label), 1e-6);
    assertThrows(IllegalArgumentException.class, () -> trainer.labelSmoothing(1));
  }

  private static Trainer trainer(Model model, float lr) {
    return new Trainer(model.network(), new Sgd(model.network().parameters(), lr, 0.9f));
  }

  private static Tensor images(int count) {
    Random random = new Random(11);
    float[] values = new float[count * 784];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, count, 1, 28, 28);
  }

  private static Tensor labels(int count) {
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = i % 10;
    }
    return Tensor.ofLongs(values, count);
  }

  /** Points of the plane. */
  private record Points(float[][] points, int[] labels) implements Samples {
    @Override
    public int size() {
      return points.length;
    }

    @Override
    public Shape shape() {
      return Shape.of(2);
    }

    @Override
    public int classes() {
      return 2;
    }

    @Override
    public int label(int index) {
      return labels[index];
    }

    @Override
    public void read(int index, float[] values, int offset) {
      System.arraycopy(points[index], 0, values, offset, 2);
    }
  }
}
