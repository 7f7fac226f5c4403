package dev.lanewise.op;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.function.BiConsumer;

/** What poolings share about layouts. */
final class Pooled {
  private Pooled() {}

  /** A pooling of images in batch lanes. */
  @FunctionalInterface
  interface Kernel {
    /**
     * Writes y.
     *
     * @param x the images
     * @param images their shape [N, C, H, W] in batch lanes
     */
    void run(Tensor x, Shape images, Tensor y);
  }

  /**
   * The result of a pooling. Images that lie as [N][H][W][C], with whole vectors of channels, keep
   * that order: in memory they are batch lanes, an image a block, and a vector of channels a
   * channel.
   */
  static Tensor forward(Op op, Node node, Shape shape, Tensor input, Kernel kernel) {
    Shape in = input.shape();
    if (Elementwises.keepsChannelsLast(node, input)) {
      Tensor y = Tensor.makeChannelsLast(shape, op.name());
      int images = in.dim(0) * Lanes.L;
      int vectors = in.dim(1) / Lanes.L;
      kernel.run(input, Shape.of(images, vectors, in.dim(2), in.dim(3)), y);
      return y;
    }
    Tensor x = input.lanes();
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.BATCH_LANES, op.name());
    kernel.run(x, in, y);
    input.release(x);
    return y;
  }

  /** The gradient of the input of a pooling, which always lies in batch lanes. */
  static Tensor backward(Op op, Shape input, Tensor gradient, BiConsumer<Tensor, Tensor> kernel) {
    Tensor dy = gradient.lanes();
    Tensor dx = Tensor.make(input, DType.FLOAT32, Layout.BATCH_LANES, op.name());
    kernel.accept(dy, dx);
    gradient.release(dy);
    return dx;
  }
}
