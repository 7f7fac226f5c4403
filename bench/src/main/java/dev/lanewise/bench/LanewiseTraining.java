package dev.lanewise.bench;

import dev.lanewise.model.Models;
import dev.lanewise.nn.Layer;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.train.Trainer;
import java.util.List;

/** Lanewise as its users have it: a ready model and the trainer of the library. */
final class LanewiseTraining implements Training {
  private final List<float[]> initial;
  private final Layer network;
  private final Tensor input;
  private final Tensor labels;
  private Trainer trainer;

  LanewiseTraining(Workload workload) {
    initial = workload.weights();
    network = Models.create(workload.network().name(), new Generator(1)).network();
    input = Tensor.of(workload.input(), workload.inputShape());
    labels = Tensor.ofLongs(workload.labels(), workload.batch());
    int found = network.parameters().size();
    if (found != initial.size()) {
      throw new IllegalStateException(
          "The model %s of Lanewise has %d parameters, that of the benchmark %d."
              .formatted(workload.network().name(), found, initial.size()));
    }
    trainer = newTrainer();
  }

  @Override
  public void reset() {
    int i = 0;
    for (Tensor parameter : network.parameters().values()) {
      parameter.copyFrom(initial.get(i++));
    }
    trainer = newTrainer();
  }

  @Override
  public float step() {
    return trainer.step(input, labels);
  }

  private Trainer newTrainer() {
    return new Trainer(
        network, new Sgd(network.parameters(), Workload.LEARNING_RATE, Workload.MOMENTUM));
  }
}
