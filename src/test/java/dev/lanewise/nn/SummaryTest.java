package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.DryRun;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private final Generator random = new Generator(1);

  /**
   * The lecture's exercise: a network of 784, 16, 16 and 10 units has 13,002 weights and biases.
   */
  @Test
  void countsTheWeightsOfTheLecture() {
    Layer network =
        new Sequential(
            new Linear(784, 16, random),
            new Sigmoid(),
            new Linear(16, 16, random),
            new Sigmoid(),
            new Linear(16, 10, random));
    Summary summary = network.summary(Shape.of(1, 784));
    assertEquals(13_002, summary.parameters());
    assertEquals(2 * (784 * 16 + 16 * 16 + 160) + 32, summary.flops());
  }

  @Test
  void namesEachLayerWithItsOutputAndItsOwnWork() {
    BatchNorm2d norm = new BatchNorm2d(4).withReLU();
    Layer network =
        new Sequential()
            .add("conv", new Conv2d(3, 4, 3, 1, 1, random))
            .add("norm", norm)
            .add(
                "tail", new Sequential(new MaxPool2d(2), new Flatten(), new Linear(64, 5, random)));
    norm.train(false);
    Summary summary = network.summary(Shape.of(2, 3, 8, 8));
    assertEquals(
        List.of("", "conv", "norm", "tail", "tail.0", "tail.1", "tail.2"),
        summary.rows().stream().map(Summary.Row::name).toList());
    assertEquals(
        List.of(
            "[2, 5]",
            "[2, 4, 8, 8]",
            "[2, 4, 8, 8]",
            "[2, 5]",
            "[2, 4, 4, 4]",
            "[2, 64]",
            "[2, 5]"),
        summary.rows().stream().map(Summary.Row::output).toList());
    assertEquals(
        List.of(0L, 112L, 8L, 0L, 0L, 0L, 325L),
        summary.rows().stream().map(Summary.Row::parameters).toList());
    assertEquals(2 * 27 * 512, summary.rows().get(1).flops());
    assertEquals(2 * 2 * 64 * 5, summary.rows().get(6).flops());
    assertEquals(summary.flops(), summary.rows().stream().mapToLong(Summary.Row::flops).sum());
    assertTrue(network.training() && !norm.training(), "modes are as they were");
    assertEquals(0, network.buffers().get("norm.num_batches_tracked").toLongArray()[0]);
    assertTrue(summary.toString().contains("Input [2, 3, 8, 8]: 445 parameters (445 trained)"));
    assertTrue(summary.toString().contains("    2   Linear(64, 5)"), summary.toString());
  }

  @Test
  void aWrongInputIsNamedAndNothingIsLeftBehind() {
    Layer network = new Sequential(new Linear(4, 2, random));
    assertThrows(IllegalArgumentException.class, () -> network.summary(Shape.of(1, 5)));
    assertEquals(2, network.call(Tensor.ones(1, 4)).toArray().length, "operations run again");
    assertTrue(network.call(Tensor.ones(1, 4)).requiresGrad());
  }

  @Test
  void aDryRunComputesShapesOnly() {
    Tensor x = Tensor.ones(2, 3);
    try (DryRun run = DryRun.open()) {
      assertEquals(
          Shape.of(1_000_000, 1_000_000),
          DryRun.input(Shape.of(1_000_000, 1_000_000)).relu().shape());
      assertEquals(1_000_000_000_000L, run.flops());
      assertArrayEquals(new float[6], x.exp().toArray());
      assertThrows(IllegalArgumentException.class, () -> x.add(Tensor.ones(4)));
    }
    assertEquals(Math.E, x.exp().toArray()[0], 1e-6);
  }

  @Test
  void frozenParametersStay() {
    Linear frozen = new Linear(2, 2, random);
    Layer network = new Sequential(frozen, new Linear(2, 1, random));
    frozen.freeze();
    network.call(Tensor.ones(1, 2)).sum().backward();
    assertEquals(null, frozen.weight().grad());
    assertFalse(frozen.weight().requiresGrad());
    Summary summary = network.summary(Shape.of(1, 2));
    assertEquals(9, summary.parameters());
    assertEquals(3, summary.trained());
    frozen.unfreeze();
    assertEquals(9, network.summary(Shape.of(1, 2)).trained());
  }

  @Test
  void hooksAreToldOfEachCall() {
    Layer relu = new ReLU();
    Layer network = new Sequential(relu, relu);
    List<String> told = new ArrayList<>();
    Runnable off =
        relu.onForward((layer, x, y) -> told.add(x.shape() + " " + y.toArray()[0] + " " + layer));
    network.call(Tensor.full(-1, 1));
    assertEquals(List.of("[1] 0.0 ReLU()", "[1] 0.0 ReLU()"), told);
    off.run();
    network.call(Tensor.full(-1, 1));
    assertEquals(2, told.size());
  }

  @Test
  void aSharedParameterCountsOnce() {
    Linear shared = new Linear(3, 3, random);
    Layer network = new Sequential(shared, new ReLU(), shared);
    assertEquals(12, network.parameterCount());
    assertEquals(List.of("0.weight", "0.bias"), List.copyOf(network.parameters().keySet()));
    assertEquals(4, network.state().size(), "a checkpoint has both names");
    assertEquals(12, network.summary(Shape.of(1, 3)).parameters());
  }
}
