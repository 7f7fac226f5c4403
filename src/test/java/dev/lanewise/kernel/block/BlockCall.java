package dev.lanewise.kernel.block;

import dev.lanewise.kernel.vector.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/** One call of a block kernel: all strides in floats. */
record BlockCall(
    int depth, int n1, int n2, int aDepth, int bDepth, int bVec, int a1, int b1, int a2, int b2) {
  private static final int GUARD_FLOATS = 8;

  /** Blocks that do not overlap, with gaps of a few floats everywhere. */
  static BlockCall packed(BlockSpec spec, int depth, int n1, int n2, Random random) {
    int rowFloats = (int) (spec.aRow() / Float.BYTES);
    boolean rowsAdjacent = rowFloats <= Lanes.L;
    int aDepth = spec.vectorsOfA() || rowsAdjacent ? spec.rows() * rowFloats : 1;
    int aSpan = rowsAdjacent ? aDepth * depth : rowFloats * spec.rows();
    int bVec = Lanes.L + (spec.points() ? 0 : random.nextInt(3));
    int bDepth = bVec * spec.vectors() + random.nextInt(3);
    int a1 = aSpan + random.nextInt(3);
    int b1 = bDepth * depth + random.nextInt(3);
    return new BlockCall(
        depth, n1, n2, aDepth, bDepth, bVec, a1, b1, n1 * a1 + 1, n1 * b1 + random.nextInt(3));
  }

  /** Random operands for a call, anywhere in a cache line, and what the result is written over. */
  static final class Buffers implements AutoCloseable {
    final Arena arena = Arena.ofConfined();
    final MemorySegment a;
    final MemorySegment b;
    final MemorySegment bias;
    final float[] output;
    final int cRow;
    final int cVec;
    final int misalignment;
    final int keptFloats;

    Buffers(BlockSpec spec, BlockCall call, Random random) {
      misalignment = random.nextInt(4);
      long aFloats = (long) call.n2 * call.a2 + call.a1 + spec.rows() * spec.aRow() / 4;
      int points = spec.tiles() ? BlockSpec.TILE_POINTS : 1;
      long bFloats =
          (long) call.n2 * call.b2
              + call.b1
              + spec.pixel() / Float.BYTES
              + (long) points * spec.vectors() * call.bVec;
      a = random(aFloats, random);
      b = random(bFloats, random);
      // In the lanes-reduced form this is scratch memory, or it is fetched, or pixels are kept.
      long steps = (long) call.depth * call.n1 * call.n2;
      long kept = spec.writesPixels() ? 2 * steps * spec.vectors() : 0;
      long lines = spec.fetches() ? steps : kept;
      bias = random(((long) spec.rows() * spec.vectors() + lines) * Lanes.L, random);
      keptFloats = (int) kept * Lanes.L;
      int wide = spec.lanesReduced() ? 1 : Lanes.L;
      cVec = wide + (spec.points() ? 0 : random.nextInt(3));
      int across = spec.tiles() ? call.n2 * spec.channels() : spec.vectors();
      cRow = cVec * across + (spec.points() ? 0 : random.nextInt(3));
      output = new float[cRow * spec.rows() + 2 * GUARD_FLOATS];
      for (int i = 0; i < output.length; i++) {
        output[i] = random.nextFloat() - 0.5f;
      }
    }

    private MemorySegment random(long floats, Random random) {
      MemorySegment segment = arena.allocate((floats + 4) * 4, 64).asSlice(4L * misalignment);
      for (long i = 0; i < floats; i++) {
        segment.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, random.nextFloat() - 0.5f);
      }
      return segment;
    }

    /**
     * C and what surrounds it, after a call on a fresh copy of the output; behind it the pixels
     * that were kept. What was there before is there again.
     */
    float[] run(BlockKernel kernel, BlockCall call) {
      MemorySegment c = arena.allocateFrom(ValueLayout.JAVA_FLOAT, output);
      MemorySegment kept = bias.asSlice(0, 4L * keptFloats);
      float[] before = kept.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      run(kernel, call, c.address() + 4L * GUARD_FLOATS);
      float[] result = Arrays.copyOf(c.toArray(ValueLayout.JAVA_FLOAT), output.length + keptFloats);
      MemorySegment after = MemorySegment.ofArray(result).asSlice(4L * output.length);
      after.copyFrom(kept);
      kept.copyFrom(MemorySegment.ofArray(before));
      return result;
    }

    /** The call with its result at this address. */
    void run(BlockKernel kernel, BlockCall call, long c) {
      kernel.run(
          a.address(),
          4L * call.aDepth,
          b.address(),
          4L * call.bDepth,
          4L * call.bVec,
          call.depth,
          call.n1,
          4L * call.a1,
          4L * call.b1,
          call.n2,
          4L * call.a2,
          4L * call.b2,
          c,
          4L * cRow,
          4L * cVec,
          bias.address());
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
