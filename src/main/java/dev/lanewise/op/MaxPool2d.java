package dev.lanewise.op;

import dev.lanewise.kernel.pool.Pool2dDims;
import dev.lanewise.kernel.pool.Pooling;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The largest element of each window of an image [N, C, H, W]; padding never wins, the whole
 * gradient goes to the first of equals in row-major order, NaN wins over everything. What is saved
 * is where each maximum stood.
 */
public record MaxPool2d(Window window) implements Op {
  private static final Inputs WITH_PLACES = Inputs.floats("input").and(DType.UINT8, "places");

  /** Checks the attributes. */
  public MaxPool2d {
    Objects.requireNonNull(window, "window");
  }

  @Override
  public Shape shape(Shape... inputs) {
    return window.shape(name(), inputs[0]);
  }

  @Override
  public long flops(Shape shape, Shape... inputs) {
    return shape.size() * window.kernelH() * window.kernelW();
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    return Pooled.forward(
        this,
        node,
        shape,
        inputs[0],
        (x, images, y) -> Pooling.maxForward(x, y, places(node, images), window.dims(images)));
  }

  /** Room for where the maxima stand, saved for backward; null where nothing is recorded. */
  private @Nullable Tensor places(Node node, Shape images) {
    if (!node.recorded()) {
      return null;
    }
    int bytes = Math.toIntExact(Pooling.argmaxBytes(window.dims(images)));
    Tensor places = Tensor.make(Shape.of(bytes), DType.UINT8, Layout.PLAIN, name());
    node.saveOwned(1, places);
    return places;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {Tensor.apply(new Gradient(window, node.inputShape(0)), dy, node.saved(0))};
  }

  /** dx: each element of dy goes to where the maximum stood; windows that overlap add up. */
  public record Gradient(Window window, Shape input) implements Op {
    @Override
    public Inputs inputs() {
      return WITH_PLACES;
    }

    @Override
    public Shape shape(Shape... inputs) {
      Inputs.requireGradient(name(), window.shape("maxPool2d", input), inputs[0]);
      return input;
    }

    @Override
    public long flops(Shape shape, Shape... inputs) {
      return inputs[0].size();
    }

    /** The places of the maxima are bytes. */
    @Override
    public long bytes(Shape shape, Shape... inputs) {
      return (shape.size() + inputs[0].size()) * Float.BYTES + inputs[1].size();
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      Pool2dDims dims = window.dims(shape);
      requirePlaces(name(), inputs[1], dims);
      node.save(inputs[1]);
      return Pooled.backward(
          this, shape, inputs[0], (dy, dx) -> Pooling.maxBackward(dy, inputs[1], dx, dims));
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor g) {
      return new @Nullable Tensor[] {Tensor.apply(new Gather(window), g, node.saved(0)), null};
    }
  }

  /** The transpose of {@link Gradient}: reads x where the maxima stood. */
  public record Gather(Window window) implements Op {
    @Override
    public Inputs inputs() {
      return WITH_PLACES;
    }

    @Override
    public Shape shape(Shape... inputs) {
      return window.shape(name(), inputs[0]);
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      Pool2dDims dims = window.dims(inputs[0].shape());
      requirePlaces(name(), inputs[1], dims);
      Tensor x = inputs[0].lanes();
      Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.BATCH_LANES, name());
      Pooling.maxGather(x, inputs[1], y, dims);
      inputs[0].release(x);
      node.save(inputs[1]);
      return y;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      return new @Nullable Tensor[] {
        Tensor.apply(new Gradient(window, node.inputShape(0)), dy, node.saved(0)), null
      };
    }
  }

  private static void requirePlaces(String who, Tensor places, Pool2dDims dims) {
    Elementwises.requireBytes(who, places, Pooling.argmaxBytes(dims));
  }
}
