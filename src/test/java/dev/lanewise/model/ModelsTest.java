package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelsTest {
  @Test
  void leNet5HasTheUsualNamesAndSizes() {
    Model model = Models.create("lenet5", new Generator(1));
    assertEquals(
        List.of(
            "conv1.weight",
            "conv1.bias",
            "conv2.weight",
            "conv2.bias",
            "fc1.weight",
            "fc1.bias",
            "fc2.weight",
            "fc2.bias",
            "fc3.weight",
            "fc3.bias"),
        List.copyOf(model.network().parameters().keySet()));
    assertEquals(61_706, model.network().parameterCount());
  }

  @Test
  void mlpHasTheUsualSizes() {
    Model model = Models.create("mlp", new Generator(1));
    assertEquals(784 * 512 + 512 + 512 * 256 + 256 + 2570, model.network().parameterCount());
  }

  static List<String> names() {
    return Models.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyModelMapsItsInputToItsClasses(String name) {
    Model model = Models.create(name, new Generator(1));
    assertEquals(name, model.name());
    int[] dims = new int[model.input().rank() + 1];
    dims[0] = 3;
    System.arraycopy(model.input().toArray(), 0, dims, 1, dims.length - 1);
    try (Scope scope = Scope.open()) {
      Tensor logits = model.network().forward(Tensor.ones(dims));
      assertEquals(Shape.of(3, model.classes()), logits.shape());
      logits.crossEntropy(Tensor.ofLongs(new long[] {0, 1, 2}, 3)).backward();
    }
    model
        .network()
        .parameters()
        .forEach((parameter, p) -> assertEquals(p.shape(), p.grad().shape(), parameter));
  }

  @Test
  void anUnknownNameGetsTheList() {
    assertEquals(
        "There is no model 'lenet6'; there are: mlp, lenet5, lenet5-original.",
        assertThrows(
                IllegalArgumentException.class, () -> Models.create("lenet6", new Generator(1)))
            .getMessage());
  }
}
