package dev.lanewise.kernel.elementwise;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.LoopNest;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * Kernels that treat every element alike. Each formula gets a compiled loop of its own, kept for
 * ever under the formula as key: so a formula may have components that take a few values (the slope
 * of a leaky ReLU), but a number that changes from call to call belongs into an operand, broadcast
 * with stride 0.
 *
 * <p>Operands hold float32. An output may be the same place as an input, but must not overlap one
 * otherwise.
 */
public final class Elementwise {
  private static final Loops<VectorFunction, UnaryRange> UNARY =
      new Loops<>() {
        @Override
        UnaryRange make(VectorFunction formula) {
          return Specializer.specialise(
              MethodHandles.lookup(), UnaryLoop.class, formula, UnaryRange.class);
        }
      };

  private static final Loops<UnaryFormula, UnaryGradientRange> UNARY_GRADIENT =
      new Loops<>() {
        @Override
        UnaryGradientRange make(UnaryFormula formula) {
          return Specializer.specialise(
              MethodHandles.lookup(), UnaryGradientLoop.class, formula, UnaryGradientRange.class);
        }
      };

  private static final Loops<BinaryFormula, BinaryRange> BINARY =
      new Loops<>() {
        @Override
        BinaryRange make(BinaryFormula formula) {
          return Specializer.specialise(
              MethodHandles.lookup(), BinaryLoop.class, formula, BinaryRange.class);
        }
      };

  /**
   * The loops by formula. First by class: all records without components have the hash code 0, and
   * would share one bin of a map.
   */
  private abstract static class Loops<K extends Object, V extends Object> {
    private final ClassValue<ConcurrentHashMap<K, V>> byClass =
        new ClassValue<>() {
          @Override
          protected ConcurrentHashMap<K, V> computeValue(Class<?> type) {
            return new ConcurrentHashMap<>(2);
          }
        };

    abstract V make(K formula);

    V get(K formula) {
      ConcurrentHashMap<K, V> loops = byClass.get(formula.getClass());
      V loop = loops.get(formula);
      return loop != null ? loop : loops.computeIfAbsent(formula, this::make);
    }
  }

  private Elementwise() {}

  /** The loop of a function, for kernels that apply it to what they have just computed. */
  public static UnaryRange loop(VectorFunction op) {
    return UNARY.get(op);
  }

  /** The loop of its derivative. */
  public static UnaryGradientRange gradientLoop(UnaryFormula op) {
    return UNARY_GRADIENT.get(op);
  }

  /**
   * y[i] = f(x[i]).
   *
   * @param op the function
   * @param x n elements
   * @param y n elements; may be x
   * @param n how many
   */
  public static void unary(UnaryFormula op, Operand x, Operand y, long n) {
    UnaryRange loop = UNARY.get(op);
    long from = Operand.address(x);
    long to = Operand.address(y);
    if (Chunks.single(n)) {
      loop.run(from, to, (int) n);
    } else {
      unary(loop, from, to, n);
    }
  }

  private static void unary(UnaryRange loop, long x, long y, long n) {
    Chunks.run(n, 1, (from, to) -> loop.run(x + from * 4, y + from * 4, (int) (to - from)));
  }

  /**
   * dx[i] = dy[i] f'(x[i], y[i]).
   *
   * @param op the function whose derivative is taken
   * @param x the input; null where the derivative does not use it
   * @param y the output; null where the derivative does not use it
   * @param dy the gradient of the output
   * @param dx the gradient of the input, overwritten; may be one of the others
   * @param n how many elements each has
   * @throws IllegalArgumentException if the derivative uses an operand that is null
   */
  public static void unaryGradient(
      UnaryFormula op, @Nullable Operand x, @Nullable Operand y, Operand dy, Operand dx, long n) {
    UnaryGradientRange loop = UNARY_GRADIENT.get(op);
    long input = op.usesInput() ? address(op, x, "input") : 0;
    long output = op.usesOutput() ? address(op, y, "output") : 0;
    long from = Operand.address(dy);
    long to = Operand.address(dx);
    if (Chunks.single(n)) {
      loop.run(input, output, from, to, (int) n);
    } else {
      unaryGradient(loop, input, output, from, to, n);
    }
  }

  private static void unaryGradient(
      UnaryGradientRange loop, long x, long y, long dy, long dx, long n) {
    Chunks.run(
        n,
        1,
        (from, to) ->
            loop.run(x + from * 4, y + from * 4, dy + from * 4, dx + from * 4, (int) (to - from)));
  }

  private static long address(UnaryFormula op, @Nullable Operand operand, String role) {
    if (operand == null) {
      throw new IllegalArgumentException(
          "The derivative of " + op + " uses the " + role + ", but it is null.");
    }
    return Operand.address(operand);
  }

  /**
   * y[i] = f(a[i], b[i]) for operands of the same size, all contiguous.
   *
   * @param op the function
   * @param a n elements
   * @param b n elements
   * @param y n elements; may be a or b
   * @param n how many
   */
  public static void binaryFlat(BinaryFormula op, Operand a, Operand b, Operand y, long n) {
    BinaryRange loop = BINARY.get(op);
    long left = Operand.address(a);
    long right = Operand.address(b);
    long to = Operand.address(y);
    if (Chunks.single(n)) {
      loop.flat(left, right, to, (int) n);
    } else {
      binaryFlat(loop, left, right, to, n);
    }
  }

  private static void binaryFlat(BinaryRange loop, long a, long b, long y, long n) {
    Chunks.run(
        n, 1, (from, to) -> loop.flat(a + from * 4, b + from * 4, y + from * 4, (int) (to - from)));
  }

  /**
   * y = f(a, b) with broadcasting.
   *
   * @param op the function
   * @param a the left operand
   * @param aStrides its elements from one index to the next, for every dimension of y; 0 where one
   *     element serves for the whole dimension
   * @param b the right operand
   * @param bStrides its strides
   * @param y the result, contiguous in row-major order; may be an operand that is not broadcast and
   *     as contiguous
   * @param dims the dimensions of y
   */
  public static void binary(
      BinaryFormula op,
      Operand a,
      long[] aStrides,
      Operand b,
      long[] bStrides,
      Operand y,
      int[] dims) {
    if (LoopNest.count(dims) == 0) {
      return;
    }
    LoopNest nest = new LoopNest(dims, aStrides, bStrides);
    int inner = nest.rank - 1;
    if (!walkable(nest.first[inner])) {
      try (Gathered gathered = new Gathered(a, aStrides, dims)) {
        binary(op, gathered, gathered.strides, b, bStrides, y, dims);
      }
    } else if (!walkable(nest.second[inner])) {
      try (Gathered gathered = new Gathered(b, bStrides, dims)) {
        binary(op, a, aStrides, gathered, gathered.strides, y, dims);
      }
    } else if (nest.rank == 1 && nest.first[0] == 1 && nest.second[0] == 1) {
      binaryFlat(op, a, b, y, nest.sizes[0]);
    } else {
      binary(BINARY.get(op), Operand.address(a), Operand.address(b), Operand.address(y), nest);
    }
  }

  /** Whether the inner loops can follow this stride: one element after the other, or always one. */
  private static boolean walkable(long stride) {
    return stride == 0 || stride == 1;
  }

  private static void binary(BinaryRange loop, long a, long b, long y, LoopNest nest) {
    boolean aSingle = nest.first[nest.rank - 1] == 0;
    boolean bSingle = nest.second[nest.rank - 1] == 0;
    long aRow = nest.firstRowBytes();
    long bRow = nest.secondRowBytes();
    LoopNest.Body body =
        (aOffset, bOffset, position, rows, n) ->
            loop.rows(
                a + aOffset * 4,
                aRow,
                aSingle,
                b + bOffset * 4,
                bRow,
                bSingle,
                y + position * 4,
                rows,
                n);
    Chunks.run(nest.count(), 1, (from, to) -> nest.run(from, to, body));
  }

  /** An operand copied into row-major order, without the dimensions over which it is broadcast. */
  private static final class Gathered implements Operand, AutoCloseable {
    final long[] strides;
    private final Block block;

    Gathered(Operand x, long[] strides, int[] dims) {
      int[] own = dims.clone();
      for (int i = 0; i < own.length; i++) {
        if (strides[i] == 0) {
          own[i] = 1;
        }
      }
      this.strides = LoopNest.contiguous(own);
      for (int i = 0; i < own.length; i++) {
        if (strides[i] == 0) {
          this.strides[i] = 0;
        }
      }
      block = Pool.global().allocate(LoopNest.count(own) * 4, "broadcast");
      StridedCopy.copy(x, strides, own, this, 4);
    }

    @Override
    public Block block() {
      return block;
    }

    @Override
    public long byteOffset() {
      return 0;
    }

    @Override
    public void close() {
      block.free();
    }
  }

  /** y[i] = value. */
  public static void fill(Operand y, float value, long n) {
    long to = Operand.address(y);
    if (Chunks.single(n)) {
      VectorMemory.fill(to, value, (int) n);
    } else {
      Chunks.run(n, 1, (from, end) -> VectorMemory.fill(to + from * 4, value, (int) (end - from)));
    }
  }

  /** y[i] += x[i]. */
  public static void accumulate(Operand y, Operand x, long n) {
    accumulate(Operand.address(y), Operand.address(x), n);
  }

  private static void accumulate(long y, long x, long n) {
    if (Chunks.single(n)) {
      accumulateRange(y, x, (int) n);
    } else {
      Chunks.run(
          n, 1, (from, to) -> accumulateRange(y + from * 4, x + from * 4, (int) (to - from)));
    }
  }

  /** y[i] += x[i] on this thread. */
  public static void accumulateRange(long y, long x, int n) {
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long offset = (long) i * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, y + offset, Mem.ORDER)
          .add(FloatVector.fromMemorySegment(F, Mem.ALL, x + offset, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = F.indexInRange(0, n - bound);
      long offset = (long) bound * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, y + offset, Mem.ORDER, mask)
          .add(FloatVector.fromMemorySegment(F, Mem.ALL, x + offset, Mem.ORDER, mask))
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER, mask);
    }
  }

  /** y[i] *= factor. */
  public static void scale(Operand y, float factor, long n) {
    long to = Operand.address(y);
    if (Chunks.single(n)) {
      scaleRange(to, factor, (int) n);
    } else {
      Chunks.run(n, 1, (from, end) -> scaleRange(to + from * 4, factor, (int) (end - from)));
    }
  }

  private static void scaleRange(long y, float factor, int n) {
    FloatVector factors = FloatVector.broadcast(F, factor);
    int bound = F.loopBound(n);
    for (int i = 0; i < bound; i += L) {
      long offset = (long) i * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, y + offset, Mem.ORDER)
          .mul(factors)
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER);
    }
    if (bound < n) {
      VectorMask<Float> mask = F.indexInRange(0, n - bound);
      long offset = (long) bound * 4;
      FloatVector.fromMemorySegment(F, Mem.ALL, y + offset, Mem.ORDER, mask)
          .mul(factors)
          .intoMemorySegment(Mem.ALL, y + offset, Mem.ORDER, mask);
    }
  }
}
