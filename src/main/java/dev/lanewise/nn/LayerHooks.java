package dev.lanewise.nn;

import dev.lanewise.op.CustomOp;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who is told of what a layer computes, forward and backward. */
final class LayerHooks {
  private final List<Layer.InputHook> inputs = new ArrayList<>();
  private final List<Layer.ForwardHook> forward = new ArrayList<>();
  private final List<Layer.OutputHook> outputs = new ArrayList<>();
  private final List<Layer.BackwardHook> backward = new ArrayList<>();

  /**
   * A tensor as it is, with a place of its own on the tape: so the gradient of what goes into a
   * layer is told from that of the same tensor elsewhere.
   */
  private record Border() implements CustomOp {
    @Override
    public Shape shape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      return inputs[0];
    }

    @Override
    public Tensor[] backward(Node node, Tensor dy) {
      return new Tensor[] {dy};
    }
  }

  Runnable add(Layer.InputHook hook) {
    return add(inputs, hook);
  }

  Runnable add(Layer.ForwardHook hook) {
    return add(forward, hook);
  }

  Runnable add(Layer.OutputHook hook) {
    return add(outputs, hook);
  }

  Runnable add(Layer.BackwardHook hook) {
    return add(backward, hook);
  }

  private static <T> Runnable add(List<T> hooks, T hook) {
    hooks.add(hook);
    return () -> hooks.remove(hook);
  }

  boolean none() {
    return inputs.isEmpty() && forward.isEmpty() && outputs.isEmpty() && backward.isEmpty();
  }

  /** What the layer is to compute from. */
  Tensor before(Layer layer, Tensor given) {
    Tensor x = given;
    for (Layer.InputHook hook : List.copyOf(inputs)) {
      x = hook.before(layer, x);
    }
    return !backward.isEmpty() && x.requiresGrad() ? Tensor.apply(new Border(), x) : x;
  }

  /** What counts as the layer's output. */
  Tensor after(Layer layer, Tensor x, Tensor computed) {
    Tensor y = computed;
    for (Layer.ForwardHook hook : List.copyOf(forward)) {
      hook.after(layer, x, y);
    }
    for (Layer.OutputHook hook : List.copyOf(outputs)) {
      y = hook.after(layer, x, y);
    }
    if (backward.isEmpty() || !y.requiresGrad()) {
      return y;
    }
    Tensor out = Tensor.apply(new Border(), y);
    if (out.requiresGrad()) { // not so while nothing is recorded
      Node border = x.node();
      boolean told = border != null && border.op() instanceof Border;
      new Passage(layer, List.copyOf(backward)).watch(told ? x : null, out);
    }
    return out;
  }

  /** One call of a layer on its way back: the gradient of the output comes first. */
  private static final class Passage {
    private final Layer layer;
    private final List<Layer.BackwardHook> hooks;
    private @Nullable Tensor dy;

    Passage(Layer layer, List<Layer.BackwardHook> hooks) {
      this.layer = layer;
      this.hooks = hooks;
    }

    void watch(@Nullable Tensor x, Tensor y) {
      y.onGradient(gradient -> {
        if (x == null) {
          hooks.forEach(hook -> hook.after(layer, null, gradient));
        } else {
          // The tape closes it before that of the input is known.
          dy = Tape.recording() ? gradient : gradient.detach();
        }
        return gradient;
      });
      if (x != null) {
        x.onGradient(this::replaced);
      }
    }

    private Tensor replaced(Tensor gradient) {
      Tensor before = dy;
      dy = null;
      if (before == null) {
        return gradient;
      }
      Tensor dx = gradient;
      for (Layer.BackwardHook hook : hooks) {
        Tensor other = hook.after(layer, dx, before);
        dx = other == null ? dx : other;
      }
      if (!Tape.recording()) {
        before.close();
      }
      return dx;
    }
  }
}
