package dev.lanewise.kernel;

import static dev.lanewise.kernel.ChannelSums.BLOCK;
import static dev.lanewise.kernel.Lanes.BYTES;
import static dev.lanewise.kernel.Lanes.F;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The template of the loops of batch normalisation, see {@link Specializer}. Columns are done in
 * blocks, whose coefficients stay in the first cache level while the positions pass by.
 */
final class BatchNormLoop implements BatchNormRange {
  private static final @Nullable Fusion FUSION =
      Specializer.data(MethodHandles.lookup(), Fusion.class);
  private static final boolean RELU = FUSION != null && FUSION.relu();
  private static final boolean RESIDUAL = FUSION != null && FUSION.residual();

  private final @Nullable Fusion ordinary;

  BatchNormLoop() {
    ordinary = null;
  }

  BatchNormLoop(Fusion fusion) {
    ordinary = fusion;
  }

  private boolean relu() {
    return FUSION != null ? RELU : Objects.requireNonNull(ordinary).relu();
  }

  private boolean residual() {
    return FUSION != null ? RESIDUAL : Objects.requireNonNull(ordinary).residual();
  }

  @Override
  public void normalise(long x, long residual, long y, long table, int positions, int columns) {
    long row = (long) columns * BYTES;
    for (int start = 0; start < columns; start += BLOCK) {
      int n = Math.min(BLOCK, columns - start);
      long first = (long) start * BYTES;
      for (int p = 0; p < positions; p++) {
        long at = first + p * row;
        normaliseRow(x + at, residual + at, y + at, table + first, table + first + row, n);
      }
    }
  }

  private void normaliseRow(long x, long residual, long y, long scale, long shift, int n) {
    boolean relu = relu();
    boolean added = residual();
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      FloatVector v =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER)
              .fma(
                  FloatVector.fromMemorySegment(F, Mem.ALL, scale + at, Mem.ORDER),
                  FloatVector.fromMemorySegment(F, Mem.ALL, shift + at, Mem.ORDER));
      if (added) {
        v = v.add(FloatVector.fromMemorySegment(F, Mem.ALL, residual + at, Mem.ORDER));
      }
      if (relu) {
        v = v.max(0);
      }
      v.intoMemorySegment(Mem.ALL, y + at, Mem.ORDER);
    }
  }

  @Override
  public void sums(long dy, long x, long y, long means, int positions, int columns, long result) {
    long row = (long) columns * BYTES;
    for (int start = 0; start < columns; start += BLOCK) {
      int n = Math.min(BLOCK, columns - start);
      long first = (long) start * BYTES;
      long sums = result + first;
      VectorMemory.zeroVectors(sums, n);
      VectorMemory.zeroVectors(sums + row, n);
      int p = 0;
      for (; p + 2 <= positions; p += 2) {
        long at = first + p * row;
        twoSums(dy + at, x + at, y + at, row, means + first, sums, n);
      }
      if (p < positions) {
        long at = first + p * row;
        oneSum(dy + at, x + at, y + at, row, means + first, sums, n);
      }
    }
  }

  private void twoSums(long dy, long x, long y, long row, long means, long sums, int n) {
    boolean relu = relu();
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      long below = row + at;
      FloatVector g = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at, Mem.ORDER);
      FloatVector h = FloatVector.fromMemorySegment(F, Mem.ALL, dy + below, Mem.ORDER);
      if (relu) {
        FloatVector zero = FloatVector.zero(F);
        g =
            zero.blend(
                g,
                FloatVector.fromMemorySegment(F, Mem.ALL, y + at, Mem.ORDER)
                    .compare(VectorOperators.GT, zero));
        h =
            zero.blend(
                h,
                FloatVector.fromMemorySegment(F, Mem.ALL, y + below, Mem.ORDER)
                    .compare(VectorOperators.GT, zero));
      }
      FloatVector mean = FloatVector.fromMemorySegment(F, Mem.ALL, means + at, Mem.ORDER);
      FloatVector.fromMemorySegment(F, Mem.ALL, sums + at, Mem.ORDER)
          .add(g.add(h))
          .intoMemorySegment(Mem.ALL, sums + at, Mem.ORDER);
      FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER).sub(mean);
      FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, x + below, Mem.ORDER).sub(mean);
      FloatVector.fromMemorySegment(F, Mem.ALL, sums + below, Mem.ORDER)
          .add(g.fma(a, h.mul(b)))
          .intoMemorySegment(Mem.ALL, sums + below, Mem.ORDER);
    }
  }

  private void oneSum(long dy, long x, long y, long row, long means, long sums, int n) {
    boolean relu = relu();
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      FloatVector g = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at, Mem.ORDER);
      if (relu) {
        FloatVector zero = FloatVector.zero(F);
        g =
            zero.blend(
                g,
                FloatVector.fromMemorySegment(F, Mem.ALL, y + at, Mem.ORDER)
                    .compare(VectorOperators.GT, zero));
      }
      FloatVector.fromMemorySegment(F, Mem.ALL, sums + at, Mem.ORDER)
          .add(g)
          .intoMemorySegment(Mem.ALL, sums + at, Mem.ORDER);
      FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER)
          .sub(FloatVector.fromMemorySegment(F, Mem.ALL, means + at, Mem.ORDER))
          .fma(g, FloatVector.fromMemorySegment(F, Mem.ALL, sums + row + at, Mem.ORDER))
          .intoMemorySegment(Mem.ALL, sums + row + at, Mem.ORDER);
    }
  }

  @Override
  public void gradient(
      long dy, long x, long y, long table, long dx, long dresidual, int positions, int columns) {
    long row = (long) columns * BYTES;
    for (int start = 0; start < columns; start += BLOCK) {
      int n = Math.min(BLOCK, columns - start);
      long first = (long) start * BYTES;
      for (int p = 0; p < positions; p++) {
        long at = first + p * row;
        gradientRow(dy + at, x + at, y + at, table + first, row, dx + at, dresidual + at, n);
      }
    }
  }

  private void gradientRow(
      long dy, long x, long y, long table, long row, long dx, long dresidual, int n) {
    boolean relu = relu();
    boolean added = residual();
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      FloatVector g = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at, Mem.ORDER);
      if (relu) {
        FloatVector zero = FloatVector.zero(F);
        g =
            zero.blend(
                g,
                FloatVector.fromMemorySegment(F, Mem.ALL, y + at, Mem.ORDER)
                    .compare(VectorOperators.GT, zero));
      }
      if (relu && added) {
        // Without ReLU the gradient of what was added is dy itself.
        g.intoMemorySegment(Mem.ALL, dresidual + at, Mem.ORDER);
      }
      FloatVector rest =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER)
              .fma(
                  FloatVector.fromMemorySegment(F, Mem.ALL, table + row + at, Mem.ORDER),
                  FloatVector.fromMemorySegment(F, Mem.ALL, table + 2 * row + at, Mem.ORDER));
      g.fma(FloatVector.fromMemorySegment(F, Mem.ALL, table + at, Mem.ORDER), rest)
          .intoMemorySegment(Mem.ALL, dx + at, Mem.ORDER);
    }
  }
}
