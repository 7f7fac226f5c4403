package dev.lanewise.op;

import dev.lanewise.kernel.random.DropoutKernel;
import dev.lanewise.tensor.DType;
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
    Tensor x = Elementwises.as(inputs[0], Kept.layout(shape));
    Tensor y = Tensor.make(shape, DType.FLOAT32, x.layout(), name());
    long n = x.layout().elements(shape);
    Tensor mask = Kept.bits(n, name());
    DropoutKernel.forward(x, y, mask, n, p, seed, stream);
    inputs[0].release(x);
    node.saveOwned(1, mask);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return new Tensor[] {new Kept.Gradient(DropoutKernel.scale(p)).of(node, dy, node.saved(0))};
  }
}
