package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.product.OuterProduct;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.memory.Block;
import dev.lanewise.op.Inputs;
import dev.lanewise.op.Op;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * An n-dimensional array outside the heap, and a place on the tape. The operations stand in {@link
 * TensorOps}, its gradient in {@link Differentiable}, reading and writing in {@link HostAccess},
 * the orders that kernels want in {@link Arrangement}; here is what a tensor is: memory, shape,
 * lifetime.
 *
 * <p>A tensor made inside a {@link Scope} is closed with it; any other one when nothing reaches it
 * any more, or earlier by {@link #close}. Using a closed tensor is an exception.
 *
 * <p>Any number of threads may read one tensor. Writing it, closing it and a backward through it
 * are for one thread at a time, while no other uses it: nothing waits, for a lock would cost as
 * much as a small operation. An operation whose input another thread closes meanwhile may compute
 * with the elements of whoever got the memory next; it never touches memory that is not the pool's.
 */
public final class Tensor extends Arrangement implements Operand, AutoCloseable {
  /** Of two threads that close a handle, one gives it up. */
  private static final VarHandle CLOSED;

  static {
    try {
      CLOSED = MethodHandles.lookup().findVarHandle(Tensor.class, "closed", boolean.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final Storage storage;
  private final Shape shape;
  private final DType dtype;
  private final Layout layout;

  /** Null when the elements are contiguous in the order of the layout. */
  private final long @Nullable [] strides;

  private final long offset;
  private boolean closed;

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
   *
   * @throws IllegalArgumentException for batch lanes that are not floats of rank 2 or more
   */
  public static Tensor make(Shape shape, DType dtype, Layout layout, String label) {
    if (layout == Layout.BATCH_LANES && (dtype != DType.FLOAT32 || shape.rank() < 2)) {
      throw new IllegalArgumentException(
          label + ": batch lanes hold FLOAT32 of rank 2 or more, not " + dtype + " " + shape);
    }
    long bytes = layout.elements(shape) * dtype.bytes();
    return new Tensor(new Storage(bytes, label), shape, dtype, layout, null, 0);
  }

  /**
   * For operations: a fresh tensor of images that lie as [N][H][W][C], whose elements are
   * undefined.
   */
  public static Tensor makeChannelsLast(Shape shape, String label) {
    Storage storage = new Storage(shape.size() * DType.FLOAT32.bytes(), label);
    long[] strides = ChannelsLast.strides(shape);
    return new Tensor(
        storage,
        shape,
        DType.FLOAT32,
        Layout.PLAIN,
        withoutGaps(shape, strides) ? null : strides,
        0);
  }

  /**
   * For operations: a plain tensor whose elements are this product, computed when they are first
   * asked for, or never (see {@code docs/adr/0007}). The factors belong to the tensor from now on.
   */
  public static Tensor deferred(Shape shape, OuterProduct product) {
    if (shape.size() != product.size()) {
      throw new IllegalArgumentException(
          "A product of " + product.size() + " elements does not have the shape " + shape + ".");
    }
    return new Tensor(new Storage(product), shape, DType.FLOAT32, Layout.PLAIN, null, 0);
  }

  /** Whether the elements are not computed yet, see {@link #deferred(Shape, OuterProduct)}. */
  public boolean deferred() {
    return product() != null;
  }

  /** For a profiler: the multiplications and additions that a deferred tensor still asks for. */
  public long deferredFlops() {
    OuterProduct product = product();
    return product == null ? 0 : 2 * product.size() * product.terms();
  }

  /** What the elements are, where they are not computed yet and this tensor is all of them. */
  @Nullable OuterProduct product() {
    checkOpen();
    OuterProduct product = strides == null ? storage.product() : null;
    return product != null && product.size() == size() ? product : null;
  }

  /**
   * For operations: other dimensions on the same elements.
   *
   * @throws IllegalArgumentException when it would reach beyond them
   */
  public Tensor view(Shape newShape, long @Nullable [] newStrides, long newOffset) {
    checkOpen();
    ViewBounds.check(this, storage.bytes() / dtype.bytes(), newShape, newStrides, newOffset);
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

  /**
   * One of the {@link #strides}; negative dimensions count from the end.
   *
   * @throws IllegalArgumentException when there is no such dimension
   */
  public long stride(int dimension) {
    int axis = shape.axis("stride", dimension);
    return strides == null ? shape.stride(axis) : strides[axis];
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

  /** For operations and optimisers: says that the elements were changed in place. */
  public void changed() {
    storage.changed();
  }

  /**
   * For the tape: adds to these elements, if no other tensor shares them and both lie alike. It
   * spares the new memory of a sum, whose lines would be fetched before they are written.
   *
   * @return whether it did
   */
  boolean addInPlace(Tensor other) {
    if (!ownsItsElements()
        || other.strides != null
        || layout != other.layout
        || dtype != other.dtype
        || !shape.equals(other.shape)) {
      return false;
    }
    changed();
    Profiler profiler = Profiler.current();
    if (profiler == null) {
      Elementwise.accumulate(this, other, layout.elements(shape));
    } else {
      profiler.accumulate(this, () -> Elementwise.accumulate(this, other, layout.elements(shape)));
    }
    return true;
  }

  /** For the tape: whether these are floats without gaps that no other tensor shares. */
  boolean ownsItsElements() {
    return !storage.shared() && strides == null && dtype == DType.FLOAT32;
  }

  // ---- operations

  /**
   * Runs an operation and records it where an input requires a gradient.
   *
   * @throws IllegalArgumentException when the inputs do not fit the operation
   * @throws IllegalStateException when an input is closed
   */
  public static Tensor apply(Op op, Tensor... inputs) {
    Inputs expected = op.inputs();
    expected.requireNumber(op, inputs.length);
    Shape[] shapes = new Shape[inputs.length];
    boolean differentiable = false;
    for (int i = 0; i < inputs.length; i++) {
      Tensor input = inputs[i];
      if (input == null) {
        throw new IllegalArgumentException(op.name() + ": input " + i + " is null");
      }
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
    expected.requireTypes(op, inputs);
    boolean recording = state.recording;
    Node node = recording && differentiable ? Node.of(op, inputs, shapes) : Node.NOT_RECORDED;
    if (state.region != null && node.recorded()) {
      state.region.add(node);
    }
    state.recording = false;
    Tensor result;
    try {
      Watcher watcher = state.watcher;
      result =
          watcher == null
              ? op.forward(node, shape, inputs)
              : watcher.watch(op, node, shape, shapes, inputs);
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
      node.made(result, inputs);
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
    if (!closed && CLOSED.compareAndSet(this, false, true) && !storage.closed()) {
      storage.release();
    }
  }

  void checkOpen() {
    if (closed()) {
      throw new IllegalStateException("tensor " + shape + " (" + storage.label() + ") is closed");
    }
  }

  /** As {@code Tensor[64, 10] FLOAT32}. */
  @Override
  public String toString() {
    return "Tensor" + shape + " " + dtype + (closed() ? " (closed)" : "");
  }
}
