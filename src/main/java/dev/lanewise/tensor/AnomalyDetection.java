package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.Finite;
import dev.lanewise.op.Op;
import java.lang.StackWalker.StackFrame;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the operation that makes the first NaN or infinity on this thread, forward or backward: it
 * throws, and says which operation, in which layer, and on which line of the program.
 *
 * <pre>{@code
 * try (AnomalyDetection watch = AnomalyDetection.start()) {
 *   loss(network.forward(x)).backward();
 * }
 * }</pre>
 *
 * <p>Results of operations and gradients of their inputs are checked, not what an operation makes
 * on its way to them. A NaN counts always; an infinity where all that the operation read was
 * finite, so that masks of infinities pass. Each result is read once more, where it lies.
 */
public final class AnomalyDetection extends Watcher implements AutoCloseable {
  /** The lines of these call on behalf of the program. */
  private static final Set<String> OWN =
      Set.of("dev.lanewise.tensor", "dev.lanewise.op", "dev.lanewise.nn");

  /** How many operations are under way. */
  private int depth;

  private AnomalyDetection() {
    begin();
  }

  /** Watches the operations of this thread until the result is closed. */
  public static AnomalyDetection start() {
    return new AnomalyDetection();
  }

  @Override
  public void close() {
    end();
  }

  @Override
  Tensor forward(Op op, Node node, Shape shape, Shape[] shapes, Tensor[] inputs) {
    Origin origin = node.origin;
    if (origin != null) {
      origin.place = place();
    }
    depth++;
    try {
      Tensor result = super.forward(op, node, shape, shapes, inputs);
      if (depth == 1) {
        LayerTrail trail = state.trail;
        String where = where(trail == null ? "" : trail.path(), place());
        check(op.name() + ": the result", result, where, inputs);
      }
      return result;
    } finally {
      depth--;
    }
  }

  @Override
  @Nullable Tensor[] backward(Op op, Node node, Tensor dy) {
    // Some rules give the memory of dy away, so it is looked at before.
    boolean finite = depth > 0 || finite(dy) && finite(node.savedTensors());
    depth++;
    try {
      @Nullable Tensor[] dx = super.backward(op, node, dy);
      for (int i = 0; depth == 1 && i < dx.length; i++) {
        Tensor gradient = dx[i];
        if (gradient != null && node.needs(i)) {
          Origin origin = node.origin;
          String where = origin == null ? "" : where(origin.layer, origin.place);
          String what = "backward of " + op.name() + ": the gradient of input " + i;
          check(what, gradient, where, finite);
        }
      }
      return dx;
    } finally {
      depth--;
    }
  }

  private static void check(String what, Tensor x, String where, Tensor... read) {
    if (!finite(x)) {
      check(what, x, where, finite(read));
    }
  }

  private static void check(String what, Tensor x, String where, boolean finite) {
    int at = first(x, finite);
    if (at >= 0) {
      throw new ArithmeticException(
          what
              + " "
              + x.shape()
              + " has the value "
              + x.toArray()[at]
              + " at "
              + position(x.shape(), at)
              + (finite ? ", though all that it was made of is finite" : ", made of values like it")
              + where);
    }
  }

  private static boolean finite(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      if (first(tensor, true) >= 0) {
        return false;
      }
    }
    return true;
  }

  /** The place of the first NaN, or infinity where these count, in row-major order; -1: none. */
  private static int first(Tensor x, boolean infinities) {
    if (x.closed() || x.dtype() != DType.FLOAT32) {
      return -1;
    }
    boolean whole = x.layout() != Layout.PLAIN || x.isContiguous();
    if (whole && Finite.all(x, x.layout().elements(x.shape()))) {
      return -1;
    }
    // A view with gaps; or one is there, at a place to be found, and perhaps an infinity that
    // passes.
    float[] values = x.toArray();
    for (int i = 0; i < values.length; i++) {
      if (infinities ? !Float.isFinite(values[i]) : Float.isNaN(values[i])) {
        return i;
      }
    }
    return -1;
  }

  private static String position(Shape shape, int index) {
    int[] position = new int[shape.rank()];
    int rest = index;
    for (int i = position.length - 1; i >= 0; i--) {
      position[i] = rest % shape.dim(i);
      rest /= shape.dim(i);
    }
    return Arrays.toString(position);
  }

  private static String where(String layer, @Nullable StackTraceElement place) {
    return (layer.isEmpty() ? "" : "; in the layer " + layer)
        + (place == null ? "" : "; called at " + place);
  }

  /** The innermost line that is not one of tensors, operations or layers. */
  private static @Nullable StackTraceElement place() {
    return StackWalker.getInstance()
        .walk(frames ->
            frames
                .filter(frame -> !OWN.contains(packageOf(frame.getClassName())))
                .findFirst()
                .map(StackFrame::toStackTraceElement)
                .orElse(null));
  }

  private static String packageOf(String type) {
    return type.substring(0, Math.max(0, type.lastIndexOf('.')));
  }
}
