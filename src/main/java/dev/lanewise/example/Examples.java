package dev.lanewise.example;

import java.util.List;

/** All worked examples, in the order of the tutorial. */
public final class Examples {
  private static final List<Example> ALL =
      List.of(
          new Gravity(),
          new ThreeDescents(),
          new TwoLayersByHand(),
          new ConvolutionByHand(),
          new MaxPooling(),
          new ReluByHand(),
          new ConvReluPool(),
          new SharedParameters(),
          new LossesAfterSoftmax(),
          new SpiralLinear(),
          new SpiralHidden(),
          new QuizOne(),
          new ForwardBackward(),
          new LogisticAndHidden(),
          new FiniteDifferences(),
          new ImageProcessing(),
          new CnnOnMnist(),
          new CnnLayers(),
          new LeNet5(),
          new RevolutionOfDepth(),
          new SeeingDigits(),
          new UniversalApproximation(),
          new ToyNetwork(),
          new VanishingGradients(),
          new CountWeights(),
          new GradientSums(),
          new HigherOrder(),
          new OwnFunction(),
          new Regularizing(),
          new Normalizing(),
          new MovingPoints(),
          new TransformerOnText(),
          new PracticalWorkflow());

  private Examples() {}

  /** All, in the order of the tutorial. */
  public static List<Example> all() {
    return ALL;
  }

  /**
   * The example of a name.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static Example named(String name) {
    return ALL.stream()
        .filter(example -> example.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no example '"
                    + name
                    + "'; there are "
                    + String.join(", ", ALL.stream().map(Example::name).toList())
                    + ", and the words list and all."));
  }
}
