package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.KeptBits;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Dropout} and a large {@link Relu} share: some elements stay and the others become
 * zero, and of each element a bit says so, for backward.
 */
final class Kept {
  private Kept() {}

  /** Bits are counted in one layout, whatever that of the input: images lie in batch lanes. */
  static Layout layout(Shape x) {
    return x.rank() == 4 && x.size() > 0 ? Layout.BATCH_LANES : Layout.PLAIN;
  }

  /** The tensor of bits that a forward pass fills for an output of n elements. */
  static Tensor bits(long n, String name) {
    Shape bytes = Shape.of(Math.toIntExact(KeptBits.maskBytes(n)));
    return Tensor.make(bytes, DType.UINT8, Layout.PLAIN, name);
  }

  /**
   * dx = scale dy where a bit says that x stayed, else 0.
   *
   * @param scale a finite factor, not below 0
   */
  public record Gradient(float scale) implements Op {
    private static final Inputs INPUTS = Inputs.floats("gradient").and(DType.UINT8, "mask");

    /** Checks the attributes. */
    public Gradient {
      if (!(scale >= 0 && scale <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "keptGradient: the scale must be finite and not below 0, found " + scale);
      }
    }

    /** As a backward rule computes it: the result is dy itself where nobody else holds that. */
    Tensor of(Node node, Tensor dy, Tensor mask) {
      Layout layout = layout(dy.shape());
      Tensor dx = dy.layout() == layout ? node.inPlaceOf(dy) : null;
      if (dx == null) {
        return Tensor.apply(this, dy, mask);
      }
      KeptBits.select(dy, mask, dx, layout.elements(dy.shape()), scale);
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
      KeptBits.select(dy, inputs[1], dx, n, scale);
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
