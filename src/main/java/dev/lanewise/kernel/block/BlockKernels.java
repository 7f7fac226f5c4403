package dev.lanewise.kernel.block;

import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.template.FirstCalls;
import dev.lanewise.kernel.template.VectorCode;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import java.lang.foreign.Arena;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The block kernels in use: each is defined, and compiled, when it has much to do.
 *
 * <p>Vector code in the interpreter is a thousand times slower than compiled, and to compile a
 * kernel takes about a tenth of a second. Until then {@link InterimBlockKernel} does its work. When
 * that has taken as long as a compilation would, a thread in the background defines the kernel and
 * calls it on a few hundred bytes of scratch memory until it is compiled; then it takes over.
 */
public final class BlockKernels {
  /** Where no class can be defined, or with this setting, the hand-written kernels serve. */
  public static final String SETTING = "lanewise.kernels.generate";

  private static final boolean GENERATE =
      Boolean.parseBoolean(System.getProperty(SETTING, "true")) && canDefine();

  private static final ConcurrentHashMap<BlockSpec, BlockKernel> KERNELS =
      new ConcurrentHashMap<>();

  /** One thread, for one kernel after the other; it ends when there is nothing to do. */
  private static final ExecutorService COMPILATIONS =
      new ThreadPoolExecutor(
          0,
          1,
          1,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> Thread.ofPlatform().daemon().name("lanewise-kernels").unstarted(task));

  /**
   * A kernel that was called this often for this long is never going to be compiled. It happened
   * when the compiler was so busy that its first tier compiled the kernel without profiling, and
   * then found it too large to compile with profiling; by now that tier leaves kernels alone
   * ({@link VectorCode#kernelForSecondTier}). Should there be another reason, the same kernel as a
   * new class gets a new chance, and twice the time.
   */
  private static final int CALLS = 3_000;

  private static final long FIRST_PATIENCE_NANOS = 150_000_000L;
  private static final int ATTEMPTS = 5;

  /** Where nothing is compiled, or the machine is very busy, the kernel has to do as it is. */
  private static final long GIVE_UP_NANOS = 3_000_000_000L;

  /**
   * Cycles of a step for each multiply-add of a vector, above which code is slow: well compiled it
   * takes 0.5 to 1.4, with sums that are spilled around a call at least 5 ({@link
   * VectorCode#kernelForSecondTier}).
   */
  private static final double MOST_CYCLES = 2;

  /** Cycles of a step of few multiply-adds, which wait for each other. */
  private static final int CYCLES_OF_STEP = 4;

  /** Blocks of {@link #WARM_UP_DEPTH} steps whose time is taken: some microseconds. */
  private static final int LONG_BLOCKS = 33;

  /** Calls of which the fastest counts: others are interrupted. */
  private static final int TIMED_CALLS = 8;

  // A compiled kernel takes a small part of this, one in the interpreter at least ten times as
  // much.
  private static final int HOT_NANOS_PER_CALL = 100;
  private static final int HOT_NANOS_PER_ACCUMULATOR = 20;
  private static final int HOT_NANOS_PER_MULTIPLY_ADD = 3;

  /**
   * Steps of the innermost sum while warming up. The compiler lays the kernel out for what it sees:
   * with 2 steps it takes the end of the sum for as likely as its middle, and the large product ran
   * at a third of its speed.
   */
  private static final int WARM_UP_DEPTH = 16;

  private static final int WARM_UP_BLOCKS = 2;

  /**
   * The compiler is asked after 600 calls with 15,000 turns of loops. Until vector code is compiled
   * a sum takes half a millisecond, so there are so many calls without steps for each one, which
   * turn in an empty loop instead.
   */
  private static final int EMPTY_CALLS = 5;

  /**
   * When it must have been asked, it is given the processor, and sums only show when it is done.
   * Its queue is long then, and it takes next what has the largest product of calls, turns, and
   * both in the last milliseconds. So the other calls turn often meanwhile, for some ten
   * microseconds each: the kernel, which the interim one does without at an eighth of the speed,
   * comes before what merely runs beside it.
   */
  private static final int CALLS_UNTIL_ASKED = 1200;

  private static final int EMPTY_CALLS_WHILE_WAITING = 4;
  private static final int TURNS_WHILE_WAITING = 4096;
  private static final long PAUSE_NANOS = 2_000_000L;

  private static final int TURNS = WARM_UP_DEPTH * WARM_UP_BLOCKS;

  /** Turns that each call of a kernel makes besides; other threads' kernels may make some, too. */
  static int turns;

  /** {@link Mem#ADDRESS_BITS}, but no constant; see {@link BlockLoop}. */
  static long addressBits = Mem.ADDRESS_BITS;

  private BlockKernels() {}

  /** Makes a kernel of a class of its own. */
  @FunctionalInterface
  interface Definition {
    BlockKernel define(BlockSpec spec, int attempt) throws ReflectiveOperationException;
  }

  /** Rows and vectors of a block. */
  public record Tile(int rows, int vectors) {}

  /** Whether any block can be had; otherwise only the hand-written one is fast. */
  public static boolean anyBlock() {
    return GENERATE;
  }

  /** The block for large products: the most accumulators that leave registers for A and B. */
  public static Tile largeTile() {
    if (!GENERATE) {
      return new Tile(HandWrittenBlockKernel.ROWS, HandWrittenBlockKernel.VECTORS);
    }
    return Lanes.REGISTERS >= 32 ? new Tile(14, 2) : new Tile(6, 2);
  }

  /**
   * A kernel for a spec: its own, or, until that is compiled, an {@link InterimBlockKernel}. Who
   * asks again for the next operation will then get the better one.
   */
  public static BlockKernel get(BlockSpec spec) {
    BlockKernel kernel = KERNELS.get(spec);
    if (kernel != null) {
      return kernel;
    }
    return FirstCalls.INTERIM || !canCompile(spec)
        ? interim(spec)
        : KERNELS.computeIfAbsent(spec, BlockKernels::compiled);
  }

  public static BlockKernel interim(BlockSpec spec) {
    InterimBlockKernel.await(spec);
    return KERNELS.computeIfAbsent(
        spec, missing -> new InterimBlockKernel(missing, BlockKernels::compileInBackground));
  }

  /** Compiles what serves until the first kernels are compiled. */
  public static void prepare() {
    if (FirstCalls.INTERIM) {
      InterimBlockKernel.await();
    }
  }

  private static boolean canCompile(BlockSpec spec) {
    return GENERATE || HandWrittenBlockKernel.fits(spec);
  }

  private static void compileInBackground(InterimBlockKernel interim) {
    if (canCompile(interim.spec())) {
      COMPILATIONS.execute(() -> {
        Team.global().spareProcessor();
        BlockKernel kernel = compiled(interim.spec());
        Team.global().spareProcessor();
        interim.replaceBy(kernel);
        KERNELS.put(interim.spec(), kernel);
      });
    }
  }

  private static boolean canDefine() {
    try {
      BlockKernelGenerator.define(BlockSpec.packed(1, 1, Epilogue.STORE), 0);
      return true;
    } catch (VirtualMachineError fatal) {
      throw fatal;
    } catch (ReflectiveOperationException | RuntimeException | Error refused) {
      // A native image answers with an error of its own.
      return false;
    }
  }

  /** A new kernel, compiled: its own, or the hand-written one where none can be defined. */
  static BlockKernel compiled(BlockSpec spec) {
    if (!GENERATE) {
      BlockKernel kernel = HandWrittenBlockKernel.of(spec);
      warmUp(spec, kernel, GIVE_UP_NANOS);
      return kernel;
    }
    return compiled(spec, BlockKernelGenerator::define);
  }

  /**
   * Defines a kernel and warms it up, and again where the compiler has missed it or has made slow
   * code of it. If it never does better, the fastest one serves.
   */
  static BlockKernel compiled(BlockSpec spec, Definition definition) {
    try {
      BlockKernel best = definition.define(spec, 0);
      BlockKernel kernel = best;
      double least = Double.POSITIVE_INFINITY;
      long patience = FIRST_PATIENCE_NANOS;
      for (int attempt = 1; ; attempt++) {
        CycleTime.measure();
        Outcome outcome = warmUp(spec, kernel, patience);
        if (outcome == Outcome.GIVEN_UP) {
          return kernel;
        }
        if (outcome == Outcome.COMPILED) {
          double cycles = cyclesOfStep(spec, kernel);
          if (cycles < least) {
            best = kernel;
            least = cycles;
          }
          if (cycles < MOST_CYCLES * (spec.rows() * spec.vectors() + CYCLES_OF_STEP)) {
            return kernel;
          }
        } else {
          patience *= 2;
        }
        if (attempt == ATTEMPTS) {
          return best;
        }
        kernel = definition.define(spec, attempt);
      }
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("No kernel could be defined for " + spec, impossible);
    }
  }

  /** What a step of a long sum takes. */
  private static double cyclesOfStep(BlockSpec spec, BlockKernel kernel) {
    CycleTime.measure();
    try (Arena arena = Arena.ofConfined()) {
      Operands operands = Operands.of(spec, arena);
      long oneBlock = Long.MAX_VALUE;
      long allBlocks = Long.MAX_VALUE;
      for (int i = 0; i < TIMED_CALLS; i++) {
        long start = System.nanoTime();
        operands.call(kernel, WARM_UP_DEPTH, 1, 1);
        long middle = System.nanoTime();
        operands.callLong(kernel);
        oneBlock = Math.min(oneBlock, middle - start);
        allBlocks = Math.min(allBlocks, System.nanoTime() - middle);
      }
      // What stands around the sum takes as long in both.
      double nanos = allBlocks - oneBlock;
      return nanos / ((LONG_BLOCKS - 1) * WARM_UP_DEPTH) / CycleTime.nanos();
    }
  }

  private enum Outcome {
    COMPILED,
    MISSED,
    GIVEN_UP
  }

  /**
   * Calls a kernel until it is compiled, or that will not come. Every branch goes both ways, for
   * the compiler leaves out what it has never seen happen.
   */
  private static Outcome warmUp(BlockSpec spec, BlockKernel kernel, long patience) {
    int accumulators = spec.rows() * spec.vectors();
    long hotNanos =
        HOT_NANOS_PER_CALL
            + (long) accumulators
                * (HOT_NANOS_PER_ACCUMULATOR + TURNS * HOT_NANOS_PER_MULTIPLY_ADD);
    try (Arena arena = Arena.ofConfined()) {
      Operands operands = Operands.of(spec, arena);
      long start = System.nanoTime();
      int calls = 0;
      int middle = 1;
      while (true) {
        boolean asked = calls > CALLS_UNTIL_ASKED;
        int empty = asked ? EMPTY_CALLS_WHILE_WAITING : EMPTY_CALLS;
        turns = asked ? TURNS_WHILE_WAITING : TURNS;
        for (int i = 0; i < empty; i++) {
          operands.call(kernel, 0, 1, WARM_UP_BLOCKS);
        }
        turns = 0;
        long before = System.nanoTime();
        middle = WARM_UP_BLOCKS + 1 - middle;
        operands.call(kernel, WARM_UP_DEPTH, middle, WARM_UP_BLOCKS / middle);
        long now = System.nanoTime();
        calls += empty + 1;
        if (now - before < hotNanos) {
          return Outcome.COMPILED;
        }
        if (now - start > GIVE_UP_NANOS) {
          return Outcome.GIVEN_UP;
        }
        if (calls > CALLS && now - start > patience) {
          return Outcome.MISSED;
        }
        if (asked) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    }
  }

  /** Scratch memory for the warm-up of a kernel, as addresses. */
  private record Operands(BlockSpec spec, long aStep, long a, long b, long c, long bias) {
    static Operands of(BlockSpec spec, Arena arena) {
      int steps = WARM_UP_DEPTH * WARM_UP_BLOCKS;
      long aStep = spec.vectorsOfA() ? Lanes.BYTES : Float.BYTES;
      long bytesA = (spec.rows() - 1) * spec.aRow() + steps * aStep;
      int tile = spec.tiles() ? BlockSpec.TILE_POINTS : 0;
      long bytesB = spec.pixel() + (2L * steps + spec.vectors() + tile) * Lanes.BYTES;
      long bytesC = (long) spec.rows() * spec.vectors() * Lanes.BYTES;
      long bytesKept = 2L * LONG_BLOCKS * WARM_UP_DEPTH * spec.vectors() * Lanes.BYTES;
      return new Operands(
          spec,
          aStep,
          arena.allocate(bytesA, 64).address(),
          arena.allocate(bytesB, 64).address(),
          arena.allocate(bytesC, 64).address(),
          arena.allocate(bytesC + bytesKept, 64).address());
    }

    /** A sum of {@code n2 * n1} blocks. */
    void call(BlockKernel kernel, int depth, int n1, int n2) {
      call(kernel, depth, n1, WARM_UP_DEPTH * aStep, WARM_UP_DEPTH * (long) Lanes.BYTES, n2);
    }

    /** A sum of {@link #LONG_BLOCKS} blocks, which are one and the same. */
    void callLong(BlockKernel kernel) {
      call(kernel, WARM_UP_DEPTH, LONG_BLOCKS, 0, 0, 1);
    }

    private void call(BlockKernel kernel, int depth, int n1, long a1, long b1, int n2) {
      kernel.run(
          a,
          aStep,
          b,
          Lanes.BYTES,
          Lanes.BYTES,
          depth,
          n1,
          a1,
          b1,
          n2,
          0,
          0,
          c,
          (long) spec.vectors() * Lanes.BYTES,
          Lanes.BYTES,
          bias);
    }
  }
}
