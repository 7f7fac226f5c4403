package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.HostCopy;
import dev.lanewise.kernel.elementwise.Reorder;
import dev.lanewise.kernel.elementwise.StridedCopy;
import java.lang.ref.Reference;

/**
 * The elements of a {@link Tensor} in the order that a kernel wants: raw conversions, invisible to
 * the tape, which a profiler counts.
 */
public abstract sealed class Arrangement extends HostAccess permits Tensor {
  Arrangement() {}

  /**
   * For operations: this tensor, or a plain contiguous copy; give it to {@link #release} after use.
   */
  public Tensor contiguous() {
    Tensor self = self();
    self.checkOpen();
    if (self.layout() == Layout.PLAIN && self.isContiguous()) {
      return self;
    }
    Profiler profiler = Profiler.current();
    String how = self.layout() == Layout.PLAIN ? "copy" : "to plain";
    return profiler == null ? plainCopy() : profiler.reorder(how, self, this::plainCopy);
  }

  private Tensor plainCopy() {
    Tensor self = self();
    Shape shape = self.shape();
    if (self.isContiguous()) {
      Tensor plain = Tensor.make(shape, self.dtype(), Layout.PLAIN, "reorder");
      Reorder.fromLanes(self, plain, shape.dim(0), shape.dim(1), pixels(shape), 1);
      return plain;
    }
    Tensor plain = Tensor.make(shape, self.dtype(), Layout.PLAIN, "contiguous");
    StridedCopy.copy(self, self.strides(), shape.toArray(), plain, self.dtype().bytes());
    return plain;
  }

  /**
   * For operations: these images or rows of features in {@link Layout#BATCH_LANES}; see {@link
   * #contiguous}.
   */
  public Tensor lanes() {
    Tensor self = self();
    self.checkOpen();
    if (self.layout() == Layout.BATCH_LANES) {
      return self;
    }
    Profiler profiler = Profiler.current();
    return profiler == null ? lanesCopy() : profiler.reorder("to lanes", self, this::lanesCopy);
  }

  private Tensor lanesCopy() {
    Tensor plain = contiguous();
    Shape shape = plain.shape();
    Tensor lanes = Tensor.make(shape, plain.dtype(), Layout.BATCH_LANES, "reorder");
    Reorder.toLanes(plain, lanes, shape.dim(0), shape.dim(1), pixels(shape), 1);
    release(plain);
    return lanes;
  }

  /**
   * For operations: whether these are images that lie as [N][H][W][C], the channels of a pixel side
   * by side: a plain tensor with the strides of that. Where both orders are the same, as with one
   * channel, it only counts as contiguous.
   */
  public boolean channelsLast() {
    Tensor self = self();
    return !self.isContiguous()
        && self.dtype() == DType.FLOAT32
        && self.shape().rank() == 4
        && ChannelsLast.matches(self.shape(), self.strides());
  }

  /** For operations: these images as [N][H][W][C]; see {@link #contiguous}. */
  public Tensor byPixel() {
    Tensor self = self();
    self.checkOpen();
    boolean plain = self.layout() == Layout.PLAIN;
    if (channelsLast() || (plain && ChannelsLast.matches(self.shape(), self.strides()))) {
      return self;
    }
    Profiler profiler = Profiler.current();
    return profiler == null
        ? ChannelsLast.copy(self)
        : profiler.reorder("to channels last", self, () -> ChannelsLast.copy(self));
  }

  /**
   * For operations: the elements of this plain contiguous tensor in another order, row-major under
   * other dimensions. It is kept until they change, for those who ask for the same again, and must
   * not be closed.
   *
   * @param newStrides of the new dimensions, in elements of this tensor
   */
  public Tensor rearranged(Shape newShape, long[] newStrides) {
    Tensor self = self();
    self.checkOpen();
    return self.storage().rearranged(self, newShape, newStrides);
  }

  /** The positions of an image; rows of features have one. */
  private static int pixels(Shape shape) {
    int pixels = 1;
    for (int i = 2; i < shape.rank(); i++) {
      pixels *= shape.dim(i);
    }
    return pixels;
  }

  /** For operations: closes what {@link #contiguous} or its like made, unless it is this tensor. */
  public void release(Tensor converted) {
    if (converted != this) {
      converted.close();
    }
    // Until here kernels read raw addresses of this tensor, which nothing else may reach.
    Reference.reachabilityFence(this);
  }

  /** For the tape: the same elements in memory of their own, plain. */
  Tensor copy() {
    Tensor self = self();
    Tensor plain = contiguous();
    if (plain != self) {
      return plain;
    }
    Tensor copy = Tensor.make(self.shape(), self.dtype(), Layout.PLAIN, "copy");
    HostCopy.copy(self, copy, self.size() * self.dtype().bytes());
    return copy;
  }
}
