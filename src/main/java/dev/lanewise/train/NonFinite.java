package dev.lanewise.train;

import dev.lanewise.nn.Layer;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds where values stop being finite, by watching the layers while a batch goes through them. */
final class NonFinite {
  private final List<Runnable> hooks = new ArrayList<>();
  private @Nullable String found;

  private NonFinite() {}

  /**
   * A clause that names the first layer of {@code network} whose output on {@code x} is not finite.
   */
  static String locate(Layer network, Tensor x) {
    if (!finite(x)) {
      return "the batch itself holds values that are not finite";
    }
    NonFinite search = new NonFinite();
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.noGrad()) {
      search.watch("", network);
      network.call(x);
    } finally {
      search.hooks.forEach(Runnable::run);
    }
    return search.found == null
        ? "all outputs of the network are finite, but their loss is not"
        : search.found;
  }

  /** Layers inside tell before those around them, so the innermost one is named. */
  private void watch(String name, Layer layer) {
    Layer.ForwardHook look =
        (which, x, y) -> {
          if (found == null && !finite(y)) {
            found =
                "the output of layer "
                    + (name.isEmpty() ? "network" : name)
                    + " is the first that is not finite"
                    + blame(which);
          }
        };
    hooks.add(layer.onForward(look));
    layer.children().forEach((key, child) -> watch(name.isEmpty() ? key : name + "." + key, child));
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
