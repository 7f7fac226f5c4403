package dev.lanewise.tensor;

import dev.lanewise.kernel.product.OuterProduct;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Memory shared by a tensor and its views. It goes back to the pool when the last handle is closed,
 * when the scope that it was made in closes, or, outside any scope, when nothing reaches it any
 * more.
 */
final class Storage {
  private static final VarHandle HANDLES;

  static {
    try {
      HANDLES = MethodHandles.lookup().findVarHandle(Storage.class, "handles", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  /** Holds the elements, or the factors of the product that they are. */
  private Block block;

  /** Null where the elements are in memory; its writing also publishes the block. */
  private volatile @Nullable OuterProduct product;

  /** Tensors that are not closed; any thread may change it, see {@link #HANDLES}. */
  private volatile int handles;

  /** Forgotten by whoever frees the memory or moves it; the scope itself looks for that later. */
  @Nullable Scope scope;

  /**
   * Counts in-place changes, so that a backward rule never uses a value that is not the saved one.
   */
  private int version;

  /** The elements in another order, until they change. */
  private volatile @Nullable Rearranged rearranged;

  /** A copy of some elements, and which they are. */
  private record Rearranged(Tensor copy, Shape shape, long[] strides, long offset) {
    boolean is(Shape otherShape, long[] otherStrides, long otherOffset) {
      return shape.equals(otherShape)
          && Arrays.equals(strides, otherStrides)
          && offset == otherOffset;
    }
  }

  /** What the elements take. */
  private final long bytes;

  Storage(long bytes, String label) {
    this(Pool.global().allocate(Math.max(bytes, 1), Objects.requireNonNull(label, "label")), bytes);
  }

  /** Elements that are computed when somebody asks for them. */
  Storage(OuterProduct product) {
    this(product.factors(), product.size() * Float.BYTES);
    this.product = product;
  }

  private Storage(Block block, long bytes) {
    this.block = block;
    this.bytes = bytes;
    HANDLES.setRelease(this, 1); // a volatile write would wait for all stores before it
    Scope current = ThreadState.current().scope;
    if (current == null) {
      block.freeWithOwner(this);
    } else {
      current.add(this);
    }
  }

  Block block() {
    if (product != null) {
      compute();
    }
    return block;
  }

  private synchronized void compute() {
    OuterProduct mine = product;
    if (mine == null) {
      return; // another thread was faster
    }
    Block elements = Pool.global().allocate(mine.size() * Float.BYTES, "gradient");
    mine.write(elements);
    if (scope == null) {
      elements.freeWithOwner(this);
    }
    block.free();
    block = elements;
    product = null;
  }

  /** What the elements are, as long as nobody has asked for them. */
  @Nullable OuterProduct product() {
    return product;
  }

  /** What the elements take, computed or not. */
  long bytes() {
    return bytes;
  }

  String label() {
    return block.label();
  }

  boolean closed() {
    return block.isFree();
  }

  int version() {
    return version;
  }

  void changed() {
    version++;
    if (rearranged != null) {
      forgetRearranged();
    }
  }

  /** See {@link Tensor#rearranged}. One copy is kept: a weight is always asked for in one order. */
  synchronized Tensor rearranged(Tensor of, Shape shape, long[] strides) {
    Rearranged kept = rearranged;
    if (kept != null && kept.is(shape, strides, of.offset())) {
      return kept.copy;
    }
    forgetRearranged();
    Tensor view = of.view(shape, strides, of.offset());
    Tensor copy = Scope.release(view.copy());
    view.close();
    rearranged = new Rearranged(copy, shape, strides.clone(), of.offset());
    return copy;
  }

  private synchronized void forgetRearranged() {
    Rearranged kept = rearranged;
    if (kept != null) {
      kept.copy.close();
      rearranged = null;
    }
  }

  void share() {
    HANDLES.getAndAdd(this, 1);
  }

  boolean shared() {
    return handles > 1;
  }

  void release() {
    if ((int) HANDLES.getAndAdd(this, -1) == 1) {
      free();
    }
  }

  void free() {
    scope = null;
    if (rearranged != null) {
      forgetRearranged();
    }
    block.free();
  }

  /** Moves this memory from its scope to another one that is open, or to no scope at all. */
  void moveTo(@Nullable Scope target) {
    if (scope == target) {
      return;
    }
    if (scope != null) {
      scope.release(this);
    }
    if (target == null || !target.adopt(this)) {
      block.freeWithOwner(this);
    }
  }
}
