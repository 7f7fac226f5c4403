package dev.lanewise.bench;

import dev.lanewise.model.CharGpt;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.Embedding;
import dev.lanewise.nn.GRU;
import dev.lanewise.nn.LSTM;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Sequential;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.train.Trainer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/** Lanewise as its users have it: a ready model and the trainer of the library. */
final class LanewiseTraining implements Work {
  private final Workload workload;
  private final Layer network;
  private final Tensor input;
  private final Tensor labels;
  private final Optimizer optimizer;
  private final Trainer trainer;

  LanewiseTraining(Workload workload) {
    this.workload = workload;
    network = network(workload.network());
    quietDropout(network);
    input = input(workload);
    labels = Tensor.ofLongs(workload.labels(), workload.labels().length);
    optimizer = new Sgd(network.parameters(), workload.network().learningRate(), Workload.MOMENTUM);
    trainer = new Trainer(network, optimizer);
    reset();
  }

  /** Forward of the same network in evaluation mode. */
  static Work evaluation(Workload workload) {
    Layer network = network(workload.network());
    load(network, workload);
    int norm = 0;
    for (var buffer : network.buffers().entrySet()) {
      boolean variances = buffer.getKey().endsWith("running_var");
      if (variances || buffer.getKey().endsWith("running_mean")) {
        Tensor values = buffer.getValue();
        values.copyFrom(workload.statistics(norm, variances, (int) values.size()));
        norm += variances ? 1 : 0;
      }
    }
    network.train(false);
    Tensor input = input(workload);
    return new LanewiseWork(false, () -> network.forward(input));
  }

  private static Tensor input(Workload workload) {
    int[] shape = workload.inputShape();
    return workload.network().language()
        ? Tensor.ofLongs(workload.tokens(), shape)
        : Tensor.of(workload.input(), shape);
  }

  private static void load(Layer network, Workload workload) {
    List<int[]> expected = workload.network().weightShapes();
    List<Tensor> found = List.copyOf(network.parameters().values());
    for (int i = 0; i < Math.max(expected.size(), found.size()); i++) {
      if (i >= expected.size()
          || i >= found.size()
          || !found.get(i).shape().equals(Shape.of(expected.get(i)))) {
        throw new IllegalStateException(
            "The model %s of Lanewise differs from that of the benchmark at parameter %d of %d."
                .formatted(workload.network().name(), i, found.size()));
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment values = arena.allocate(4L * found.get(i).size());
        workload.weight(i, values.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer());
        found.get(i).copyFrom(values);
      }
    }
  }

  /** The model of that name, or layers of the library where the catalogue has none. */
  private static Layer network(Network network) {
    Generator random = new Generator(1);
    if (Models.names().contains(network.name())) {
      return Models.create(network.name(), random).network();
    }
    if (network.stages().getFirst() instanceof Stage.Embeddings first) {
      List<Stage.CausalLayer> blocks =
          network.stages().stream()
              .filter(Stage.CausalLayer.class::isInstance)
              .map(Stage.CausalLayer.class::cast)
              .toList();
      int heads = blocks.getFirst().heads();
      var sizes =
          new CharGpt.Sizes(
              first.vocabulary(), first.tokens(), first.embed(), blocks.size(), heads, 0);
      return new Sequential().add("gpt", new CharGpt(sizes, random)).add("rows", new EachToken());
    }
    Sequential layers = new Sequential();
    for (Stage stage : network.stages()) {
      String name = "stage" + layers.children().size();
      switch (stage) {
        case Stage.Linear(int inputs, int outputs, boolean bias) ->
            layers.add(name, new Linear(inputs, outputs, bias, random));
        case Stage.Relu _ -> layers.add(name, new ReLU());
        case Stage.Embedding(int vocabulary, int embed) ->
            layers.add(name, new Embedding(vocabulary, embed, random));
        case Stage.Recurrent(Stage.Recurrent.Kind kind, int inputs, int hidden) ->
            layers.add(
                name,
                switch (kind) {
                  case LSTM -> new LSTM(inputs, hidden, random);
                  case GRU -> new GRU(inputs, hidden, random);
                });
        case Stage.EachToken _ -> layers.add(name, new EachToken());
        default ->
            throw new IllegalArgumentException("Lanewise has no model " + network.name() + " yet");
      }
    }
    return layers;
  }

  /** The loss takes the logits of all tokens one below the other. */
  private static final class EachToken extends Layer {
    @Override
    public Tensor forward(Tensor x) {
      return x.flatten(0, 1);
    }
  }

  /** The peer's network has none: the losses could not be compared. */
  private static void quietDropout(Layer layer) {
    layer.children().values().forEach(LanewiseTraining::quietDropout);
    if (layer instanceof Dropout) {
      layer.train(false);
    }
  }

  @Override
  public void reset() {
    load(network, workload);
    // Without momenta it starts anew; those it had go back to the pool.
    optimizer.load(Map.of());
  }

  @Override
  public void run() {
    trainer.step(input, labels);
  }

  @Override
  public float[] result() {
    reset();
    return new float[] {
      trainer.step(input, labels), trainer.step(input, labels), trainer.step(input, labels)
    };
  }
}
