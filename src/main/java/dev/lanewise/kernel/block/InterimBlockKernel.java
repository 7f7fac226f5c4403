package dev.lanewise.kernel.block;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Mem.ALL;
import static dev.lanewise.kernel.vector.Mem.FLOAT;
import static dev.lanewise.kernel.vector.Mem.ORDER;

import dev.lanewise.kernel.vector.LaneSums;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Serves for any block until its own kernel is compiled. It has one accumulator at a time, so that
 * all blocks share two small loops, which the compiler is through with soon; each multiply-add
 * waits for the one before, so it runs at an eighth of the speed. The order of every sum is that of
 * all block kernels, so it gives the same bits.
 *
 * <p>It counts its work: a block that has kept it busy for as long as the compiler needs for a
 * kernel is reported, once. From {@link #replaceBy} on its calls go to that kernel.
 *
 * <p>The file is long for it has every form of {@link BlockSpec}, which share these loops.
 */
public final class InterimBlockKernel implements BlockKernel {
  /** Multiply-adds of vectors after which a kernel pays: they take some 20 ms here. */
  private static final long WORTH_A_KERNEL = 8_000_000;

  // The compiler is asked after some thousand calls, and learns from what they do. So most calls of
  // the warm-up are empty, and take next to nothing; one of fifty has a sum of every form.
  private static final int EMPTY = -1;
  private static final int EMPTY_CALLS = 50;
  private static final int DEPTH = 8;
  private static final int BLOCKS = 2;
  private static final BlockSpec[] WARM_UP_FORMS = {
    BlockSpec.lanesReduced(1, 1, Epilogue.STORE),
    BlockSpec.lanesReduced(1, 1, Epilogue.ACCUMULATE),
    BlockSpec.lanes(1, 1, Epilogue.STORE),
    BlockSpec.lanes(1, 1, Epilogue.ACCUMULATE),
    BlockSpec.packed(1, 1, Epilogue.ACCUMULATE),
    BlockSpec.packed(1, 1, Epilogue.BIAS_RELU),
  };
  private static final int POINTS = 4;
  private static final int POINT_FORMS = 2;
  private static final int ROUNDS_PER_TIMING = 4;

  /** Compiled, a sum takes a twentieth of this; interpreted, ten times as much. */
  private static final long HOT_NANOS_PER_SUM = 3_000;

  /** When the compiler must have been asked, it is given the processor. */
  private static final long ASKED_AFTER_NANOS = 10_000_000L;

  private static final long PAUSE_NANOS = 200_000L;
  private static final long GIVE_UP_NANOS = 2_000_000_000L;

  private static final FutureTask<Boolean> WARM =
      new FutureTask<>(() -> warmUp(InterimBlockKernel::everyForm, WARM_UP_FORMS.length));

  /** Apart, for few models have work for it. */
  private static final FutureTask<Boolean> POINTS_WARM =
      new FutureTask<>(() -> warmUp(InterimBlockKernel::everyPoint, (POINTS + 1) * POINT_FORMS));

  /** Calls the loops once, with sums of so many steps. */
  @FunctionalInterface
  private interface Forms {
    void run(int depth, long from, long to);
  }

  /** The points of a tile. */
  private static final ThreadLocal<MemorySegment> TILE =
      ThreadLocal.withInitial(
          () -> Arena.ofAuto().allocate((long) BlockSpec.TILE_POINTS * BYTES, BYTES));

  private final BlockSpec spec;
  private final Consumer<InterimBlockKernel> whenWorthAKernel;

  // Threads may see it late, and lose each other's counts: neither matters.
  private @Nullable BlockKernel kernel;
  private long work;

  /**
   * @param spec the block it computes
   * @param whenWorthAKernel told once, by the thread that happens to compute
   */
  InterimBlockKernel(BlockSpec spec, Consumer<InterimBlockKernel> whenWorthAKernel) {
    this.spec = spec;
    this.whenWorthAKernel = whenWorthAKernel;
  }

  BlockSpec spec() {
    return spec;
  }

  /** From now on this kernel is called; it is complete: its class has no field. */
  void replaceBy(BlockKernel compiled) {
    kernel = compiled;
  }

  /** The kernel that has taken over, or this one. */
  public BlockKernel best() {
    BlockKernel compiled = kernel;
    return compiled != null ? compiled : this;
  }

  /** Returns when the loops are compiled, or will not be soon. */
  static void await() {
    await(WARM);
  }

  /** The same, for one block. */
  static void await(BlockSpec spec) {
    await(spec.points() ? POINTS_WARM : WARM);
  }

  private static void await(FutureTask<Boolean> warm) {
    if (warm.isDone()) {
      return;
    }
    warm.run();
    try {
      warm.get();
    } catch (ExecutionException failure) {
      throw new IllegalStateException(failure.getCause());
    } catch (InterruptedException _) {
      // They work without, only slower.
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void run(
      long a,
      long aDepth,
      long b,
      long bDepth,
      long bVec,
      int depth,
      int n1,
      long a1,
      long b1,
      int n2,
      long a2,
      long b2,
      long c,
      long cRow,
      long cVec,
      long bias) {
    BlockKernel compiled = kernel;
    if (compiled != null) {
      compiled.run(a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, c, cRow, cVec, bias);
      return;
    }
    count((long) depth * n1 * n2);
    if (spec.tiles()) {
      tiles(a, aDepth, b, bDepth, depth, n1, a1, b1, n2, a2, c, cRow, bias);
      return;
    }
    boolean add = spec.epilogue().readsOutput();
    for (int row = 0; row < spec.rows(); row++) {
      long pa = a + row * spec.aRow();
      for (int vec = 0; vec < spec.vectors(); vec++) {
        long pb = b + vec * bVec;
        long to = c + row * cRow + vec * cVec;
        if (spec.points()) {
          long kept = spec.form() == BlockSpec.Form.POINTS_OF_SUM ? bias + (long) vec * BYTES : 0;
          int point = spec.point(row);
          points(
              pa,
              aDepth,
              pb,
              bDepth,
              spec.pixel(),
              depth,
              n1,
              a1,
              b1,
              n2,
              a2,
              b2,
              to,
              add,
              point,
              kept,
              (long) spec.vectors() * BYTES);
        } else {
          long value = spec.epilogue().addsBias() ? bias + (long) row * Float.BYTES : 0;
          sum(spec, pa, aDepth, pb, bDepth, depth, n1, a1, b1, n2, a2, b2, to, value);
        }
      }
    }
    for (int i = 0; spec.writesPixels() && i < n2 * n1; i++) {
      long block = b + i / n1 * b2 + i % n1 * b1;
      long kept = bias + 2L * i * depth * spec.vectors() * BYTES;
      boolean differ = spec.form() == BlockSpec.Form.POINTS_OF_SUM;
      keep(block, bDepth, spec.pixel(), bVec, spec.vectors(), depth, kept, differ);
    }
  }

  private void count(long steps) {
    long before = work;
    long now = before + steps * spec.rows() * spec.vectors();
    work = now;
    if (before < WORTH_A_KERNEL && now >= WORTH_A_KERNEL) {
      whenWorthAKernel.accept(this);
    }
  }

  /** Point by point, and the outputs image by image. */
  private void tiles(
      long a,
      long aDepth,
      long b,
      long bDepth,
      int depth,
      int n1,
      long a1,
      long b1,
      int n2,
      long a2,
      long c,
      long cRow,
      long bias) {
    int channels = spec.channels();
    boolean addsBias = spec.epilogue().addsBias();
    float[] m = new float[BlockSpec.TILE_POINTS];
    long sums = TILE.get().address();
    for (int k = 0; k < n2 * channels && n1 * depth > 0; k++) {
      for (int i = 0; i < m.length; i++) {
        long pa = a + k / channels * a2 + ((long) i * channels + k % channels) * spec.aRow();
        long pb = b + (long) i * BYTES;
        long value = addsBias && i == 1 ? bias + (long) k * Float.BYTES : 0;
        long to = sums + (long) i * BYTES;
        sum(spec, pa, aDepth, pb, bDepth, depth, n1, a1, b1, 1, 0, 0, to, value);
      }
      for (int lane = 0; lane < Lanes.L; lane++) {
        for (int i = 0; i < m.length; i++) {
          m[i] = Mem.get(sums + (long) i * BYTES + (long) lane * Float.BYTES);
        }
        long to = c + (long) k * BYTES + (long) lane * Float.BYTES;
        ScalarBlockKernel.outputs(m, to, cRow);
      }
    }
  }

  /**
   * One vector of C: sums of vectors of B times floats or vectors of A; or one float of it in the
   * lanes-reduced form. It is larger than what the compiler inlines at calls that are often made
   * (325 bytes of bytecode): compiled once, before the first call, it serves however often its
   * callers are compiled again.
   *
   * @param bias the address of the bias; 0 if there is none
   */
  private static void sum(
      BlockSpec spec,
      long a,
      long aDepth,
      long b,
      long bDepth,
      int depth,
      int n1,
      long a1,
      long b1,
      int n2,
      long a2,
      long b2,
      long c,
      long bias) {
    if (depth == EMPTY) {
      return;
    }
    boolean vectors = spec.vectorsOfA();
    FloatVector sum = FloatVector.zero(F);
    long aJump1 = a1 - depth * aDepth;
    long bJump1 = b1 - depth * bDepth;
    long aJump2 = a2 - n1 * a1;
    long bJump2 = b2 - n1 * b1;
    long pa = a;
    long pb = b;
    int k = depth;
    int i1 = n1;
    for (int left = n2 * n1 * depth; left > 0; left--) {
      FloatVector factor =
          vectors
              ? FloatVector.fromMemorySegment(F, ALL, pa, ORDER)
              : FloatVector.broadcast(F, ALL.get(FLOAT, pa));
      sum = factor.fma(FloatVector.fromMemorySegment(F, ALL, pb, ORDER), sum);
      pa += aDepth;
      pb += bDepth;
      if (--k == 0) {
        k = depth;
        pa += aJump1;
        pb += bJump1;
        if (--i1 == 0) {
          i1 = n1;
          pa += aJump2;
          pb += bJump2;
        }
      }
    }
    Epilogue end = spec.epilogue();
    if (spec.lanesReduced()) {
      float total = LaneSums.sum(sum);
      Mem.set(c, end.readsOutput() ? Mem.get(c) + total : total);
      return;
    }
    if (end.readsOutput()) {
      sum = sum.add(FloatVector.fromMemorySegment(F, ALL, c, ORDER));
    }
    if (bias != 0) {
      sum = sum.add(FloatVector.broadcast(F, ALL.get(FLOAT, bias)));
    }
    if (end.rectifies()) {
      sum = sum.max(FloatVector.zero(F));
    }
    sum.intoMemorySegment(ALL, c, ORDER);
  }

  /**
   * One vector of C of a form with points.
   *
   * @param pixel bytes from a pixel to the next
   * @param point 0 to 3
   * @param kept address of the kept pixels that are added, or 0
   * @param keptPixel bytes from a kept pixel to the next
   */
  private static void points(
      long a,
      long aDepth,
      long b,
      long bDepth,
      long pixel,
      int depth,
      int n1,
      long a1,
      long b1,
      int n2,
      long a2,
      long b2,
      long c,
      boolean add,
      int point,
      long kept,
      long keptPixel) {
    if (depth == EMPTY) {
      return;
    }
    FloatVector sum = FloatVector.zero(F);
    long pk = kept;
    for (int i2 = 0; i2 < n2; i2++) {
      for (int i1 = 0; i1 < n1; i1++) {
        long pa = a + i2 * a2 + i1 * a1;
        long pb = b + i2 * b2 + i1 * b1;
        for (int k = 0; k < depth; k++) {
          FloatVector left = FloatVector.fromMemorySegment(F, ALL, pb, ORDER);
          FloatVector right = FloatVector.fromMemorySegment(F, ALL, pb + pixel, ORDER);
          if (kept != 0) {
            left = FloatVector.fromMemorySegment(F, ALL, pk, ORDER).add(left);
            right = FloatVector.fromMemorySegment(F, ALL, pk + keptPixel, ORDER).add(right);
            pk += 2 * keptPixel;
          }
          if (point == 1) {
            left = left.add(right);
          } else if (point == 2) {
            left = left.sub(right);
          } else if (point == 3) {
            left = right;
          }
          sum = FloatVector.fromMemorySegment(F, ALL, pa, ORDER).fma(left, sum);
          pa += aDepth;
          pb += bDepth;
        }
      }
    }
    if (add) {
      sum = sum.add(FloatVector.fromMemorySegment(F, ALL, c, ORDER));
    }
    sum.intoMemorySegment(ALL, c, ORDER);
  }

  /**
   * Keeps the pixels of a run.
   *
   * @param differ whether what is kept is what the kept ones differ by
   */
  private static void keep(
      long b,
      long bDepth,
      long pixel,
      long bVec,
      int vectors,
      int depth,
      long kept,
      boolean differ) {
    long to = kept;
    for (int k = 0; k < depth; k++) {
      for (int i = 0; i < 2 * vectors; i++) {
        long from = b + k * bDepth + i / vectors * pixel + i % vectors * bVec;
        FloatVector value = FloatVector.fromMemorySegment(F, ALL, from, ORDER);
        if (differ) {
          value = FloatVector.fromMemorySegment(F, ALL, to, ORDER).sub(value);
        }
        value.intoMemorySegment(ALL, to, ORDER);
        to += BYTES;
      }
    }
  }

  private static boolean warmUp(Forms loops, int forms) {
    try (Arena arena = Arena.ofConfined()) {
      long from = arena.allocate(2L * DEPTH * BLOCKS * BYTES, BYTES).address();
      long to = arena.allocate(BYTES, BYTES).address();
      long start = System.nanoTime();
      while (System.nanoTime() - start < GIVE_UP_NANOS) {
        long nanos = 0;
        for (int i = 0; i < ROUNDS_PER_TIMING; i++) {
          for (int call = 0; call < EMPTY_CALLS; call++) {
            loops.run(EMPTY, from, to);
          }
          long before = System.nanoTime();
          loops.run(DEPTH, from, to);
          nanos += System.nanoTime() - before;
        }
        if (nanos < (long) ROUNDS_PER_TIMING * forms * HOT_NANOS_PER_SUM) {
          return true;
        }
        if (System.nanoTime() - start > ASKED_AFTER_NANOS) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
      return false;
    }
  }

  private static void everyPoint(int depth, long from, long to) {
    long step = BYTES;
    long block = DEPTH * step;
    for (int point = 0; point < POINTS; point++) {
      for (long kept : new long[] {0, from}) {
        boolean add = kept != 0;
        points(
            from, step, from, step, step, depth, BLOCKS, block, block, 1, 0, 0, to, add, point,
            kept, step);
      }
    }
    keep(from, step, step, step, 1, depth, from, false);
    keep(from, step, step, step, 1, depth, from, true);
  }

  private static void everyForm(int depth, long from, long to) {
    for (BlockSpec spec : WARM_UP_FORMS) {
      long aStep = spec.vectorsOfA() ? BYTES : Float.BYTES;
      long bias = spec.epilogue().addsBias() ? from : 0;
      long block = (long) DEPTH * BYTES;
      sum(spec, from, aStep, from, BYTES, depth, BLOCKS, aStep, block, 1, 0, 0, to, bias);
    }
  }
}
