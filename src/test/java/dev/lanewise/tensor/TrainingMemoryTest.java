package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.HeapMeter;
import dev.lanewise.OtherJvm;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.memory.Pool;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Conv2d;
import dev.lanewise.nn.Flatten;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.MaxPool2d;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Sequential;
import dev.lanewise.op.AllOps;
import dev.lanewise.optim.Sgd;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whole training steps: what they leave behind, and that they repeat to the last bit. */
class TrainingMemoryTest {
  private static final int STEPS = 500;
  private static final int WARM_UP = 3;
  private static final int SHORT = 10;
  private static final long HEAP_BYTES_A_STEP = 64 << 10;

  /** Interpreted vector code takes from the heap; after so many steps all of it is compiled. */
  private static final int MOST_STEPS = 3000;

  /** Two full vectors of images and one image more. */
  private static final int BATCH = 2 * Lanes.L + 1;

  /** A network with everything that it is trained with. */
  private static final class Training {
    private final Layer network;
    private final Sgd optimizer;
    private final Tensor images;
    private final Tensor labels;

    private Training(Layer network, Generator random, int size) {
      this.network = network;
      Map<String, Tensor> parameters = network.parameters();
      optimizer = new Sgd(parameters, 0.01f, new Sgd.Settings(0.9f, 1e-4f));
      images = random.normal(Shape.of(BATCH, 1, size, size), 0, 1);
      long[] classes = new long[BATCH];
      Arrays.setAll(classes, i -> (3 * i) % 10);
      labels = Tensor.ofLongs(classes, BATCH);
    }

    static Training leNet() {
      Generator random = new Generator(1);
      return new Training(Models.create("lenet5", random).network(), random, 28);
    }

    /** One layer of each kind on images of 6 x 6: quick even while nothing is compiled. */
    static Training small() {
      Generator random = new Generator(1);
      Layer network =
          new Sequential()
              .add("conv", new Conv2d(1, 3, 3, 1, 1, random))
              .add("relu", new ReLU())
              .add("pool", new MaxPool2d(2))
              .add("flatten", new Flatten())
              .add("fc", new Linear(27, 10, random));
      return new Training(network, random, 6);
    }

    float step() {
      try (Scope scope = Scope.open()) {
        Tensor loss = network.forward(images).crossEntropy(labels);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        return loss.item();
      }
    }

    float[] steps(int count) {
      float[] losses = new float[count];
      for (int i = 0; i < count; i++) {
        losses[i] = step();
      }
      return losses;
    }
  }

  @Test
  void stepsLeaveNothingBehind() {
    Pool pool = Pool.global();
    Training training = Training.leNet();
    training.steps(WARM_UP);
    long used = pool.usedBytes();
    long reserved = pool.reservedBytes();
    training.steps(STEPS);
    assertEquals(reserved, pool.reservedBytes(), "the pool grows\n" + pool.report());
    assertTrue(pool.usedBytes() <= used, () -> "memory in use grows\n" + pool.report());
  }

  /** In a JVM of its own: what the compiler did for other tests changes what vectors cost. */
  @Test
  void stepsSpareTheHeap() throws IOException, InterruptedException {
    String output = output(HeapOfSteps.class, "-Dlanewise.memory.poison=false");
    assertTrue(output.contains(HeapOfSteps.DONE), output);
  }

  /** A program that has done much else before trains as well as a fresh one. */
  @Test
  void stepsSpareTheHeapAfterAllOtherOperationsHaveRun() throws IOException, InterruptedException {
    String output =
        output(HeapOfSteps.class, "-Dlanewise.memory.poison=false", HeapOfSteps.AFTER_ALL);
    assertTrue(output.contains(HeapOfSteps.DONE), output);
  }

  /** What runs in that JVM. */
  static final class HeapOfSteps {
    static final String DONE = "few bytes a step";
    static final String AFTER_ALL = "after-all";

    private static final int TIMES = 20;

    private HeapOfSteps() {}

    public static void main(String[] arguments) {
      if (List.of(arguments).contains(AFTER_ALL)) {
        AllOps.run(TIMES);
      }
      Training training = Training.leNet();
      long[] allocated = new long[100];
      long median = Long.MAX_VALUE;
      for (int i = 0; i < STEPS || (i < MOST_STEPS && median >= HEAP_BYTES_A_STEP); i++) {
        long before = HeapMeter.bytes();
        training.step();
        allocated[i % allocated.length] = HeapMeter.bytes() - before;
        if ((i + 1) % allocated.length == 0) {
          Arrays.sort(allocated);
          median = allocated[allocated.length / 2];
        }
      }
      System.out.println(
          median < HEAP_BYTES_A_STEP ? DONE : "a step takes " + median + " bytes of the heap");
    }
  }

  @Test
  void theSameSeedGivesTheSameBitsWithAnyNumberOfThreads() {
    Team team = Team.global();
    int threads = team.threads();
    float[] expected = Training.leNet().steps(SHORT);
    assertTrue(
        expected[SHORT - 1] < expected[0],
        () -> "nothing is learned: " + Arrays.toString(expected));
    assertArrayEquals(expected, Training.leNet().steps(SHORT), "a second run");
    try {
      for (int count : new int[] {1, 2, 3}) {
        team.setThreads(count);
        assertArrayEquals(expected, Training.leNet().steps(SHORT), count + " threads");
      }
    } finally {
      team.setThreads(threads);
    }
  }

  /** Freed memory is filled with NaN in the debugging mode, so a use after the end shows. */
  @Test
  void nothingIsUsedAfterItWasFreed() throws IOException, InterruptedException {
    String output = output(PoisonedTraining.class, "-Dlanewise.memory.poison=true");
    assertTrue(output.contains(PoisonedTraining.DONE), output);
  }

  /** What a program prints in a JVM of its own, with the vector flags and the BLAS of this one. */
  private static String output(Class<?> program, String option, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (flag.startsWith("-XX:")) {
        command.add(flag);
      }
    }
    command.add("-Dlanewise.blas=" + System.getProperty("lanewise.blas", "auto"));
    command.add(option);
    command.add(program.getName());
    command.addAll(List.of(arguments));
    String classPath = OtherJvm.path(OtherJvm.CLASSES, OtherJvm.TEST_CLASSES);
    return OtherJvm.java(classPath, command).ofSuccess();
  }

  /** What runs in the poisoned JVM. */
  static final class PoisonedTraining {
    static final String DONE = "the loss stays finite";

    private PoisonedTraining() {}

    public static void main(String[] arguments) {
      for (float loss : Training.small().steps(SHORT)) {
        if (!Float.isFinite(loss)) {
          throw new IllegalStateException("the loss is " + loss);
        }
      }
      System.out.println(DONE);
    }
  }
}
