package dev.lanewise.model;

import dev.lanewise.nn.AvgPool2d;
import dev.lanewise.nn.Conv2d;
import dev.lanewise.nn.Flatten;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.MaxPool2d;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Sequential;
import dev.lanewise.nn.Tanh;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** The models that the command knows by name. */
public final class Models {
  private static final Shape GREY_28 = Shape.of(1, 28, 28);
  private static final Shape COLOUR_32 = Shape.of(3, 32, 32);
  private static final Shape COLOUR_224 = Shape.of(3, 224, 224);
  private static final Shape COLOUR_227 = Shape.of(3, 227, 227);

  /** As MNIST and CIFAR-10 have, and as ImageNet has. */
  private static final int TEN = 10;

  private static final int THOUSAND = 1000;

  /** Makes a network with fresh parameters. */
  @FunctionalInterface
  private interface Builder {
    Layer build(int classes, Generator random);
  }

  private record Entry(Shape input, int classes, Builder builder) {}

  private static final Map<String, Entry> ENTRIES = new LinkedHashMap<>();

  private static void add(String name, Shape input, int classes, Builder builder) {
    ENTRIES.put(name, new Entry(input, classes, builder));
  }

  static {
    add("logistic-regression", GREY_28, TEN, Models::logisticRegression);
    add("mlp", GREY_28, TEN, Models::mlp);
    add("lenet5", GREY_28, TEN, (k, random) -> leNet5(k, random, ReLU::new, MaxPool2d::new));
    add(
        "lenet5-original",
        GREY_28,
        TEN,
        (k, random) -> leNet5(k, random, Tanh::new, AvgPool2d::new));
    add("vgg-small", COLOUR_32, TEN, Vgg::small);
    add("resnet18-cifar", COLOUR_32, TEN, ResNet::resNet18Cifar);
    add("resnet34-cifar", COLOUR_32, TEN, ResNet::resNet34Cifar);
    add("resnet50-cifar", COLOUR_32, TEN, ResNet::resNet50Cifar);
    add("alexnet", COLOUR_227, THOUSAND, AlexNet::create);
    for (int depth : new int[] {11, 13, 16, 19}) {
      add("vgg" + depth, COLOUR_224, THOUSAND, (k, random) -> Vgg.create(depth, false, k, random));
      add(
          "vgg" + depth + "-bn",
          COLOUR_224,
          THOUSAND,
          (k, random) -> Vgg.create(depth, true, k, random));
    }
    add("resnet18", COLOUR_224, THOUSAND, ResNet::resNet18);
    add("resnet34", COLOUR_224, THOUSAND, ResNet::resNet34);
    add("resnet50", COLOUR_224, THOUSAND, ResNet::resNet50);
    add("vit-tiny", COLOUR_32, TEN, VisionTransformer::tiny);
    add("vit-b-16", COLOUR_224, THOUSAND, VisionTransformer::base16);
    add("mobilenetv2", COLOUR_224, THOUSAND, MobileNetV2::create);
  }

  private Models() {}

  /** The names of all models. */
  public static List<String> names() {
    return List.copyOf(ENTRIES.keySet());
  }

  /**
   * Checks a name without making the model, which may be large.
   *
   * @throws IllegalArgumentException when there is none of that name; the message lists those that
   *     are
   */
  public static void check(String name) {
    entry(name);
  }

  /**
   * Makes a model with fresh parameters.
   *
   * @param random the source of the parameters
   * @throws IllegalArgumentException when there is none of that name; the message lists those that
   *     are
   */
  public static Model create(String name, Generator random) {
    Entry entry = entry(name);
    return new Model(name, entry.input, entry.classes, entry.builder.build(entry.classes, random));
  }

  private static Entry entry(String name) {
    Entry entry = ENTRIES.get(Objects.requireNonNull(name, "name"));
    if (entry == null) {
      throw new IllegalArgumentException(
          "There is no model '" + name + "'; there are: " + String.join(", ", names()) + ".");
    }
    return entry;
  }

  /** One linear layer on the flattened image: softmax regression. */
  private static Layer logisticRegression(int classes, Generator random) {
    return new Sequential()
        .add("flatten", new Flatten())
        .add("linear", new Linear(784, classes, random));
  }

  /** Two hidden layers of 512 and 256 values; images are flattened. */
  private static Layer mlp(int classes, Generator random) {
    return new Sequential()
        .add("flatten", new Flatten())
        .add("fc1", new Linear(784, 512, random))
        .add("relu1", new ReLU())
        .add("fc2", new Linear(512, 256, random))
        .add("relu2", new ReLU())
        .add("fc3", new Linear(256, classes, random));
  }

  /** Makes a pooling layer with windows of this size. */
  @FunctionalInterface
  private interface Pooling {
    Layer of(int kernel);
  }

  /**
   * The network of LeCun et al., <i>Gradient-Based Learning Applied to Document Recognition</i>
   * (1998), with padding in place of the 32×32 frame and a linear last layer; nowadays with ReLU
   * and the maximum, then with the hyperbolic tangent and the mean.
   */
  private static Layer leNet5(
      int classes, Generator random, Supplier<Layer> activation, Pooling pooling) {
    return new Sequential()
        .add("conv1", new Conv2d(1, 6, 5, 1, 2, random))
        .add("act1", activation.get())
        .add("pool1", pooling.of(2))
        .add("conv2", new Conv2d(6, 16, 5, random))
        .add("act2", activation.get())
        .add("pool2", pooling.of(2))
        .add("flatten", new Flatten())
        .add("fc1", new Linear(400, 120, random))
        .add("act3", activation.get())
        .add("fc2", new Linear(120, 84, random))
        .add("act4", activation.get())
        .add("fc3", new Linear(84, classes, random));
  }
}
