package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Summary;
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

  /** One of each family of large networks, and all small ones. */
  static List<String> names() {
    return Models.names().stream()
        .filter(name -> !name.matches("vit-b-16|vgg1[369].*|vgg11|resnet34.*|resnet50-cifar"))
        .toList();
  }

  /** Small images for the networks that take any size, so that the test is quick. */
  private static Shape input(Model model) {
    return switch (model.input().dim(-1)) {
      case 227 -> Shape.of(3, 63, 63);
      case 224 -> Shape.of(3, 32, 32);
      default -> model.input();
    };
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyModelMapsItsInputToItsClasses(String name) {
    Model model = Models.create(name, new Generator(1));
    assertEquals(name, model.name());
    Shape input = input(model).insert(0, 3);
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
    "logistic-regression, 7850",
    "lenet5, 61706",
    "lenet5-original, 61706",
    "vgg-small, 2197706",
    "resnet18-cifar, 11173962",
    "resnet34-cifar, 21282122",
    "resnet50-cifar, 23520842",
    "alexnet, 61100840",
    "vgg11, 132863336",
    "vgg11-bn, 132868840",
    "vgg13, 133047848",
    "vgg13-bn, 133053736",
    "vgg16, 138357544",
    "vgg16-bn, 138365992",
    "vgg19, 143667240",
    "vgg19-bn, 143678248",
    "resnet18, 11689512",
    "resnet34, 21797672",
    "vit-tiny, 811146",
    "vit-b-16, 86567656",
    "resnet50, 25557032",
    "mobilenetv2, 3504872",
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
  void residualNetworksHaveTheNamesOfTorchvision() {
    Map<String, Tensor> state = Models.create("resnet18", Generator.zeros()).network().state();
    assertEquals(122, state.size());
    assertEquals(Shape.of(64, 3, 7, 7), state.get("conv1.weight").shape());
    assertEquals(Shape.of(64), state.get("bn1.running_mean").shape());
    assertEquals(Shape.of(128, 64, 3, 3), state.get("layer2.0.conv1.weight").shape());
    assertEquals(Shape.of(128, 64, 1, 1), state.get("layer2.0.downsample.0.weight").shape());
    assertEquals(Shape.SCALAR, state.get("layer4.1.bn2.num_batches_tracked").shape());
    assertEquals(Shape.of(1000, 512), state.get("fc.weight").shape());
    Map<String, Tensor> bottlenecks =
        Models.create("resnet50", Generator.zeros()).network().state();
    assertEquals(320, bottlenecks.size());
    assertEquals(Shape.of(256, 64, 1, 1), bottlenecks.get("layer1.0.downsample.0.weight").shape());
    assertEquals(Shape.of(512, 512, 3, 3), bottlenecks.get("layer4.2.conv2.weight").shape());
  }

  @Test
  void mobileNetHasTheNamesOfTorchvision() {
    Map<String, Tensor> state = Models.create("mobilenetv2", Generator.zeros()).network().state();
    assertEquals(314, state.size());
    assertEquals(Shape.of(32, 3, 3, 3), state.get("features.0.0.weight").shape());
    assertEquals(Shape.of(32, 1, 3, 3), state.get("features.1.conv.0.0.weight").shape());
    assertEquals(Shape.of(16), state.get("features.1.conv.2.running_mean").shape());
    assertEquals(Shape.of(96, 1, 3, 3), state.get("features.2.conv.1.0.weight").shape());
    assertEquals(Shape.of(24), state.get("features.2.conv.3.bias").shape());
    assertEquals(Shape.of(1280, 320, 1, 1), state.get("features.18.0.weight").shape());
    assertEquals(Shape.of(1000, 1280), state.get("classifier.1.weight").shape());
  }

  @Test
  void plainNetworksHaveTheNamesOfTorchvision() {
    Map<String, Tensor> plain = Models.create("vgg11", Generator.zeros()).network().parameters();
    assertEquals(List.of("0", "3", "6", "8", "11", "13", "16", "18"), numbersOf(plain, "features"));
    assertEquals(List.of("0", "3", "6"), numbersOf(plain, "classifier"));
    plain.values().forEach(Tensor::close);
    Map<String, Tensor> normed = Models.create("vgg11-bn", Generator.zeros()).network().state();
    assertEquals(
        List.of(
            "0", "1", "4", "5", "8", "9", "11", "12", "15", "16", "18", "19", "22", "23", "25",
            "26"),
        numbersOf(normed, "features"));
    assertEquals(Shape.of(512), normed.get("features.26.running_var").shape());
    normed.values().forEach(Tensor::close);
  }

  private static List<String> numbersOf(Map<String, Tensor> tensors, String part) {
    return tensors.keySet().stream()
        .filter(name -> name.startsWith(part + "."))
        .map(name -> name.split("\\.")[1])
        .distinct()
        .toList();
  }

  static List<String> allNames() {
    return Models.names();
  }

  @ParameterizedTest
  @MethodSource("allNames")
  void everyModelTakesImagesOfItsSize(String name) {
    Model model = Models.create(name, Generator.zeros());
    Summary summary = model.network().summary(model.input().insert(0, 64));
    assertEquals("[64, " + model.classes() + "]", summary.rows().getFirst().output());
    assertEquals(model.network().parameterCount(), summary.parameters());
    model.network().state().values().forEach(Tensor::close);
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
