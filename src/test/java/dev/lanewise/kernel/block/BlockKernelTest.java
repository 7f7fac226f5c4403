package dev.lanewise.kernel.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.HeapMeter;
import dev.lanewise.kernel.vector.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Generated, hand-written and scalar block kernels give the same bits. */
public class BlockKernelTest {
  private static final int MOST_ROWS = 14;
  private static final int MOST_VECTORS = 6;

  private static void assertSameBits(BlockSpec spec, BlockKernel kernel, Random random) {
    ScalarBlockKernel twin = new ScalarBlockKernel(spec);
    int[][] sums = {{0, 1, 1}, {1, 1, 1}, {2, 3, 2}, {5, 2, 3}, {9, 1, 1}, {1, 3, 3}, {3, 0, 2}};
    for (int[] sum : sums) {
      BlockCall call = BlockCall.packed(spec, sum[0], sum[1], sum[2], random);
      try (BlockCall.Buffers buffers = new BlockCall.Buffers(spec, call, random)) {
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
      assertSameBits(spec, BlockKernelGenerator.define(spec, 0), random);
    }
  }

  @Test
  void everyEpilogueIsRight() throws ReflectiveOperationException {
    Random random = new Random(2);
    for (Epilogue epilogue : Epilogue.values()) {
      BlockSpec spec = BlockSpec.packed(3, 2, epilogue);
      assertSameBits(spec, BlockKernelGenerator.define(spec, 0), random);
    }
  }

  @Test
  void theRowsOfAMayBeFarApart() throws ReflectiveOperationException {
    Random random = new Random(3);
    for (int rows : new int[] {1, 5, 14}) {
      BlockSpec spec = BlockSpec.strided(rows, 2, 4 * 67, Epilogue.STORE);
      assertSameBits(spec, BlockKernelGenerator.define(spec, 0), random);
    }
  }

  @Test
  void aKernelThatFetchesGivesTheSameBitsAndWritesNothingElse()
      throws ReflectiveOperationException {
    Random random = new Random(13);
    for (int form = 0; form < 4; form++) {
      Epilogue epilogue = form % 2 == 0 ? Epilogue.STORE : Epilogue.ACCUMULATE;
      BlockSpec.Fetch fetch = form < 2 ? BlockSpec.Fetch.LINES : BlockSpec.Fetch.ROWS;
      BlockSpec spec = BlockSpec.packed(5, 2, epilogue).fetching(fetch);
      assertEquals(Lanes.BYTES >= BlockSpec.CACHE_LINE, spec.fetches());
      BlockKernel kernel = BlockKernelGenerator.define(spec, 0);
      assertSameBits(spec, kernel, random);
      BlockCall call = BlockCall.packed(spec, 7, 2, 3, random);
      try (BlockCall.Buffers buffers = new BlockCall.Buffers(spec, call, random)) {
        byte[] before = buffers.bias.toArray(ValueLayout.JAVA_BYTE);
        buffers.run(kernel, call);
        assertArrayEquals(before, buffers.bias.toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }

  @Test
  void onlyABlockWithoutBiasFetches() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new BlockSpec(
                    2, 2, 4, 0, Epilogue.BIAS, BlockSpec.Form.BROADCAST, BlockSpec.Fetch.LINES));
    assertEquals(
        "A kernel of the form BROADCAST with epilogue BIAS does not fetch.", refused.getMessage());
  }

  @Test
  void lanesAreReducedInTheOrderOfTheScalarTwin() throws ReflectiveOperationException {
    Random random = new Random(4);
    for (int rows = 1; rows <= 6; rows++) {
      for (int columns = 1; columns <= 5; columns++) {
        Epilogue epilogue = (rows + columns) % 2 == 0 ? Epilogue.STORE : Epilogue.ACCUMULATE;
        BlockSpec spec = BlockSpec.lanesReduced(rows, columns, epilogue);
        assertSameBits(spec, BlockKernelGenerator.define(spec, 0), random);
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
        assertSameBits(spec, BlockKernelGenerator.define(spec, 0), random);
      }
    }
  }

  private static List<BlockSpec> points() {
    List<BlockSpec> specs = new ArrayList<>();
    for (BlockSpec.Form form :
        List.of(BlockSpec.Form.POINTS, BlockSpec.Form.POINTS_KEPT, BlockSpec.Form.POINTS_OF_SUM)) {
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
      assertSameBits(spec, BlockKernelGenerator.define(spec, 0), random);
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
      assertSameBits(spec, BlockKernelGenerator.define(spec, 0), random);
    }
  }

  @Test
  void theHandWrittenKernelGivesTheBitsOfTheGeneratedOne() throws ReflectiveOperationException {
    Random random = new Random(5);
    for (Epilogue epilogue : Epilogue.values()) {
      BlockSpec spec = BlockSpec.packed(HandWrittenBlockKernel.ROWS, 2, epilogue);
      assertTrue(HandWrittenBlockKernel.fits(spec));
      assertSameBits(spec, HandWrittenBlockKernel.of(spec), random);
      BlockCall call = BlockCall.packed(spec, 7, 2, 2, random);
      try (BlockCall.Buffers buffers = new BlockCall.Buffers(spec, call, random)) {
        assertArrayEquals(
            buffers.run(BlockKernelGenerator.define(spec, 0), call),
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
            BlockSpec.packed(13, 2, Epilogue.STORE).fetching(),
            BlockSpec.packed(13, 2, Epilogue.STORE).fetching(BlockSpec.Fetch.ROWS),
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
      BlockCall call = BlockCall.packed(spec, 6, 2, 2, random);
      try (BlockCall.Buffers buffers = new BlockCall.Buffers(spec, call, random)) {
        MemorySegment c = MemorySegment.ofArray(buffers.output);
        Arena arena = buffers.arena;
        long address = arena.allocate(c.byteSize(), 64).address();
        // The compiler may still be at work on a kernel that is hot already.
        long bytes = allocated(() -> buffers.run(kernel, call, address)) / 1000;
        for (int round = 0; bytes > 0 && round < 200; round++) {
          bytes = allocated(() -> buffers.run(kernel, call, address)) / 1000;
        }
        assertEquals(0, bytes, "" + spec);
      }
    }
  }

  /** The fewest bytes that a thousand calls took from the heap, over several thousands. */
  public static long allocated(Runnable body) {
    long fewest = Long.MAX_VALUE;
    for (int round = 0; round < 40 && fewest > 1000; round++) {
      long before = HeapMeter.bytes();
      for (int i = 0; i < 1000; i++) {
        body.run();
      }
      fewest = Math.min(fewest, HeapMeter.bytes() - before);
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
    BlockCall call = BlockCall.packed(spec, 200, 10, 10, random);
    try (BlockCall.Buffers buffers = new BlockCall.Buffers(spec, call, random)) {
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
            (asked, attempt) -> {
              assertEquals(defined.size(), attempt);
              defined.add(defined.isEmpty() ? new Interpreted(asked) : compiled);
              return defined.getLast();
            });
    assertInstanceOf(Interpreted.class, defined.getFirst());
    assertEquals(2, defined.size());
    assertSame(compiled, kernel);
  }

  /** Compiled, but some times slower than its multiply-adds. */
  @Test
  void aKernelThatIsCompiledToSlowCodeIsDefinedAnew() {
    BlockSpec spec = BlockSpec.packed(4, 2, Epilogue.STORE);
    long nanosOfStep = 20;
    BlockKernel slow =
        (a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, c, cRow, cVec, bias) -> {
          long start = System.nanoTime();
          while (System.nanoTime() - start < nanosOfStep * depth * n1 * n2) {
            Thread.onSpinWait();
          }
        };
    BlockKernel fast =
        (a, aDepth, b, bDepth, bVec, depth, n1, a1, b1, n2, a2, b2, c, cRow, cVec, bias) -> {};
    assertSame(fast, BlockKernels.compiled(spec, (_, attempt) -> attempt < 2 ? slow : fast));
    assertSame(slow, BlockKernels.compiled(spec, (_, _) -> slow));
  }

  /** What is computed besides, so that the compiler comes to its limits elsewhere, is no matter. */
  @Test
  void shiftedKernelsGiveTheSameBits() throws ReflectiveOperationException {
    BlockSpec tile = BlockSpec.packed(3, 2, Epilogue.BIAS);
    for (int shift = 1; shift < 5; shift++) {
      assertSameBits(tile, BlockKernelGenerator.define(tile, shift), new Random(shift));
    }
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
