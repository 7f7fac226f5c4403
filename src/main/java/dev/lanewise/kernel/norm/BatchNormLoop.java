package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.norm.ChannelSums.BLOCK;
import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.I;

import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Pace;
import dev.lanewise.kernel.vector.VectorMemory;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
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
  private static final boolean BOUNDED = FUSION != null && FUSION.bounded();
  private static final boolean RESIDUAL = FUSION != null && FUSION.residual();
  private static final boolean PACED = FUSION != null && FUSION.paced();

  /** Columns that share a vector of signs. */
  private static final int GROUP = 32;

  /**
   * Positions of a piece that are done side by side, far from each other. The processor fetches
   * ahead within a page of 4 KB only, so what comes from memory comes faster along several streams:
   * a tenth of the time of 16x64x112x112 backward. That was on Intel. Where it fetches ahead across
   * pages, turns break that, and cost a sixth to a third of the time: one stream then.
   */
  private static final int STREAMS = Caches.FETCHES_ACROSS_PAGES ? 1 : 4;

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

  private boolean bounded() {
    return FUSION != null ? BOUNDED : Objects.requireNonNull(ordinary).bounded();
  }

  private boolean residual() {
    return FUSION != null ? RESIDUAL : Objects.requireNonNull(ordinary).residual();
  }

  private boolean paced() {
    return FUSION != null ? PACED : Objects.requireNonNull(ordinary).paced();
  }

  /**
   * Columns that are done in one loop: the longer it is, the less it costs to start it. Streams in
   * turns should turn within a page.
   */
  private int group() {
    return relu() || STREAMS > 1 ? GROUP : BLOCK;
  }

  @Override
  public void normalise(
      long x,
      long residual,
      long y,
      long signs,
      float most,
      long table,
      int positions,
      int columns) {
    long row = (long) columns * BYTES;
    long signRow = (long) BatchNormRange.signVectors(columns) * BYTES;
    int apart = Math.ceilDiv(positions, STREAMS);
    int group = group();
    for (int start = 0; start < columns; start += BLOCK) {
      int end = Math.min(columns, start + BLOCK);
      for (int q = 0; q < apart; q++) {
        for (int from = start; from < end; from += group) {
          for (int p = q; p < positions; p += apart) {
            long first = (long) from * BYTES;
            long at = first + p * row;
            normaliseGroup(
                x + at & Mem.ADDRESS_BITS,
                residual + at & Mem.ADDRESS_BITS,
                y + at & Mem.ADDRESS_BITS,
                signs + p * signRow + first / GROUP,
                most,
                table + first & Mem.ADDRESS_BITS,
                table + first + row & Mem.ADDRESS_BITS,
                Math.min(group, end - from));
          }
        }
      }
    }
  }

  /**
   * Addresses are in the range that needs no bounds check. Both that and this method's size serve
   * the compiler: beyond 325 bytes of bytecode it would not inline it, which costs up to a quarter.
   */
  private void normaliseGroup(
      long x, long residual, long y, long signs, float most, long scale, long shift, int n) {
    boolean relu = relu();
    boolean bounded = bounded();
    boolean added = residual();
    boolean pacing = paced();
    IntVector dropped = IntVector.zero(I);
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      long paced = pacing ? at + Pace.after(x + Math.max(at - Pace.LAG, 0)) : at;
      FloatVector v =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + paced, Mem.ORDER)
              .fma(
                  FloatVector.fromMemorySegment(F, Mem.ALL, scale + at, Mem.ORDER),
                  FloatVector.fromMemorySegment(F, Mem.ALL, shift + at, Mem.ORDER));
      if (added) {
        v = v.add(FloatVector.fromMemorySegment(F, Mem.ALL, residual + paced, Mem.ORDER));
      }
      if (relu) {
        // A comparison, which NaN fails, gives the output and the bit, as in KeptBits.
        VectorMask<Float> drop = v.compare(VectorOperators.LE, 0);
        FloatVector kept = v.blend(0, drop);
        if (bounded) {
          VectorMask<Float> above = v.compare(VectorOperators.GE, most);
          kept = kept.blend(most, above);
          drop = drop.or(above);
        }
        v = kept;
        // A mask as a vector is -1 where it is set.
        dropped = dropped.add(dropped).sub((IntVector) drop.cast(I).toVector());
      }
      v.intoMemorySegment(Mem.ALL, y + paced, Mem.ORDER);
    }
    if (relu) {
      dropped
          .not()
          .lanewise(VectorOperators.LSHL, GROUP - n)
          .intoMemorySegment(Mem.ALL, signs, Mem.ORDER);
    }
  }

  @Override
  public void sums(
      long dy, long x, long signs, long means, int positions, int columns, long result) {
    long row = (long) columns * BYTES;
    long signRow = (long) BatchNormRange.signVectors(columns) * BYTES;
    int group = group();
    VectorMemory.zeroVectors(result, 2 * columns);
    for (int start = 0; start < columns; start += BLOCK) {
      int end = Math.min(columns, start + BLOCK);
      // Four streams of each input, as in ChannelSums.
      int apart = positions / 4;
      for (int p = 0; p < apart; p++) {
        for (int from = start; from < end; from += group) {
          long first = (long) from * BYTES;
          long at = first + p * row;
          long sign = signs + p * signRow + first / GROUP;
          int n = Math.min(group, end - from);
          fourSums(
              dy + at,
              x + at,
              sign,
              apart * signRow,
              apart * row,
              means + first,
              result + first,
              result + first + row,
              n);
        }
      }
      for (int p = 4 * apart; p < positions; p++) {
        for (int from = start; from < end; from += group) {
          long first = (long) from * BYTES;
          long at = first + p * row;
          long sign = signs + p * signRow + first / GROUP;
          int n = Math.min(group, end - from);
          oneSum(dy + at, x + at, sign, row, means + first, result + first, n);
        }
      }
    }
  }

  private void fourSums(
      long dyAt,
      long xAt,
      long signs,
      long signsApart,
      long apart,
      long meansAt,
      long sumsAt,
      long productsAt,
      int n) {
    long dy = dyAt & Mem.ADDRESS_BITS;
    long x = xAt & Mem.ADDRESS_BITS;
    long means = meansAt & Mem.ADDRESS_BITS;
    long sums = sumsAt & Mem.ADDRESS_BITS;
    long products = productsAt & Mem.ADDRESS_BITS;
    boolean relu = relu();
    IntVector aBits = IntVector.zero(I);
    IntVector bBits = IntVector.zero(I);
    IntVector cBits = IntVector.zero(I);
    IntVector dBits = IntVector.zero(I);
    if (relu) {
      aBits = IntVector.fromMemorySegment(I, Mem.ALL, signs, Mem.ORDER);
      bBits = IntVector.fromMemorySegment(I, Mem.ALL, signs + signsApart, Mem.ORDER);
      cBits = IntVector.fromMemorySegment(I, Mem.ALL, signs + 2 * signsApart, Mem.ORDER);
      dBits = IntVector.fromMemorySegment(I, Mem.ALL, signs + 3 * signsApart, Mem.ORDER);
    }
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      FloatVector a = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at, Mem.ORDER);
      FloatVector b = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at + apart, Mem.ORDER);
      FloatVector c = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at + 2 * apart, Mem.ORDER);
      FloatVector d = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at + 3 * apart, Mem.ORDER);
      if (relu) {
        // The highest bit, spread over all, keeps or clears the gradient; then the next one.
        a =
            a.reinterpretAsInts()
                .and(aBits.lanewise(VectorOperators.ASHR, 31))
                .reinterpretAsFloats();
        b =
            b.reinterpretAsInts()
                .and(bBits.lanewise(VectorOperators.ASHR, 31))
                .reinterpretAsFloats();
        c =
            c.reinterpretAsInts()
                .and(cBits.lanewise(VectorOperators.ASHR, 31))
                .reinterpretAsFloats();
        d =
            d.reinterpretAsInts()
                .and(dBits.lanewise(VectorOperators.ASHR, 31))
                .reinterpretAsFloats();
        aBits = aBits.add(aBits);
        bBits = bBits.add(bBits);
        cBits = cBits.add(cBits);
        dBits = dBits.add(dBits);
      }
      FloatVector mean = FloatVector.fromMemorySegment(F, Mem.ALL, means + at, Mem.ORDER);
      FloatVector ax = FloatVector.fromMemorySegment(F, Mem.ALL, x + at, Mem.ORDER).sub(mean);
      FloatVector bx =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + at + apart, Mem.ORDER).sub(mean);
      FloatVector cx =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + at + 2 * apart, Mem.ORDER).sub(mean);
      FloatVector dx =
          FloatVector.fromMemorySegment(F, Mem.ALL, x + at + 3 * apart, Mem.ORDER).sub(mean);
      FloatVector.fromMemorySegment(F, Mem.ALL, sums + at, Mem.ORDER)
          .add(a.add(b).add(c.add(d)))
          .intoMemorySegment(Mem.ALL, sums + at, Mem.ORDER);
      FloatVector.fromMemorySegment(F, Mem.ALL, products + at, Mem.ORDER)
          .add(a.fma(ax, b.mul(bx)).add(c.fma(cx, d.mul(dx))))
          .intoMemorySegment(Mem.ALL, products + at, Mem.ORDER);
    }
  }

  private void oneSum(long dy, long x, long signs, long row, long means, long sums, int n) {
    boolean relu = relu();
    IntVector bits = IntVector.zero(I);
    if (relu) {
      bits = IntVector.fromMemorySegment(I, Mem.ALL, signs, Mem.ORDER);
    }
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      FloatVector g = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at, Mem.ORDER);
      if (relu) {
        g =
            g.reinterpretAsInts()
                .and(bits.lanewise(VectorOperators.ASHR, 31))
                .reinterpretAsFloats();
        bits = bits.add(bits);
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
      long dy,
      long x,
      long signs,
      long table,
      long dx,
      long dresidual,
      int positions,
      int columns) {
    long row = (long) columns * BYTES;
    long signRow = (long) BatchNormRange.signVectors(columns) * BYTES;
    int apart = Math.ceilDiv(positions, STREAMS);
    int group = group();
    for (int start = 0; start < columns; start += BLOCK) {
      int end = Math.min(columns, start + BLOCK);
      for (int q = 0; q < apart; q++) {
        for (int from = start; from < end; from += group) {
          for (int p = q; p < positions; p += apart) {
            long first = (long) from * BYTES;
            long at = first + p * row;
            gradientGroup(
                dy + at,
                x + at,
                signs + p * signRow + first / GROUP,
                table + first,
                row,
                dx + at,
                dresidual + at,
                Math.min(group, end - from));
          }
        }
      }
    }
  }

  private void gradientGroup(
      long dyAt, long xAt, long signs, long tableAt, long row, long dxAt, long dresidual, int n) {
    // Six accesses an element: without their bounds checks the processor looks further ahead, which
    // is a fifth of the time where three tensors come from memory (16x64x112x112).
    long dy = dyAt & Mem.ADDRESS_BITS;
    long x = xAt & Mem.ADDRESS_BITS;
    long table = tableAt & Mem.ADDRESS_BITS;
    long dx = dxAt & Mem.ADDRESS_BITS;
    boolean relu = relu();
    boolean added = residual();
    IntVector bits = IntVector.zero(I);
    if (relu) {
      bits = IntVector.fromMemorySegment(I, Mem.ALL, signs, Mem.ORDER);
    }
    for (int i = 0; i < n; i++) {
      long at = (long) i * BYTES;
      FloatVector g = FloatVector.fromMemorySegment(F, Mem.ALL, dy + at, Mem.ORDER);
      if (relu) {
        g =
            g.reinterpretAsInts()
                .and(bits.lanewise(VectorOperators.ASHR, 31))
                .reinterpretAsFloats();
        bits = bits.add(bits);
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
