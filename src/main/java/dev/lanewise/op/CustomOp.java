package dev.lanewise.op;

/**
 * The open door of the catalogue: a user's own operation. Forward computes with tensor operations
 * or on arrays ({@code toArray}, {@code Tensor.of}); it is not recorded itself. Backward gives the
 * gradients in differentiable operations.
 *
 * <pre>{@code
 * record Cube() implements CustomOp {
 *   public Shape shape(Shape... in) { return in[0]; }
 *   public Tensor forward(Node node, Shape shape, Tensor... in) {
 *     node.save(in[0]);
 *     return in[0].mul(in[0]).mul(in[0]);
 *   }
 *   public Tensor[] backward(Node node, Tensor dy) {
 *     Tensor x = node.saved(0);
 *     return new Tensor[] {dy.mul(x).mul(x).mul(3)};
 *   }
 * }
 * Tensor y = Tensor.apply(new Cube(), x);
 * }</pre>
 */
public non-sealed interface CustomOp extends Op {
  /** Anything; an operation that wants its inputs checked says here what it takes. */
  @Override
  default Inputs inputs() {
    return Inputs.UNCHECKED;
  }
}
