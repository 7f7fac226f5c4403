package dev.lanewise.bench;

import dev.lanewise.bench.Stage.Conv2d;
import dev.lanewise.bench.Stage.Flatten;
import dev.lanewise.bench.Stage.Linear;
import dev.lanewise.bench.Stage.MaxPool2d;
import dev.lanewise.bench.Stage.Relu;
import java.util.List;
import java.util.stream.Stream;

/**
 * The networks that are trained, described once for both sides.
 *
 * @param sample the shape of one sample, without the batch
 * @param classes how many values the last stage gives
 */
record Network(String name, int[] sample, int classes, List<Stage> stages) {
  private static final List<Network> ALL =
      List.of(
          new Network(
              "mlp",
              new int[] {784},
              10,
              List.of(
                  new Linear(784, 512),
                  new Relu(),
                  new Linear(512, 256),
                  new Relu(),
                  new Linear(256, 10))),
          new Network(
              "lenet5",
              new int[] {1, 28, 28},
              10,
              List.of(
                  new Conv2d(1, 6, 5, 2),
                  new Relu(),
                  new MaxPool2d(2),
                  new Conv2d(6, 16, 5, 0),
                  new Relu(),
                  new MaxPool2d(2),
                  new Flatten(),
                  new Linear(400, 120),
                  new Relu(),
                  new Linear(120, 84),
                  new Relu(),
                  new Linear(84, 10))));

  static List<String> names() {
    return ALL.stream().map(Network::name).toList();
  }

  /**
   * The network of that name.
   *
   * @throws IllegalArgumentException when there is none; the message lists those that are
   */
  static Network named(String name) {
    return ALL.stream()
        .filter(network -> network.name.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no model '%s' in the benchmark; there are: %s."
                    .formatted(name, String.join(", ", names()))));
  }

  /** The shapes of the weights, in the order of the layers: weight, bias, weight, bias, … */
  List<int[]> weightShapes() {
    return stages.stream()
        .flatMap(stage ->
            switch (stage) {
              case Linear(int inputs, int outputs) ->
                  Stream.of(new int[] {outputs, inputs}, new int[] {outputs});
              case Conv2d(int inputs, int outputs, int kernel, int _) ->
                  Stream.of(new int[] {outputs, inputs, kernel, kernel}, new int[] {outputs});
              case Relu _, MaxPool2d _, Flatten _ -> Stream.<int[]>empty();
            })
        .toList();
  }
}
