package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.KeptBits;
import dev.lanewise.kernel.random.DropoutKernel;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Zero with probability p, else x / (1 - p) (Srivastava et al., 2014). What becomes zero is a pure
 * function of seed, stream and place, so it depends on no thread, and a call can be repeated. dx =
 * dy / (1 - p) where x stayed.
 */
public record Dropout(float p, long seed, long stream) implements Op {
  /** Checks the attributes. */
  public Dropout {
    checkProbability(p);
  }

  private static void checkProbability(float p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("dropout: the probability must lie in 0..1, found " + p);
    }
  }

  @Override
  public Shape shape(Shape... inputs) {
    return inputs[0];
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = Elementwises.as(inputs[0], layout(shape));
    Tensor y = Tensor.make(shape, DType.FLOAT32, x.layout(), name());
    long n = x.layout().elements(shape);
    int bytes = Math.toIntExact(KeptBits.maskBytes(n));
    Tensor mask = Tensor.make(Shape.of(bytes), DType.UINT8, Layout.PLAIN, name());
    DropoutKernel.forward(x, y, mask, n, p, seed, stream);
    inputs[0].release(x);
    node.saveOwned(1, mask);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {new Gradient(p).of(node, dy, node.saved(0))};
  }

  /** Places are counted in one layout, whatever that of the input: images lie in batch lanes. */
  static Layout layout(Shape x) {
    return x.rank() == 4 && x.size() > 0 ? Layout.BATCH_LANES : Layout.PLAIN;
  }

  /** dx = dy / (1 - p) where the mask has a one, else 0. */
  public record Gradient(float p) implements Op {
    private static final Inputs INPUTS = Inputs.floats("gradient").and(DType.UINT8, "mask");

    /** Checks the attributes. */
    public Gradient {
      checkProbability(p);
    }

    /** As a backward rule computes it: dx is dy itself where nobody else holds that. */
    Tensor of(Node node, Tensor dy, Tensor mask) {
      Layout layout = layout(dy.shape());
      Tensor dx = dy.layout() == layout ? node.inPlaceOf(dy) : null;
      if (dx == null) {
        return Tensor.apply(this, dy, mask);
      }
      DropoutKernel.gradient(dy, mask, dx, layout.elements(dy.shape()), p);
      return dx;
    }

    @Override
    public Inputs inputs() {
      return INPUTS;
    }

    @Override
    public Shape shape(Shape... inputs) {
      long bytes = KeptBits.maskBytes(layout(inputs[0]).elements(inputs[0]));
      if (inputs[1].size() != bytes) {
        throw new IllegalArgumentException(
            name()
                + ": a gradient of shape "
                + inputs[0]
                + " needs a mask of "
                + bytes
                + " bytes, found "
                + inputs[1]);
      }
      return inputs[0];
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      long n = layout(shape).elements(shape);
      Elementwises.requireBytes(name(), inputs[1], KeptBits.maskBytes(n));
      Tensor dy = Elementwises.as(inputs[0], layout(shape));
      Tensor dx = Tensor.make(shape, DType.FLOAT32, dy.layout(), name());
      DropoutKernel.gradient(dy, inputs[1], dx, n, p);
      inputs[0].release(dy);
      node.save(inputs[1]);
      return dx;
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor g) {
      return new @Nullable Tensor[] {Tensor.apply(this, g, node.saved(0)), null};
    }
  }
}
