package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.scalar.ScalarBlockKernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Generated, hand-written and scalar block kernels give the same bits. */
class BlockKernelTest {
  private static final int MOST_ROWS = 14;
  private static final int MOST_VECTORS = 6;
  private static final int GUARD_FLOATS = 8;

  /** One call of a kernel: all strides in floats. */
  private record Call(
      int depth, int n1, int n2, int aDepth, int bDepth, int bVec, int a1, int b1, int a2, int b2) {

    /** Blocks that do not overlap, with gaps of a few floats everywhere. */
    static Call packed(BlockSpec spec, int depth, int n1, int n2, Random random) {
      int rowFloats = (int) (spec.aRow() / Float.BYTES);
      boolean rowsAdjacent = rowFloats <= Lanes.L;
      int aDepth = spec.vectorsOfA() || rowsAdjacent ? spec.rows() * rowFloats : 1;
      int aSpan = rowsAdjacent ? aDepth * depth : rowFloats * spec.rows();
      int bVec = Lanes.L + (spec.points() ? 0 : random.nextInt(3));
      int bDepth = bVec * spec.vectors() + random.nextInt(3);
      int a1 = aSpan + random.nextInt(3);
      int b1 = bDepth * depth + random.nextInt(3);
      return new Call(
          depth, n1, n2, aDepth, bDepth, bVec, a1, b1, n1 * a1 + 1, n1 * b1 + random.nextInt(3));
    }
  }

  private static final class Buffers implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    final MemorySegment a;
    final MemorySegment b;
    final MemorySegment bias;
    final float[] output;
    final int cRow;
    final int cVec;
    final int misalignment;

    Buffers(BlockSpec spec, Call call, Random random) {
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
      // In the lanes-reduced form this is scratch memory, in those with points it is fetched.
      long lines = spec.points() ? (long) call.depth * call.n1 * call.n2 * spec.vectors() : 0;
      bias = random(((long) spec.rows() * spec.vectors() + lines) * Lanes.L, random);
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

    /** C and what surrounds it, after a call on a fresh copy of the output. */
    float[] run(BlockKernel kernel, Call call) {
      MemorySegment c = arena.allocateFrom(ValueLayout.JAVA_FLOAT, output);
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
          c.address() + 4L * GUARD_FLOATS,
          4L * cRow,
          4L * cVec,
          bias.address());
      return c.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  private static void assertSameBits(BlockSpec spec, BlockKernel kernel, Random random) {
    ScalarBlockKernel twin = new ScalarBlockKernel(spec);
    int[][] sums = {{0, 1, 1}, {1, 1, 1}, {2, 3, 2}, {5, 2, 3}, {9, 1, 1}, {1, 3, 3}, {3, 0, 2}};
    for (int[] sum : sums) {
      Call call = Call.packed(spec, sum[0], sum[1], sum[2], random);
      try (Buffers buffers = new Buffers(spec, call, random)) {
        assertArrayEquals(
            buffers.run(twin, call), buffers.run(kernel, call), () -> spec + " " + call);
      }
    }
  }

  private static List<BlockSpec> shapes() {
    List<BlockSpec> specs = new ArrayList<>();
    Epilogue[] epilogues = Epilogue.values();
    for (int rows = 1; rows <= MOST_ROWS; rows++) {
      for (int vectors = 1; vectors <= MOST_VECTORS && rows * vectors <= 28; vectors++) {
        specs.add(BlockSpec.packed(rows, vectors, epilogues[specs.size() % epilogues.length]));
      }
    }
    return specs;
  }

  @Test
  void generatedKernelsGiveTheBitsOfTheScalarTwin() throws ReflectiveOperationException {
    Random random = new Random(1);
    for (BlockSpec spec : shapes()) {
      assertSameBits(spec, BlockKernelGenerator.define(spec), random);
    }
  }

  @Test
  void everyEpilogueIsRight() throws ReflectiveOperationException {
    Random random = new Random(2);
    for (Epilogue epilogue : Epilogue.values()) {
      BlockSpec spec = BlockSpec.packed(3, 2, epilogue);
      assertSameBits(spec, BlockKernelGenerator.define(spec), random);
    }
  }

  @Test
  void theRowsOfAMayBeFarApart() throws ReflectiveOperationException {
    Random random = new Random(3);
    for (int rows : new int[] {1, 5, 14}) {
      BlockSpec spec = BlockSpec.strided(rows, 2, 4 * 67, Epilogue.STORE);
      assertSameBits(spec, BlockKernelGenerator.define(spec), random);
    }
  }

  @Test
  void lanesAreReducedInTheOrderOfTheScalarTwin() throws ReflectiveOperationException {
    Random random = new Random(4);
    for (int rows = 1; rows <= 6; rows++) {
      for (int columns = 1; columns <= 5; columns++) {
        Epilogue epilogue = (rows + columns) % 2 == 0 ? Epilogue.STORE : Epilogue.ACCUMULATE;
        BlockSpec spec = BlockSpec.lanesReduced(rows, columns, epilogue);
        assertSameBits(spec, BlockKernelGenerator.define(spec), random);
      }
    }
  }

  @Test
  void lanesHaveSumsOfTheirOwn() throws ReflectiveOperationException {
    Random random = new Random(10);
    for (int rows : new int[] {1, 2, 5, 9}) {
      for (int vectors = 1; vectors <= 3; vectors++) {
        Epilogue epilogue = (rows + vectors) % 2 == 0 ? Epilogue.STORE : Epilogue.ACCUMULATE;
        BlockSpec spec = BlockSpec.lanes(rows, vectors, epilogue);
        assertSameBits(spec, BlockKernelGenerator.define(spec), random);
      }
    }
  }

  private static List<BlockSpec> points() {
    List<BlockSpec> specs = new ArrayList<>();
    for (BlockSpec.Form form :
        List.of(
            BlockSpec.Form.POINTS,
            BlockSpec.Form.POINTS_OF_SUM,
            BlockSpec.Form.POINTS_OF_DIFFERENCE)) {
      specs.add(BlockSpec.points(1, 3, 3L * Lanes.BYTES, form, Epilogue.STORE));
      specs.add(BlockSpec.points(2, 2, 5L * Lanes.BYTES, form, Epilogue.ACCUMULATE));
      specs.add(BlockSpec.points(3, 1, Lanes.BYTES, form, Epilogue.ACCUMULATE));
      specs.add(BlockSpec.points(3, 2, 8L * Lanes.BYTES, form, Epilogue.ACCUMULATE));
    }
    return specs;
  }

  @Test
  void pointsAreMadeFromPixels() throws ReflectiveOperationException {
    Random random = new Random(11);
    for (BlockSpec spec : points()) {
      assertSameBits(spec, BlockKernelGenerator.define(spec), random);
    }
  }

  private static List<BlockSpec> tiles() {
    List<BlockSpec> specs = new ArrayList<>();
    for (int channels = 1; channels <= 4; channels++) {
      specs.add(BlockSpec.tiles(channels, Epilogue.STORE));
      specs.add(BlockSpec.tiles(channels, Epilogue.BIAS));
    }
    return specs;
  }

  @Test
  void tilesBecomeOutputsOfSomeChannels() throws ReflectiveOperationException {
    Random random = new Random(12);
    for (BlockSpec spec : tiles()) {
      assertSameBits(spec, BlockKernelGenerator.define(spec), random);
    }
  }

  @Test
  void theHandWrittenKernelGivesTheBitsOfTheGeneratedOne() throws ReflectiveOperationException {
    Random random = new Random(5);
    for (Epilogue epilogue : Epilogue.values()) {
      BlockSpec spec = BlockSpec.packed(HandWrittenBlockKernel.ROWS, 2, epilogue);
      assertTrue(HandWrittenBlockKernel.fits(spec));
      assertSameBits(spec, HandWrittenBlockKernel.of(spec), random);
      Call call = Call.packed(spec, 7, 2, 2, random);
      try (Buffers buffers = new Buffers(spec, call, random)) {
        assertArrayEquals(
            buffers.run(BlockKernelGenerator.define(spec), call),
            buffers.run(HandWrittenBlockKernel.of(spec), call));
      }
    }
  }

  @Test
  void compiledKernelsGiveTheSameBitsAndAllocateNothing() {
    Random random = new Random(6);
    BlockKernels.Tile tile = BlockKernels.largeTile();
    for (BlockSpec spec :
        List.of(
            BlockSpec.packed(tile.rows(), tile.vectors(), Epilogue.ACCUMULATE),
            BlockSpec.packed(5, 2, Epilogue.BIAS_RELU),
            BlockSpec.lanes(3, 3, Epilogue.ACCUMULATE),
            BlockSpec.points(
                3, 2, 2L * Lanes.BYTES, BlockSpec.Form.POINTS_OF_SUM, Epilogue.ACCUMULATE),
            BlockSpec.tiles(3, Epilogue.BIAS),
            BlockSpec.lanesReduced(3, 3, Epilogue.ACCUMULATE))) {
      if (!BlockKernels.anyBlock()) {
        continue; // where nothing can be generated
      }
      BlockKernel kernel = BlockKernels.compiled(spec);
      assertSameBits(spec, kernel, random);
      Call call = Call.packed(spec, 6, 2, 2, random);
      try (Buffers buffers = new Buffers(spec, call, random)) {
        MemorySegment c = MemorySegment.ofArray(buffers.output);
        Arena arena = buffers.arena;
        long address = arena.allocate(c.byteSize(), 64).address();
        // The compiler may still be at work on a kernel that is hot already.
        long bytes = allocated(() -> runOn(kernel, buffers, call, address)) / 1000;
        for (int round = 0; bytes > 0 && round < 200; round++) {
          bytes = allocated(() -> runOn(kernel, buffers, call, address)) / 1000;
        }
        assertEquals(0, bytes, "" + spec);
      }
    }
  }

  private static void runOn(BlockKernel kernel, Buffers buffers, Call call, long c) {
    kernel.run(
        buffers.a.address(),
        4L * call.aDepth,
        buffers.b.address(),
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
        4L * buffers.cRow,
        4L * buffers.cVec,
        buffers.bias.address());
  }

  /** The fewest bytes that a thousand calls took from the heap, over several thousands. */
  static long allocated(Runnable body) {
    Assumptions.assumeTrue(
        ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean,
        "this JVM does not count allocated bytes");
    var beans = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long fewest = Long.MAX_VALUE;
    for (int round = 0; round < 40 && fewest > 1000; round++) {
      long before = beans.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        body.run();
      }
      fewest = Math.min(fewest, beans.getCurrentThreadAllocatedBytes() - before);
    }
    return fewest;
  }

  @Test
  void theInterimKernelGivesTheBitsOfTheScalarTwin() {
    Random random = new Random(7);
    List<BlockSpec> specs = new ArrayList<>(shapes());
    specs.add(BlockSpec.strided(5, 2, 4 * 67, Epilogue.ACCUMULATE));
    specs.add(BlockSpec.lanes(3, 5, Epilogue.STORE));
    specs.add(BlockSpec.lanes(4, 2, Epilogue.ACCUMULATE));
    specs.add(BlockSpec.lanesReduced(3, 5, Epilogue.STORE));
    specs.add(BlockSpec.lanesReduced(4, 2, Epilogue.ACCUMULATE));
    specs.addAll(points());
    specs.addAll(tiles());
    InterimBlockKernel.await();
    for (BlockSpec spec : specs) {
      assertSameBits(spec, new InterimBlockKernel(spec, _ -> {}), random);
    }
  }

  @Test
  void aBlockWithMuchToDoIsReportedOnceAndReplaced() {
    Random random = new Random(8);
    BlockSpec spec = BlockSpec.packed(3, 2, Epilogue.STORE);
    List<InterimBlockKernel> reported = new ArrayList<>();
    InterimBlockKernel interim = new InterimBlockKernel(spec, reported::add);
    Call call = Call.packed(spec, 200, 10, 10, random);
    try (Buffers buffers = new Buffers(spec, call, random)) {
      float[] first = buffers.run(interim, call);
      assertEquals(List.of(), reported);
      for (int i = 0; i < 200; i++) {
        buffers.run(interim, call);
      }
      assertEquals(List.of(interim), reported);
      int[] calls = {0};
      ScalarBlockKernel twin = new ScalarBlockKernel(spec);
      interim.replaceBy(
          (a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, c, cRow, cVec, bias) -> {
            calls[0]++;
            twin.run(
                a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, c, cRow, cVec, bias);
          });
      assertArrayEquals(first, buffers.run(interim, call));
      assertEquals(1, calls[0]);
    }
  }

  @Test
  void aKernelThatIsNeverCompiledIsDefinedAnew() {
    BlockSpec spec = BlockSpec.packed(1, 1, Epilogue.STORE);
    BlockKernel compiled =
        (a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, c, cRow, cVec, bias) -> {};
    List<BlockKernel> defined = new ArrayList<>();
    BlockKernel kernel =
        BlockKernels.compiled(
            spec,
            asked -> {
              defined.add(defined.isEmpty() ? new Interpreted(asked) : compiled);
              return defined.getLast();
            });
    assertInstanceOf(Interpreted.class, defined.getFirst());
    assertEquals(2, defined.size());
    assertSame(compiled, kernel);
  }

  /** As slow as a kernel that stays in the interpreter. */
  private record Interpreted(BlockSpec spec) implements BlockKernel {
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
      if (depth > 0) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < 20_000) {
          Thread.onSpinWait();
        }
      }
    }
  }

  @Test
  void aKernelIsThereAtOnce() {
    BlockSpec spec = BlockSpec.packed(2, 1, Epilogue.BIAS);
    assertInstanceOf(InterimBlockKernel.class, BlockKernels.interim(spec));
    assertSame(BlockKernels.get(spec), BlockKernels.get(spec));
  }

  @Test
  void impossibleBlocksAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> BlockSpec.packed(0, 2, Epilogue.STORE));
    assertThrows(IllegalArgumentException.class, () -> BlockSpec.lanesReduced(2, 2, Epilogue.BIAS));
    assertThrows(IllegalArgumentException.class, () -> BlockSpec.tiles(2, Epilogue.ACCUMULATE));
  }

  @Test
  void theLargeTileFitsTheRegisters() {
    BlockKernels.Tile tile = BlockKernels.largeTile();
    assertTrue(tile.rows() * tile.vectors() + tile.vectors() + 1 <= Lanes.REGISTERS);
  }
}
