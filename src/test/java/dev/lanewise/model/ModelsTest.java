package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.nn.Layer;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  static List<String> names() {
    return Models.names();
  }

  /** The smallest images that a network of large ones takes, so that the test is quick. */
  private static final Map<String, Shape> SMALLER = Map.of("alexnet", Shape.of(3, 223, 223));

  @ParameterizedTest
  @MethodSource("names")
  void everyModelMapsItsInputToItsClasses(String name) {
    Model model = Models.create(name, new Generator(1));
    assertEquals(name, model.name());
    Shape input = SMALLER.getOrDefault(name, model.input()).insert(0, 3);
    Layer network = model.network();
    try (Scope scope = Scope.open()) {
      Tensor logits = network.forward(new Generator(2).normal(input, 0, 1));
      assertEquals(Shape.of(3, model.classes()), logits.shape());
      logits.crossEntropy(Tensor.ofLongs(new long[] {0, 1, 2}, 3)).backward();
    }
    network
        .parameters()
        .forEach((parameter, p) -> assertEquals(p.shape(), p.grad().shape(), parameter));
    network.zeroGrad();
    network.state().values().forEach(Tensor::close);
  }

  /** As published: torchvision's, and the sums over the layers for the small ones. */
  @ParameterizedTest
  @CsvSource({
    "logistic-regression, 7850",
    "mlp, 535818",
    "lenet5, 61706",
    "alexnet, 61100840",
  })
  void everyModelHasThePublishedNumberOfParameters(String name, long parameters) {
    Layer network = Models.create(name, Generator.zeros()).network();
    assertEquals(parameters, network.parameterCount());
    network.state().values().forEach(Tensor::close);
  }

  @Test
  void alexNetHasTheNamesOfTorchvision() {
    Layer network = Models.create("alexnet", Generator.zeros()).network();
    assertEquals(
        List.of(
            "features.0.weight",
            "features.0.bias",
            "features.3.weight",
            "features.3.bias",
            "features.6.weight",
            "features.6.bias",
            "features.8.weight",
            "features.8.bias",
            "features.10.weight",
            "features.10.bias",
            "classifier.1.weight",
            "classifier.1.bias",
            "classifier.4.weight",
            "classifier.4.bias",
            "classifier.6.weight",
            "classifier.6.bias"),
        List.copyOf(network.parameters().keySet()));
    assertEquals(Shape.of(4096, 9216), network.parameters().get("classifier.1.weight").shape());
    network.state().values().forEach(Tensor::close);
  }

  @Test
  void anUnknownNameGetsTheList() {
    assertEquals(
        "There is no model 'lenet6'; there are: " + String.join(", ", Models.names()) + ".",
        assertThrows(
                IllegalArgumentException.class, () -> Models.create("lenet6", new Generator(1)))
            .getMessage());
  }
}
