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
import java.util.function.Function;
import java.util.function.Supplier;

/** The models that the command knows by name, all for ten classes of 28×28 grey images. */
public final class Models {
  private static final Shape GREY_28 = Shape.of(1, 28, 28);
  private static final int DIGITS = 10;

  private static final Map<String, Function<Generator, Layer>> NETWORKS = new LinkedHashMap<>();

  static {
    NETWORKS.put("mlp", Models::mlp);
    NETWORKS.put("lenet5", random -> leNet5(random, ReLU::new, () -> new MaxPool2d(2)));
    NETWORKS.put("lenet5-original", random -> leNet5(random, Tanh::new, () -> new AvgPool2d(2)));
  }

  private Models() {}

  /** The names of all models. */
  public static List<String> names() {
    return List.copyOf(NETWORKS.keySet());
  }

  /**
   * Makes a model with fresh parameters.
   *
   * @param random the source of the parameters
   * @throws IllegalArgumentException when there is none of that name; the message lists those that
   *     are
   */
  public static Model create(String name, Generator random) {
    Function<Generator, Layer> network = NETWORKS.get(name);
    if (network == null) {
      throw new IllegalArgumentException(
          "There is no model '" + name + "'; there are: " + String.join(", ", names()) + ".");
    }
    return new Model(name, GREY_28, DIGITS, network.apply(random));
  }

  /** Two hidden layers of 512 and 256 values; images are flattened. */
  private static Layer mlp(Generator random) {
    return new Sequential()
        .add("flatten", new Flatten())
        .add("fc1", new Linear(784, 512, random))
        .add("relu1", new ReLU())
        .add("fc2", new Linear(512, 256, random))
        .add("relu2", new ReLU())
        .add("fc3", new Linear(256, DIGITS, random));
  }

  /**
   * The network of LeCun et al., <i>Gradient-Based Learning Applied to Document Recognition</i>
   * (1998), with padding in place of the 32×32 frame and a linear last layer; nowadays with ReLU
   * and the maximum, then with the hyperbolic tangent and the mean.
   */
  private static Layer leNet5(
      Generator random, Supplier<Layer> activation, Supplier<Layer> pooling) {
    return new Sequential()
        .add("conv1", new Conv2d(1, 6, 5, 1, 2, random))
        .add("act1", activation.get())
        .add("pool1", pooling.get())
        .add("conv2", new Conv2d(6, 16, 5, random))
        .add("act2", activation.get())
        .add("pool2", pooling.get())
        .add("flatten", new Flatten())
        .add("fc1", new Linear(400, 120, random))
        .add("act3", activation.get())
        .add("fc2", new Linear(120, 84, random))
        .add("act4", activation.get())
        .add("fc3", new Linear(84, DIGITS, random));
  }
}
