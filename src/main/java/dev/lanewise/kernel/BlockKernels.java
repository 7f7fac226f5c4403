package dev.lanewise.kernel;

import dev.lanewise.kernel.scalar.ScalarBlockKernel;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The block kernels in use: each is defined, and compiled, when it is first asked for.
 *
 * <p>Vector code in the interpreter is a thousand times slower than compiled. A new kernel is
 * therefore called on a few hundred bytes of scratch memory until it is compiled, which takes about
 * a tenth of a second, before anybody gets it. A model that knows early what it will run says so
 * with {@link #prepare}, and the kernels are compiled while the data load.
 */
public final class BlockKernels {
  /** Where no class can be defined, or with this setting, the hand-written kernels serve. */
  public static final String SETTING = "lanewise.kernels.generate";

  private static final boolean GENERATE =
      Boolean.parseBoolean(System.getProperty(SETTING, "true"));

  private static final ConcurrentHashMap<BlockSpec, BlockKernel> KERNELS =
      new ConcurrentHashMap<>();

  /**
   * Calls within which the compiler has either finished a kernel or never will. It never will when
   * it was so busy that its first tier compiled the kernel without profiling, and then finds the
   * kernel too large to compile with profiling. The same kernel as a new class gets a new chance.
   */
  private static final int CALLS = 40_000;

  private static final int ATTEMPTS = 4;
  private static final long GIVE_UP_NANOS = 3_000_000_000L;

  /** A compiled kernel takes 10 to 40 ns a step, one in the interpreter 3000. */
  private static final int HOT_NANOS_PER_STEP = 300;

  private static final int WARM_UP_DEPTH = 2;
  private static final int WARM_UP_BLOCKS = 2;
  private static final int CALLS_PER_TIMING = 32;

  private BlockKernels() {}

  /** Rows and vectors of a block. */
  public record Tile(int rows, int vectors) {}

  /** The block for large products: the most accumulators that leave registers for A and B. */
  public static Tile largeTile() {
    return Lanes.REGISTERS >= 32 ? new Tile(14, 2) : new Tile(6, 2);
  }

  /** Blocks that reach the peak on this register file, the best first: see docs/adr/0002. */
  public static List<Tile> goodTiles() {
    return Lanes.REGISTERS >= 32
        ? List.of(
            new Tile(14, 2), new Tile(6, 4), new Tile(9, 3), new Tile(13, 2), new Tile(5, 5),
            new Tile(12, 2), new Tile(5, 4), new Tile(10, 2), new Tile(7, 3))
        : List.of(new Tile(6, 2), new Tile(5, 2), new Tile(4, 3), new Tile(4, 2));
  }

  /**
   * The kernel for a spec, compiled. The first call for a spec takes about a tenth of a second,
   * later ones nothing; keep the result where a call counts.
   */
  public static BlockKernel get(BlockSpec spec) {
    BlockKernel kernel = KERNELS.get(spec);
    return kernel != null ? kernel : KERNELS.computeIfAbsent(spec, BlockKernels::create);
  }

  /** Has these kernels compiled in the background, in this order. */
  public static void prepare(Collection<BlockSpec> specs) {
    List<BlockSpec> missing = specs.stream().filter(spec -> !KERNELS.containsKey(spec)).toList();
    if (!missing.isEmpty()) {
      Thread.ofPlatform()
          .daemon()
          .name("lanewise-kernels")
          .start(() -> missing.forEach(BlockKernels::get));
    }
  }

  private static BlockKernel create(BlockSpec spec) {
    if (!GENERATE) {
      return withoutGenerator(spec);
    }
    try {
      BlockKernel kernel = BlockKernelGenerator.define(spec);
      for (int attempt = 1; !warmUp(spec, kernel) && attempt < ATTEMPTS; attempt++) {
        kernel = BlockKernelGenerator.define(spec);
      }
      return kernel;
    } catch (ReflectiveOperationException | RuntimeException | LinkageError refused) {
      return withoutGenerator(spec);
    }
  }

  /** The hand-written kernel where it fits, else the scalar twin: slow, but right. */
  static BlockKernel withoutGenerator(BlockSpec spec) {
    if (HandWrittenBlockKernel.fits(spec)) {
      BlockKernel kernel = HandWrittenBlockKernel.of(spec);
      warmUp(spec, kernel);
      return kernel;
    }
    return new ScalarBlockKernel(spec);
  }

  /**
   * Calls a kernel until it is compiled; false if that does not come. Every loop runs more than
   * once, for the compiler leaves out what it has never seen happen.
   */
  private static boolean warmUp(BlockSpec spec, BlockKernel kernel) {
    int steps = WARM_UP_DEPTH * WARM_UP_BLOCKS * WARM_UP_BLOCKS;
    long aStep = spec.lanesReduced() ? Lanes.BYTES : Float.BYTES;
    long bytesA = (spec.rows() - 1) * spec.aRow() + steps * aStep;
    long bytesB = (long) (steps + spec.vectors()) * Lanes.BYTES;
    long bytesC = (long) spec.rows() * spec.vectors() * Lanes.BYTES;
    try (Arena arena = Arena.ofConfined()) {
      long a = arena.allocate(bytesA, 64).address();
      long b = arena.allocate(bytesB, 64).address();
      long c = arena.allocate(bytesC, 64).address();
      long bias = arena.allocate(bytesC, 64).address();
      long start = System.nanoTime();
      for (int calls = 0; calls < CALLS; calls += CALLS_PER_TIMING) {
        long before = System.nanoTime();
        for (int i = 0; i < CALLS_PER_TIMING; i++) {
          kernel.run(
              a, aStep, b, Lanes.BYTES, Lanes.BYTES, WARM_UP_DEPTH, //
              WARM_UP_BLOCKS, WARM_UP_DEPTH * aStep, WARM_UP_DEPTH * (long) Lanes.BYTES, //
              WARM_UP_BLOCKS, WARM_UP_DEPTH * 2 * aStep, WARM_UP_DEPTH * 2L * Lanes.BYTES, //
              c, (long) spec.vectors() * Lanes.BYTES, Lanes.BYTES, bias);
        }
        long now = System.nanoTime();
        if (now - before < (long) CALLS_PER_TIMING * steps * HOT_NANOS_PER_STEP) {
          return true;
        }
        if (now - start > GIVE_UP_NANOS) {
          return false;
        }
      }
    }
    return false;
  }
}
