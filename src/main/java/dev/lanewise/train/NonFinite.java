package dev.lanewise.train;

import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Sequential;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds where values stop being finite, by running a batch through the network layer by layer. */
final class NonFinite {
  private @Nullable String found;

  private NonFinite() {}

  /**
   * A clause that names the first layer of {@code network} whose output on {@code x} is not finite.
   */
  static String locate(Layer network, Tensor x) {
    if (!finite(x)) {
      return "the batch itself holds values that are not finite";
    }
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.noGrad()) {
      NonFinite search = new NonFinite();
      search.run("", network, x);
      return search.found == null
          ? "all outputs of the network are finite, but their loss is not"
          : search.found;
    }
  }

  private Tensor run(String name, Layer layer, Tensor x) {
    if (!(layer instanceof Sequential)) {
      Tensor y = layer.forward(x);
      if (found == null && !finite(y)) {
        found =
            "the output of layer "
                + (name.isEmpty() ? "network" : name)
                + " is the first that is not finite"
                + blame(layer);
      }
      return y;
    }
    Tensor y = x;
    for (Map.Entry<String, Layer> child : layer.children().entrySet()) {
      if (found == null) {
        y = run(name.isEmpty() ? child.getKey() : name + "." + child.getKey(), child.getValue(), y);
      }
    }
    return y;
  }

  /** An earlier update is to blame where the parameters of the layer are not finite themselves. */
  private static String blame(Layer layer) {
    for (Map.Entry<String, Tensor> parameter : layer.parameters().entrySet()) {
      if (!finite(parameter.getValue())) {
        return " (nor is its " + parameter.getKey() + ")";
      }
    }
    return "";
  }

  private static boolean finite(Tensor tensor) {
    for (float value : tensor.toArray()) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
