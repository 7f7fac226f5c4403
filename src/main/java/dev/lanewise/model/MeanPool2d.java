package dev.lanewise.model;

import dev.lanewise.nn.Layer;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/** The means of side × side windows that tile an image [N, C, H, W]: to [N, C, side, side]. */
final class MeanPool2d extends Layer {
  private final int side;

  MeanPool2d(int side) {
    this.side = side;
  }

  @Override
  public Tensor forward(Tensor x) {
    Shape shape = x.shape();
    if (shape.rank() != 4 || shape.dim(2) % side != 0 || shape.dim(3) % side != 0) {
      throw new IllegalArgumentException(
          "avgpool: expected [N, C, H, W] with H and W multiples of " + side + ", found " + shape);
    }
    int rows = shape.dim(2) / side;
    int columns = shape.dim(3) / side;
    return rows == 1 && columns == 1
        ? x
        : x.avgPool2d(new Window(rows, columns, rows, columns, 0, 0, 1, 1, false), true);
  }
}
