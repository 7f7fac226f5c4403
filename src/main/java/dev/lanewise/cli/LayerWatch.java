package dev.lanewise.cli;

import dev.lanewise.nn.Layer;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.train.StepResult;
import dev.lanewise.train.TrainingListener;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Prints what the layers compute in the first steps of a training, and on the way back the
 * gradients of that: shapes, norms, and how many values are not finite. Hooks do it, which go with
 * the last of these steps.
 */
final class LayerWatch implements TrainingListener, AutoCloseable {
  private final PrintWriter out;
  private final int steps;
  private final List<Runnable> hooks = new ArrayList<>();
  private int step = 1;

  LayerWatch(PrintWriter out, Layer network, int steps) {
    this.out = out;
    this.steps = steps;
    watch("", network);
  }

  /** The innermost layers; those around them only hand on. */
  private void watch(String name, Layer layer) {
    if (layer.children().isEmpty()) {
      hooks.add(
          layer.onForward((which, x, y) -> {
            if (which.training()) { // not while validating
              print(name, "", y);
            }
          }));
      hooks.add(
          layer.onBackward((_, _, dy) -> {
            print(name, "gradient ", dy);
            return null;
          }));
    }
    layer.children().forEach((key, inner) -> watch(name.isEmpty() ? key : name + "." + key, inner));
  }

  private void print(String name, String what, Tensor y) {
    double squares = 0;
    long broken = 0;
    for (float value : y.toArray()) {
      squares += (double) value * value;
      broken += Float.isFinite(value) ? 0 : 1;
    }
    out.printf(
        Locale.ROOT,
        "step %d: %-28s %-20s %snorm %.4g%s%n",
        step,
        name,
        y.shape(),
        what,
        Math.sqrt(squares),
        broken == 0 ? "" : String.format(Locale.ROOT, ", %,d values not finite", broken));
    out.flush();
  }

  @Override
  public void onStep(StepResult result) {
    if (step++ == steps) {
      close();
    }
  }

  @Override
  public void close() {
    hooks.forEach(Runnable::run);
    hooks.clear();
  }
}
