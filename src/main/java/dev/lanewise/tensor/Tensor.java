package dev.lanewise.tensor;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.HostCopy;
import dev.lanewise.kernel.Operand;
import dev.lanewise.kernel.Reorder;
import dev.lanewise.kernel.StridedCopy;
import dev.lanewise.memory.Block;
import dev.lanewise.op.Op;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An n-dimensional array outside the heap, and a place on the tape. The operations stand in {@link
 * TensorOps}; here is what a tensor is: elements, shape, lifetime and gradient.
 *
 * <p>A tensor made inside a {@link Scope} is closed with it; any other one when nothing reaches it
 * any more, or earlier by {@link #close}. Using a closed tensor is an exception.
 */
public final class Tensor extends LossOps implements Operand, AutoCloseable {
  private final Storage storage;
  private final Shape shape;
  private final DType dtype;
  private final Layout layout;

  /** Null when the elements are contiguous in the order of the layout. */
  private final long @Nullable [] strides;

  private final long offset;
  private boolean closed;
  private boolean requiresGrad;
  private @Nullable Node node;
  private @Nullable Tensor grad;

  private Tensor(
      Storage storage,
      Shape shape,
      DType dtype,
      Layout layout,
      long @Nullable [] strides,
      long offset) {
    this.storage = storage;
    this.shape = shape;
    this.dtype = dtype;
    this.layout = layout;
    this.strides = strides;
    this.offset = offset;
  }

  // ---- making tensors

  /**
   * A tensor of the given values in row-major order.
   *
   * @throws IllegalArgumentException when their number is not that of the shape
   */
  public static Tensor of(float[] values, int... dims) {
    return uninitialized(dims).copyFrom(values);
  }

  /** A tensor of integers, for labels and indices. */
  public static Tensor ofLongs(long[] values, int... dims) {
    return make(Shape.of(dims), DType.INT64, Layout.PLAIN, "tensor").copyFrom(values);
  }

  /** A scalar: rank 0. */
  public static Tensor scalar(float value) {
    return full(value);
  }

  /** All elements are {@code value}. */
  public static Tensor full(float value, int... dims) {
    Tensor tensor = uninitialized(dims);
    Elementwise.fill(tensor, value, tensor.size());
    return tensor;
  }

  /** All elements are 0. */
  public static Tensor zeros(int... dims) {
    return full(0, dims);
  }

  /** All elements are 1. */
  public static Tensor ones(int... dims) {
    return full(1, dims);
  }

  /** Elements are undefined until they are written. */
  public static Tensor uninitialized(int... dims) {
    return make(Shape.of(dims), DType.FLOAT32, Layout.PLAIN, "tensor");
  }

  /**
   * For operations: a fresh tensor whose elements are undefined; {@code label} says who holds it.
   */
  public static Tensor make(Shape shape, DType dtype, Layout layout, String label) {
    long bytes = layout.elements(shape) * dtype.bytes();
    return new Tensor(new Storage(bytes, label), shape, dtype, layout, null, 0);
  }

  /** For operations: other dimensions on the same elements. */
  public Tensor view(Shape newShape, long @Nullable [] newStrides, long newOffset) {
    checkOpen();
    storage.share();
    long @Nullable [] gaps =
        newStrides == null || withoutGaps(newShape, newStrides) ? null : newStrides;
    return new Tensor(storage, newShape, dtype, layout, gaps, newOffset);
  }

  /**
   * Whether elements in row-major order follow each other; where a dimension is 1 any stride will
   * do.
   */
  private static boolean withoutGaps(Shape shape, long[] strides) {
    long expected = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      if (shape.dim(i) != 1 && strides[i] != expected) {
        return false;
      }
      expected *= shape.dim(i);
    }
    return true;
  }

  /** For the tape: another handle on the same elements that is not recorded. */
  Tensor alias() {
    return view(shape, strides, offset);
  }

  /** The same elements, cut off from the tape. */
  public Tensor detach() {
    return alias();
  }

  // ---- what it is

  /** The logical dimensions. */
  public Shape shape() {
    return shape;
  }

  /** The number of elements. */
  public long size() {
    return shape.size();
  }

  /** The type of the elements. */
  public DType dtype() {
    return dtype;
  }

  /** How the elements lie in memory. */
  public Layout layout() {
    return layout;
  }

  /** Strides in elements; only for {@link Layout#PLAIN}. */
  public long[] strides() {
    return strides == null ? shape.strides() : strides.clone();
  }

  /** Whether the elements follow each other in the order of the layout, without gaps. */
  public boolean isContiguous() {
    return strides == null;
  }

  /** Elements from the start of the memory to the first one. */
  public long offset() {
    return offset;
  }

  Storage storage() {
    return storage;
  }

  @Override
  public Block block() {
    checkOpen();
    return storage.block();
  }

  @Override
  public long byteOffset() {
    return offset * dtype.bytes();
  }

  // ---- elements

  /**
   * The value of a tensor of one element.
   *
   * @throws IllegalStateException when it has more or fewer
   */
  public float item() {
    if (size() != 1) {
      throw new IllegalStateException("item: the tensor has shape " + shape + ", not one element");
    }
    return toArray()[0];
  }

  /** All elements in row-major order of the logical shape, whatever the layout. */
  public float[] toArray() {
    requireType("toArray", DType.FLOAT32);
    float[] values = new float[Math.toIntExact(size())];
    Tensor plain = contiguous();
    HostCopy.read(plain, values);
    release(plain);
    return values;
  }

  /** All elements of an integer tensor in row-major order. */
  public long[] toLongArray() {
    requireType("toLongArray", DType.INT64);
    long[] values = new long[Math.toIntExact(size())];
    Tensor plain = contiguous();
    HostCopy.read(plain, values);
    release(plain);
    return values;
  }

  /** All elements of a tensor of bytes or truth values in row-major order. */
  public byte[] toByteArray() {
    if (dtype.bytes() != 1) {
      throw new IllegalStateException("toByteArray: the tensor holds " + dtype + ", not bytes");
    }
    byte[] values = new byte[Math.toIntExact(size())];
    Tensor plain = contiguous();
    HostCopy.read(plain, values);
    release(plain);
    return values;
  }

  /**
   * Writes all elements in place, in row-major order.
   *
   * @return this
   * @throws IllegalArgumentException when the number of values is not that of the shape
   */
  public Tensor copyFrom(float[] values) {
    checkWritable("copyFrom", DType.FLOAT32, values.length);
    HostCopy.write(values, this);
    changed();
    return this;
  }

  /** Writes all elements of an integer tensor in place. */
  public Tensor copyFrom(long[] values) {
    checkWritable("copyFrom", DType.INT64, values.length);
    HostCopy.write(values, this);
    changed();
    return this;
  }

  /** Writes all elements in place from memory that holds exactly as many bytes as this tensor. */
  public Tensor copyFrom(MemorySegment source) {
    checkWritable("copyFrom", dtype, source.byteSize() / dtype.bytes());
    HostCopy.write(source, this);
    changed();
    return this;
  }

  private void checkWritable(String who, DType expected, long count) {
    requireType(who, expected);
    if (layout != Layout.PLAIN || strides != null) {
      throw new IllegalStateException(
          who + ": the tensor " + shape + " is not plain and contiguous");
    }
    if (count != size()) {
      throw new IllegalArgumentException(
          who
              + ": "
              + count
              + " values for shape "
              + shape
              + ", which has "
              + size()
              + " elements");
    }
  }

  /** For operations and optimisers: says that the elements were changed in place. */
  public void changed() {
    storage.changed();
  }

  // ---- layout: raw conversions, invisible to the tape

  /**
   * For operations: this tensor, or a plain contiguous copy; give it to {@link #release} after use.
   */
  public Tensor contiguous() {
    checkOpen();
    if (layout == Layout.PLAIN && strides == null) {
      return this;
    }
    Profiler profiler = Profiler.current();
    String how = layout == Layout.PLAIN ? "copy" : "to plain";
    return profiler == null ? plainCopy() : profiler.reorder(how, this, this::plainCopy);
  }

  private Tensor plainCopy() {
    if (strides == null) {
      Tensor plain = make(shape, dtype, Layout.PLAIN, "reorder");
      Reorder.fromLanes(this, plain, shape.dim(0), shape.dim(1), shape.dim(2), shape.dim(3));
      return plain;
    }
    Tensor plain = make(shape, dtype, Layout.PLAIN, "contiguous");
    StridedCopy.copy(this, strides, shape.toArray(), plain, dtype.bytes());
    return plain;
  }

  /** For operations: this image tensor in {@link Layout#BATCH_LANES}; see {@link #contiguous}. */
  public Tensor lanes() {
    checkOpen();
    if (layout == Layout.BATCH_LANES) {
      return this;
    }
    Profiler profiler = Profiler.current();
    return profiler == null ? lanesCopy() : profiler.reorder("to lanes", this, this::lanesCopy);
  }

  private Tensor lanesCopy() {
    Tensor plain = contiguous();
    Tensor lanes = make(shape, dtype, Layout.BATCH_LANES, "reorder");
    Reorder.toLanes(plain, lanes, shape.dim(0), shape.dim(1), shape.dim(2), shape.dim(3));
    release(plain);
    return lanes;
  }

  /**
   * For operations: closes what {@link #contiguous} or {@link #lanes} made, unless it is this
   * tensor.
   */
  public void release(Tensor converted) {
    if (converted != this) {
      converted.close();
    }
    // Until here kernels read raw addresses of this tensor, which nothing else may reach.
    Reference.reachabilityFence(this);
  }

  // ---- gradient

  /** Makes this leaf collect a gradient. Returns this. */
  public Tensor requireGrad() {
    return requireGrad(true);
  }

  /**
   * Turns the collection of a gradient on or off (a frozen parameter). Returns this.
   *
   * @throws IllegalStateException when this is not a leaf, or holds integers
   */
  public Tensor requireGrad(boolean required) {
    requireType("requireGrad", DType.FLOAT32);
    if (node != null && !isLeaf()) {
      throw new IllegalStateException(
          "requireGrad: the tensor is the result of " + node.name() + "; only leaves can be set");
    }
    if (required != requiresGrad) {
      requiresGrad = required;
      node = required ? Node.leaf(this) : null;
    }
    return this;
  }

  /** Whether a gradient flows to or through this tensor. */
  public boolean requiresGrad() {
    return node != null;
  }

  /** Whether this is the result of no recorded operation. */
  public boolean isLeaf() {
    return node == null || requiresGrad;
  }

  /** The collected gradient; null before the first backward and after {@link #zeroGrad}. */
  public @Nullable Tensor grad() {
    return grad;
  }

  /** Drops the collected gradient; its memory is reused by the next one. */
  public void zeroGrad() {
    if (grad != null) {
      grad.close();
      grad = null;
    }
  }

  /** Replaces the collected gradient (clipping). The old one is closed. */
  public void setGrad(Tensor gradient) {
    if (!gradient.shape.equals(shape)) {
      throw new IllegalArgumentException(
          "setGrad: the gradient has shape " + gradient.shape + ", the tensor " + shape);
    }
    zeroGrad();
    gradient.storage.moveTo(null);
    grad = gradient;
  }

  void accumulateGrad(Tensor dy, boolean createGraph) {
    if (createGraph) {
      // A tensor of its own: another leaf may get the same dy.
      grad = grad == null ? dy.add(0) : grad.add(dy);
      grad.storage.moveTo(null);
      return;
    }
    Tensor sum = grad == null ? dy : grad.add(dy);
    Tensor mine;
    if (sum == dy) {
      // The buffer is taken over where nobody else has a handle on it; weights read it as plain.
      boolean own = dy.strides == null && dy.layout == layout && !dy.storage.shared();
      mine = own ? dy.alias() : dy.copy();
    } else {
      mine = sum;
      zeroGrad();
    }
    mine.storage.moveTo(null);
    grad = mine;
  }

  private Tensor copy() {
    Tensor plain = contiguous();
    if (plain != this) {
      return plain;
    }
    Tensor copy = make(shape, dtype, Layout.PLAIN, "copy");
    HostCopy.copy(this, copy, size() * dtype.bytes());
    return copy;
  }

  /** Computes gradients of this scalar and adds them to the leaves that it came from. */
  public void backward() {
    Tape.backward(this, null, false, false);
  }

  /** As {@link #backward()} for a tensor of any shape, with its gradient. */
  public void backward(Tensor gradient) {
    Tape.backward(this, gradient, false, false);
  }

  /**
   * As {@link #backward()}.
   *
   * @param gradient null for a scalar
   * @param retainGraph whether the tape can be run again
   * @param createGraph whether the gradients can be differentiated in turn
   */
  public void backward(@Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
    Tape.backward(this, gradient, retainGraph, createGraph);
  }

  /**
   * Calls {@code hook} with this tensor's whole gradient in backward; its result replaces it.
   * Returns this.
   */
  public Tensor onGradient(UnaryOperator<Tensor> hook) {
    if (node == null) {
      throw new IllegalStateException("onGradient: the tensor " + shape + " requires no gradient");
    }
    node.addHook(hook);
    return this;
  }

  /** The operation that made this tensor, or null: for messages and pictures of the tape. */
  public @Nullable Node node() {
    return node;
  }

  // ---- operations

  /**
   * Runs an operation and records it where an input requires a gradient.
   *
   * @throws IllegalArgumentException when the inputs do not fit the operation
   * @throws IllegalStateException when an input is closed
   */
  public static Tensor apply(Op op, Tensor... inputs) {
    Shape[] shapes = new Shape[inputs.length];
    boolean differentiable = false;
    for (int i = 0; i < inputs.length; i++) {
      Tensor input = inputs[i];
      if (input.closed()) {
        throw new IllegalStateException(
            op.name() + ": input " + i + " " + input.shape + " is closed");
      }
      shapes[i] = input.shape;
      differentiable |= input.node != null;
    }
    Shape shape = op.shape(shapes);
    ThreadState state = ThreadState.current();
    if (state.dryRun != null) {
      return state.dryRun.result(op, shape, shapes);
    }
    boolean recording = state.recording;
    Node node = recording && differentiable ? Node.of(op, inputs, shapes) : Node.NOT_RECORDED;
    state.recording = false;
    Tensor result;
    try {
      Profiler profiler = state.profiler;
      result =
          profiler == null
              ? op.forward(node, shape, inputs)
              : profiler.forward(op, node, shape, shapes, inputs);
    } finally {
      state.recording = recording;
      // Kernels work on raw addresses: an unreachable input must not be freed under them.
      Reference.reachabilityFence(inputs);
    }
    if (node.recorded()) {
      for (Tensor input : inputs) {
        if (input == result) {
          result = result.alias();
        }
      }
      result.node = node;
    }
    return result;
  }

  @Override
  Tensor self() {
    return this;
  }

  // ---- lifetime

  /** Whether the elements are gone. */
  public boolean closed() {
    return closed || storage.closed();
  }

  /**
   * Gives this handle up; the memory is reused when no view of it is left. Closing twice does
   * nothing.
   */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (!storage.closed()) {
        storage.release();
      }
    }
  }

  private void checkOpen() {
    if (closed()) {
      throw new IllegalStateException(
          "tensor " + shape + " (" + storage.block().label() + ") is closed");
    }
  }

  private void requireType(String who, DType expected) {
    if (dtype != expected) {
      throw new IllegalStateException(
          who + ": the tensor holds " + dtype + ", expected " + expected);
    }
  }

  /** As {@code Tensor[64, 10] FLOAT32}. */
  @Override
  public String toString() {
    return "Tensor" + shape + " " + dtype + (closed() ? " (closed)" : "");
  }
}
