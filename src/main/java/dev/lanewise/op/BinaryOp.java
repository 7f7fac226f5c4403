package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.BinaryFormula;
import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/**
 * y = f(a, b) for each pair of elements, with broadcasting: shapes are aligned at the last
 * dimension and 1 stretches.
 */
public sealed interface BinaryOp extends Op, BinaryFormula
    permits Add,
        Atan2,
        Div,
        Maximum,
        Maximum.Share,
        Minimum,
        Mul,
        Pow,
        Pow.BaseGradient,
        Pow.ExponentGradient,
        Sub {

  @Override
  default Inputs inputs() {
    return Inputs.TWO;
  }

  @Override
  default Shape shape(Shape... inputs) {
    return Shape.broadcast(name(), inputs[0], inputs[1]);
  }

  /** Whether backward reads the inputs. */
  default boolean savesInputs() {
    return true;
  }

  @Override
  default Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor a = inputs[0];
    Tensor b = inputs[1];
    Tensor y;
    if (!node.recorded() && a.shape().equals(b.shape()) && (a.channelsLast() || b.channelsLast())) {
      Tensor x = a.byPixel();
      Tensor z = b.byPixel();
      y = Tensor.makeChannelsLast(shape, name());
      Elementwise.binaryFlat(this, x, z, y, shape.size());
      a.release(x);
      b.release(z);
      return y;
    }
    boolean blocked = a.layout() == Layout.BATCH_LANES || b.layout() == Layout.BATCH_LANES;
    if (a.shape().equals(b.shape()) && (blocked || (a.isContiguous() && b.isContiguous()))) {
      Layout layout = blocked ? Layout.BATCH_LANES : Layout.PLAIN;
      Tensor x = Elementwises.as(a, layout);
      Tensor z = Elementwises.as(b, layout);
      y = Tensor.make(shape, DType.FLOAT32, layout, name());
      Elementwise.binaryFlat(this, x, z, y, layout.elements(shape));
      Elementwises.clearPadding(y);
      a.release(x);
      b.release(z);
    } else if (single(b) && imageOf(a, shape) || single(a) && imageOf(b, shape)) {
      y = Tensor.make(shape, DType.FLOAT32, Layout.BATCH_LANES, name());
      int[] dims = {Math.toIntExact(y.layout().elements(shape))};
      long[] aStride = {imageOf(a, shape) ? 1 : 0};
      long[] bStride = {imageOf(b, shape) ? 1 : 0};
      Elementwise.binary(this, a, aStride, b, bStride, y, dims);
      Elementwises.clearPadding(y);
    } else {
      Tensor x = a.layout() == Layout.PLAIN ? a : a.contiguous();
      Tensor z = b.layout() == Layout.PLAIN ? b : b.contiguous();
      y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
      Elementwise.binary(this, x, strides(x, shape), z, strides(z, shape), y, shape.toArray());
      a.release(x);
      b.release(z);
    }
    if (savesInputs()) {
      node.save(a, b);
    }
    return y;
  }

  private static boolean single(Tensor x) {
    return x.size() == 1;
  }

  private static boolean imageOf(Tensor x, Shape shape) {
    return x.layout() == Layout.BATCH_LANES && x.shape().equals(shape);
  }

  private static long[] strides(Tensor x, Shape shape) {
    long[] own = x.strides();
    long[] strides = new long[shape.rank()];
    int shift = shape.rank() - x.shape().rank();
    for (int i = 0; i < own.length; i++) {
      strides[i + shift] = x.shape().dim(i) == 1 ? 0 : own[i];
    }
    return strides;
  }
}
