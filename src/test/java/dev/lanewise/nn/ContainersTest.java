package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.op.Relu;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContainersTest {
  private final Generator random = new Generator(1);

  @Test
  void aMaximumBeforeItsReluIsTheSameToTheBit() {
    for (Window window : List.of(Window.of(2), Window.of(3, 2).padding(1))) {
      Tensor x = random.normal(Shape.of(3, 2, 7, 9), -0.3f, 1).requireGrad();
      Tensor expected = x.relu().maxPool2d(window);
      Tensor weights = random.normal(expected.shape(), 0, 1);
      expected.mul(weights).sum().backward();
      float[] gradient = x.grad().toArray();
      for (boolean hooked : new boolean[] {false, true}) {
        x.zeroGrad();
        ReLU relu = new ReLU();
        List<Shape> seen = new ArrayList<>();
        if (hooked) {
          relu.onForward((layer, in, out) -> seen.add(out.shape()));
        }
        Tensor y = new Sequential(relu, new MaxPool2d(window)).forward(x);
        assertEquals(hooked ? List.of(x.shape()) : List.of(), seen);
        assertArrayEquals(expected.toArray(), y.toArray());
        assertTrue(hooked || y.node().op() instanceof Relu, "computed behind the maximum");
        y.mul(weights).sum().backward();
        // Adding 0 makes a zero of either sign 0.
        assertArrayEquals(
            Tensor.of(gradient, gradient.length).add(0).toArray(), x.grad().add(0).toArray());
      }
    }
  }

  @Test
  void aReluBehindALinearIsTheSameToTheBit() {
    // Sums over the lanes; a product of turned rows; one that stays a product; a plain one.
    int[][] sizes = {{300, 2, 100}, {64, 100, 60}, {61, 784, 512}, {3, 7, 5}};
    for (int[] size : sizes) {
      Tensor x = random.normal(Shape.of(size[0], size[1]), 0, 1).requireGrad();
      Tensor weights = random.normal(Shape.of(size[0], size[2]), 0, 1);
      Linear linear = new Linear(size[1], size[2], random);
      ReLU relu = new ReLU();
      Sequential both = new Sequential(linear, relu);
      List<Tensor> leaves = List.of(x, linear.weight(), linear.bias().orElseThrow());
      List<float[]> expected = new ArrayList<>();
      for (boolean hooked : new boolean[] {true, false}) {
        Runnable unhook = hooked ? relu.onForward((layer, in, out) -> {}) : () -> {};
        Tensor y = both.forward(x);
        assertEquals(hooked, y.node().op() instanceof Relu);
        y.mul(weights).sum().backward();
        List<float[]> found = new ArrayList<>(List.of(y.toArray()));
        for (Tensor leaf : leaves) {
          found.add(leaf.grad().toArray());
          leaf.zeroGrad();
        }
        for (int i = 0; i < expected.size(); i++) {
          assertArrayEquals(expected.get(i), found.get(i), "result or gradient " + i);
        }
        expected = found;
        unhook.run();
      }
    }
  }

  @Test
  void aListNumbersItsLayers() {
    Linear first = new Linear(2, 3, random);
    LayerList<Linear> list = new LayerList<>(List.of(first)).add(new Linear(3, 4, false, random));
    assertEquals(2, list.size());
    assertSame(first, list.get(0));
    assertEquals(
        List.of("0.weight", "0.bias", "1.weight"), List.copyOf(list.parameters().keySet()));
    List<Layer> walked = new ArrayList<>();
    list.forEach(walked::add);
    assertEquals(List.of(first, list.get(1)), walked);
    assertTrue(
        assertThrows(UnsupportedOperationException.class, () -> list.forward(Tensor.ones(1, 2)))
            .getMessage()
            .startsWith("LayerList: "));
    assertThrows(IndexOutOfBoundsException.class, () -> list.get(2));
  }

  @Test
  void aMapNamesItsLayers() {
    LayerMap<Layer> map =
        new LayerMap<>().put("a", new Linear(2, 3, false, random)).put("b", new ReLU());
    assertEquals(List.of("a", "b"), map.names());
    assertEquals(List.of("a.weight"), List.copyOf(map.parameters().keySet()));
    assertEquals(
        "There is no layer 'c'; there are: a, b.",
        assertThrows(IllegalArgumentException.class, () -> map.get("c")).getMessage());
    assertThrows(UnsupportedOperationException.class, () -> map.forward(Tensor.ones(1, 2)));
  }

  /** Y = X + F(X) gives dX = dY + F'(X) dY. */
  @Test
  void gradientsOfAResidualAddUp() {
    Linear linear = new Linear(2, 2, false, random);
    Init.constant(linear.weight(), 3);
    Tensor x = Tensor.of(new float[] {1, 2}, 1, 2).requireGrad();
    Tensor y = new Residual(linear).forward(x);
    assertArrayEquals(new float[] {10, 11}, y.toArray());
    y.sum().backward();
    assertArrayEquals(new float[] {7, 7}, x.grad().toArray());
  }

  @Test
  void aResidualWithAShortcutOfItsOwn() {
    Residual layer = new Residual(new Linear(2, 3, random), new Linear(2, 3, false, random));
    assertEquals(
        List.of("branch.weight", "branch.bias", "shortcut.weight"),
        List.copyOf(layer.parameters().keySet()));
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () -> new Residual(new Linear(2, 3, random)).forward(Tensor.ones(1, 2)))
            .getMessage()
            .contains("the branch gives shape [1, 3], the shortcut [1, 2]"));
  }
}
