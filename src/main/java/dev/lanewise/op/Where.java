package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Bools;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y = a where the condition (BOOL) is true, else b, all three broadcast; da = dy where it is true,
 * db where it is false, 0 elsewhere.
 */
public record Where() implements Op {
  private static final Inputs INPUTS =
      Inputs.of(DType.BOOL, "condition").and(DType.FLOAT32, "input", "other");

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape values = Shape.broadcast(name(), inputs[1], inputs[2]);
    return Shape.broadcast(name(), inputs[0], values);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor[] wide = new Tensor[3];
    Tensor[] plain = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      wide[i] = inputs[i].expand(shape.toArray());
      plain[i] = wide[i].contiguous();
    }
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    Bools.select(plain[0], plain[1], plain[2], y, shape.size());
    for (int i = 0; i < 3; i++) {
      wide[i].release(plain[i]);
      wide[i].close();
    }
    node.save(inputs[0]);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor condition = node.saved(0);
    Tensor zero = Tensor.scalar(0);
    return new @Nullable Tensor[] {
      null,
      node.needs(1)
          ? Tensor.apply(new Where(), condition, dy, zero).sumTo(node.inputShape(1))
          : null,
      node.needs(2)
          ? Tensor.apply(new Where(), condition, zero, dy).sumTo(node.inputShape(2))
          : null
    };
  }
}
