package dev.lanewise.model;

import dev.lanewise.nn.Layer;
import dev.lanewise.tensor.Shape;
import java.util.Objects;

/**
 * A network with what it is made for.
 *
 * @param name as the command knows it
 * @param input the shape of one sample, without the batch
 * @param classes the number of classes: the network maps [N, input…] to logits [N, classes]
 * @param network the layers
 */
public record Model(String name, Shape input, int classes, Layer network) {
  public Model {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(network, "network");
  }
}
