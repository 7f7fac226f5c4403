package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerTest {
  private final Generator random = new Generator(1);

  @Test
  void namesParametersAsPyTorchDoes() {
    Layer network =
        new Sequential()
            .add("conv1", new Conv2d(1, 6, 5, random))
            .add("relu", new ReLU())
            .add("head", new Sequential(new Flatten(), new Linear(6, 10, false, random)));
    assertEquals(
        List.of("conv1.weight", "conv1.bias", "head.1.weight"),
        List.copyOf(network.parameters().keySet()));
    assertEquals(Shape.of(6, 1, 5, 5), network.parameters().get("conv1.weight").shape());
    assertEquals(Shape.of(10, 6), network.parameters().get("head.1.weight").shape());
    assertEquals(150 + 6 + 60, network.parameterCount());
  }

  @Test
  void parametersAreTrainedAndOutliveAScope() {
    Layer layer;
    try (Scope scope = Scope.open()) {
      layer = new Linear(3, 2, random);
    }
    layer.parameters().values().forEach(p -> assertTrue(p.requiresGrad() && !p.closed()));
    assertEquals(6, layer.parameters().get("weight").toArray().length);
  }

  @Test
  void buffersBelongToTheStateOnly() {
    Layer layer = new Running(new Linear(2, 2, random));
    assertEquals(List.of("mean"), List.copyOf(layer.buffers().keySet()));
    assertEquals(
        List.of("inner.weight", "inner.bias", "mean"), List.copyOf(layer.state().keySet()));
    assertFalse(layer.buffers().get("mean").requiresGrad());
  }

  @Test
  void modeReachesLayersInside() {
    Linear inner = new Linear(2, 2, random);
    Layer outer = new Sequential(new Sequential(inner));
    assertTrue(inner.training());
    outer.train(false);
    assertFalse(inner.training());
    assertFalse(new Running(inner).buffers().isEmpty());
    assertTrue(inner.training(), "a layer takes the mode of the one that it joins");
  }

  @Test
  void refusesNamesThatCannotBeToldApart() {
    Sequential network = new Sequential().add("fc", new Linear(2, 2, random));
    assertEquals(
        "The layer has a 'fc' already.",
        assertThrows(IllegalArgumentException.class, () -> network.add("fc", new ReLU()))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> network.add("a.b", new ReLU()));
    assertThrows(IllegalArgumentException.class, () -> network.add("", new ReLU()));
  }

  @Test
  void refusesImpossibleSizes() {
    assertThrows(IllegalArgumentException.class, () -> new Linear(0, 3, random));
    assertThrows(IllegalArgumentException.class, () -> new Conv2d(1, 0, 3, random));
    dev.lanewise.op.Conv2d groups = dev.lanewise.op.Conv2d.standard().groups(2);
    assertEquals(
        "Conv2d: 2 groups do not divide 3 input and 4 output channels.",
        assertThrows(
                IllegalArgumentException.class, () -> new Conv2d(3, 4, 3, groups, true, random))
            .getMessage());
  }

  @Test
  void printsItsStructure() {
    assertEquals(
        """
        Sequential(
          (conv1): Conv2d(1, 6, kernel 5, stride 1, padding 2)
          (1): Sequential(
            (0): MaxPool2d(kernel 2, stride 2)
            (1): Linear(4, 3)
          )
        )\
        """,
        new Sequential()
            .add("conv1", new Conv2d(1, 6, 5, 1, 2, random))
            .add(new Sequential(new MaxPool2d(2), new Linear(4, 3, random)))
            .toString());
  }

  @Test
  void linearComputes() {
    Linear layer = new Linear(2, 3, random);
    layer.parameters().get("weight").copyFrom(new float[] {1, 2, 3, 4, 5, 6});
    layer.parameters().get("bias").copyFrom(new float[] {10, 20, 30});
    Tensor y = layer.forward(Tensor.of(new float[] {1, -1}, 1, 2));
    assertArrayEquals(new float[] {9, 19, 29}, y.toArray());
  }

  @Test
  void convolutionComputes() {
    Conv2d layer = new Conv2d(1, 1, 2, random);
    layer.parameters().get("weight").copyFrom(new float[] {1, 2, 3, 4});
    layer.parameters().get("bias").copyFrom(new float[] {0.5f});
    Tensor y = layer.forward(Tensor.of(new float[] {1, 0, 2, 0, 1, 0, 3, 0, 1}, 1, 1, 3, 3));
    assertEquals(Shape.of(1, 1, 2, 2), y.shape());
    assertArrayEquals(new float[] {5.5f, 7.5f, 11.5f, 5.5f}, y.toArray());
  }

  @Test
  void gradientsAreDroppedTogether() {
    Linear layer = new Linear(2, 1, random);
    layer.forward(Tensor.ones(4, 2)).sum().backward();
    assertArrayEquals(new float[] {4}, layer.parameters().get("bias").grad().toArray());
    layer.zeroGrad();
    layer.parameters().values().forEach(p -> assertNull(p.grad()));
  }

  private static final class Running extends Layer {
    private final Layer inner;

    Running(Layer inner) {
      this.inner = child("inner", inner);
      buffer("mean", Tensor.zeros(2));
    }

    @Override
    public Tensor forward(Tensor x) {
      return inner.forward(x);
    }
  }
}
