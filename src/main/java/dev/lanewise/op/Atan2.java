package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.ArcFunctions;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * The angle of the point (b, a) in radians, from -π to π; dy/da = b / (a² + b²), dy/db = -a / (a² +
 * b²).
 */
public record Atan2() implements BinaryOp {
  @Override
  public FloatVector f(FloatVector a, FloatVector b) {
    return ArcFunctions.atan2(a, b);
  }

  @Override
  public float f(float a, float b) {
    return (float) Math.atan2(a, b);
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor a = node.saved(0);
    Tensor b = node.saved(1);
    Tensor g = dy.div(a.square().add(b.square()));
    return new @Nullable Tensor[] {
      node.needs(0) ? g.mul(b).sumTo(a.shape()) : null,
      node.needs(1) ? g.mul(a).neg().sumTo(b.shape()) : null
    };
  }
}
