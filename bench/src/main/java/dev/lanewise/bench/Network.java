package dev.lanewise.bench;

import dev.lanewise.bench.Stage.BatchNorm2d;
import dev.lanewise.bench.Stage.CausalLayer;
import dev.lanewise.bench.Stage.Conv2d;
import dev.lanewise.bench.Stage.EachToken;
import dev.lanewise.bench.Stage.Embedding;
import dev.lanewise.bench.Stage.Embeddings;
import dev.lanewise.bench.Stage.EncoderLayer;
import dev.lanewise.bench.Stage.FirstToken;
import dev.lanewise.bench.Stage.Flatten;
import dev.lanewise.bench.Stage.GlobalAvgPool2d;
import dev.lanewise.bench.Stage.LayerNorm;
import dev.lanewise.bench.Stage.Linear;
import dev.lanewise.bench.Stage.MaxPool2d;
import dev.lanewise.bench.Stage.Recurrent;
import dev.lanewise.bench.Stage.Relu;
import dev.lanewise.bench.Stage.Relu6;
import dev.lanewise.bench.Stage.Residual;
import dev.lanewise.bench.Stage.Tokens;
import java.util.ArrayList;
import java.util.List;

/**
 * The networks that are trained, described once for both sides.
 *
 * @param sample the shape of one sample, without the batch
 * @param classes how many values the last stage gives
 * @param learningRate with which the loss falls: where it jumps, the third loss says nothing
 */
record Network(String name, int[] sample, int classes, float learningRate, List<Stage> stages) {
  static final float LEARNING_RATE = 0.01f;

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
                  new Conv2d(1, 6, 5, 1, 2, true),
                  new Relu(),
                  new MaxPool2d(2, 2),
                  new Conv2d(6, 16, 5, 1, 0, true),
                  new Relu(),
                  new MaxPool2d(2, 2),
                  new Flatten(),
                  new Linear(400, 120),
                  new Relu(),
                  new Linear(120, 84),
                  new Relu(),
                  new Linear(84, 10))),
          new Network("vgg-small", new int[] {3, 32, 32}, 10, vggSmall()),
          new Network("resnet18-cifar", new int[] {3, 32, 32}, 10, resNet(false, 2, 2, 2, 2)),
          new Network("resnet50-cifar", new int[] {3, 32, 32}, 10, 1e-4f, resNet(true, 3, 4, 6, 3)),
          new Network("mobilenetv2", new int[] {3, 224, 224}, 1000, mobileNet()),
          new Network("alexnet", new int[] {3, 227, 227}, 1000, alexNet()),
          new Network("vit-tiny", new int[] {3, 32, 32}, 10, visionTransformer()),
          new Network("char-gpt", new int[] {128}, 65, charGpt(65, 128)),
          new Network("char-lstm", new int[] {128}, 65, charRecurrent(Recurrent.Kind.LSTM)),
          new Network("char-gru", new int[] {128}, 65, charRecurrent(Recurrent.Kind.GRU)),
          new Network(
              "spiral",
              new int[] {2},
              3,
              List.of(new Linear(2, 100), new Relu(), new Linear(100, 3))));

  private Network(String name, int[] sample, int classes, List<Stage> stages) {
    this(name, sample, classes, LEARNING_RATE, stages);
  }

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

  private static List<Stage> vggSmall() {
    List<Stage> stages = new ArrayList<>();
    int inputs = 3;
    for (int channels : new int[] {64, 128, 256}) {
      stages.addAll(convolution(inputs, channels, 3, 1));
      stages.add(new Relu());
      stages.addAll(convolution(channels, channels, 3, 1));
      stages.add(new Relu());
      stages.add(new MaxPool2d(2, 2));
      inputs = channels;
    }
    stages.add(new Flatten());
    stages.add(new Linear(256 * 4 * 4, 256));
    stages.add(new Relu());
    stages.add(new Linear(256, 10));
    return stages;
  }

  /**
   * He et al., <i>Deep Residual Learning</i> (2016), with a 3x3 stem for small images.
   *
   * @param bottleneck whether a block is 1x1, 3x3, 1x1 to four times the channels, or 3x3, 3x3
   */
  private static List<Stage> resNet(boolean bottleneck, int... blocks) {
    List<Stage> stages = new ArrayList<>(convolution(3, 64, 3, 1));
    stages.add(new Relu());
    int inputs = 64;
    for (int level = 0; level < blocks.length; level++) {
      int width = 64 << level;
      int outputs = bottleneck ? 4 * width : width;
      for (int block = 0; block < blocks[level]; block++) {
        int stride = block == 0 && level > 0 ? 2 : 1;
        List<Stage> body = new ArrayList<>();
        if (bottleneck) {
          body.addAll(convolution(inputs, width, 1, 1));
          body.add(new Relu());
        }
        body.addAll(convolution(bottleneck ? width : inputs, width, 3, stride));
        body.add(new Relu());
        body.addAll(convolution(width, outputs, bottleneck ? 1 : 3, 1));
        boolean same = stride == 1 && inputs == outputs;
        List<Stage> shortcut = same ? List.of() : convolution(inputs, outputs, 1, stride);
        stages.add(new Residual(body, shortcut));
        stages.add(new Relu());
        inputs = outputs;
      }
    }
    stages.add(new GlobalAvgPool2d());
    stages.add(new Flatten());
    stages.add(new Linear(inputs, 10));
    return stages;
  }

  /**
   * Sandler et al., <i>MobileNetV2</i> (2018), table 2, as torchvision lays it out. Dropout is off
   * on both sides.
   */
  private static List<Stage> mobileNet() {
    List<Stage> stages = new ArrayList<>(convolution(3, 32, 3, 2));
    stages.add(new Relu6());
    int inputs = 32;
    // Expansion, outputs, blocks, stride of the first of them.
    int[][] table = {
      {1, 16, 1, 1},
      {6, 24, 2, 2},
      {6, 32, 3, 2},
      {6, 64, 4, 2},
      {6, 96, 3, 1},
      {6, 160, 3, 2},
      {6, 320, 1, 1}
    };
    for (int[] row : table) {
      for (int block = 0; block < row[2]; block++) {
        int stride = block == 0 ? row[3] : 1;
        int hidden = inputs * row[0];
        List<Stage> body = new ArrayList<>();
        if (hidden > inputs) {
          body.addAll(convolution(inputs, hidden, 1, 1));
          body.add(new Relu6());
        }
        body.add(new Conv2d(hidden, hidden, 3, stride, 1, hidden, false));
        body.addAll(List.of(new BatchNorm2d(hidden), new Relu6()));
        body.addAll(convolution(hidden, row[1], 1, 1));
        if (stride == 1 && inputs == row[1]) {
          stages.add(new Residual(body, List.of()));
        } else {
          stages.addAll(body);
        }
        inputs = row[1];
      }
    }
    stages.addAll(convolution(inputs, 1280, 1, 1));
    stages.add(new Relu6());
    stages.addAll(List.of(new GlobalAvgPool2d(), new Flatten(), new Linear(1280, 1000)));
    return stages;
  }

  /**
   * As torchvision lays it out; for images of 227 pixels its adaptive pooling keeps all 6x6 pixels.
   * Dropout is off on both sides.
   */
  private static List<Stage> alexNet() {
    return List.of(
        new Conv2d(3, 64, 11, 4, 2, true),
        new Relu(),
        new MaxPool2d(3, 2),
        new Conv2d(64, 192, 5, 1, 2, true),
        new Relu(),
        new MaxPool2d(3, 2),
        new Conv2d(192, 384, 3, 1, 1, true),
        new Relu(),
        new Conv2d(384, 256, 3, 1, 1, true),
        new Relu(),
        new Conv2d(256, 256, 3, 1, 1, true),
        new Relu(),
        new MaxPool2d(3, 2),
        new Flatten(),
        new Linear(256 * 6 * 6, 4096),
        new Relu(),
        new Linear(4096, 4096),
        new Relu(),
        new Linear(4096, 1000));
  }

  /** Dosovitskiy et al., <i>An Image is Worth 16x16 Words</i> (2021), for small images. */
  private static List<Stage> visionTransformer() {
    Tokens tokens = new Tokens(32, 4, 128);
    List<Stage> stages = new ArrayList<>(List.of(tokens));
    for (int i = 0; i < 6; i++) {
      stages.add(new EncoderLayer(tokens.tokens(), tokens.embed(), 4, 256));
    }
    stages.addAll(
        List.of(new LayerNorm(tokens.embed()), new FirstToken(), new Linear(tokens.embed(), 10)));
    return stages;
  }

  /**
   * Radford et al., <i>Language Models are Unsupervised Multitask Learners</i> (2019), small: four
   * layers of 128 values. Dropout is off on both sides.
   */
  private static List<Stage> charGpt(int vocabulary, int tokens) {
    int embed = 128;
    List<Stage> stages = new ArrayList<>(List.of(new Embeddings(vocabulary, tokens, embed)));
    for (int i = 0; i < 4; i++) {
      stages.add(new CausalLayer(tokens, embed, 4, 4 * embed));
    }
    stages.addAll(
        List.of(new LayerNorm(embed), new EachToken(), new Linear(embed, vocabulary, false)));
    return stages;
  }

  /** Graves, <i>Generating Sequences With Recurrent Neural Networks</i> (2013), small. */
  private static List<Stage> charRecurrent(Recurrent.Kind kind) {
    int vocabulary = 65;
    return List.of(
        new Embedding(vocabulary, 128),
        new Recurrent(kind, 128, 256),
        new Recurrent(kind, 256, 256),
        new EachToken(),
        new Linear(256, vocabulary));
  }

  /** Whether a sample is numbers of tokens, of which each is followed by another to be told. */
  boolean language() {
    return stages.getFirst() instanceof Embeddings || stages.getFirst() instanceof Embedding;
  }

  private static List<Stage> convolution(int inputs, int outputs, int kernel, int stride) {
    return List.of(
        new Conv2d(inputs, outputs, kernel, stride, kernel / 2, false), new BatchNorm2d(outputs));
  }

  /** The shapes of {@link #weights}. */
  List<int[]> weightShapes() {
    return weights().stream().map(Weight::shape).toList();
  }

  /** The weights, in the order of the layers: weight, bias, weight, bias, … */
  List<Weight> weights() {
    List<Weight> weights = new ArrayList<>();
    collect(stages, weights);
    return weights;
  }

  private static void collect(List<Stage> stages, List<Weight> weights) {
    for (Stage stage : stages) {
      switch (stage) {
        case Linear(int inputs, int outputs, boolean bias) -> add(weights, bias, outputs, inputs);
        case Conv2d(int inputs, int outputs, int kernel, int _, int _, int groups, boolean bias) ->
            add(weights, bias, outputs, inputs / groups, kernel, kernel);
        case BatchNorm2d(int channels) -> addNorm(weights, channels);
        case LayerNorm(int size) -> addNorm(weights, size);
        case Tokens tokens -> {
          add(weights, false, 1, 1, tokens.embed());
          add(weights, true, tokens.embed(), 3, tokens.patch(), tokens.patch());
          add(weights, false, 1, tokens.tokens(), tokens.embed());
        }
        case Embeddings(int vocabulary, int tokens, int embed) -> {
          add(weights, false, vocabulary, embed);
          add(weights, false, tokens, embed);
        }
        case Embedding(int vocabulary, int embed) -> add(weights, false, vocabulary, embed);
        case Recurrent recurrent -> {
          int rows = recurrent.kind().gates() * recurrent.hidden();
          add(weights, false, rows, recurrent.inputs());
          int[] hidden = {rows, recurrent.hidden()};
          add(weights, false, hidden);
          weights.add(Weight.uniform(new int[] {rows}, hidden));
          weights.add(Weight.uniform(new int[] {rows}, hidden));
        }
        case CausalLayer(int _, int embed, int _, int feedForward) -> {
          add(weights, true, 3 * embed, embed);
          add(weights, true, embed, embed);
          add(weights, true, feedForward, embed);
          add(weights, true, embed, feedForward);
          addNorm(weights, embed);
          addNorm(weights, embed);
        }
        case EncoderLayer(int _, int embed, int _, int feedForward) -> {
          addNorm(weights, embed);
          add(weights, true, 3 * embed, embed);
          add(weights, true, embed, embed);
          addNorm(weights, embed);
          add(weights, true, feedForward, embed);
          add(weights, true, embed, feedForward);
        }
        case Residual(List<Stage> body, List<Stage> shortcut) -> {
          collect(body, weights);
          collect(shortcut, weights);
        }
        case Relu _,
            Relu6 _,
            MaxPool2d _,
            GlobalAvgPool2d _,
            Flatten _,
            FirstToken _,
            EachToken _ -> {}
      }
    }
  }

  private static void add(List<Weight> weights, boolean bias, int... shape) {
    weights.add(Weight.uniform(shape, shape));
    if (bias) {
      weights.add(Weight.uniform(new int[] {shape[0]}, shape));
    }
  }

  private static void addNorm(List<Weight> weights, int size) {
    weights.add(Weight.ones(size));
    weights.add(Weight.zeros(size));
  }

  boolean normalized() {
    return stages.stream().anyMatch(BatchNorm2d.class::isInstance);
  }

  /**
   * Arithmetic operations of a training step for one sample in products and convolutions: forward
   * and the two gradients, the first layer having only that of its weights.
   */
  double trainingFlops() {
    Operations operations = Operations.of(this);
    return 3 * operations.total() - operations.first();
  }

  /** The same of forward alone. */
  double forwardFlops() {
    return Operations.of(this).total();
  }
}
