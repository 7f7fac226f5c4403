package dev.lanewise.kernel.product;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;

/**
 * A large matrix product on the whole team, blocked so that a part of C stays in the second cache
 * level until it is finished.
 *
 * <p>C is cut into parts of about 500 by 450 elements. The steps pass by a part in slices, of 192
 * with a first cache level of 48 KB: in one slice every panel of B (32 columns, 24 KB) stays there
 * while the panels of A, some 400 KB, come out of the second; the sums of the part, 0.9 MB, stand
 * block after block as the kernel writes them, in a second level of 2 MB, too, and are brought to
 * their rows in the end. If they were added to C in each slice, as in the loops of Goto and van de
 * Geijn, the third level would have to read and write them for every slice: at 28 GB/s a core that
 * is a fifth of the time, and rows some kilobytes apart share the same few sets of the caches.
 *
 * <p>Each part packs what it reads on its own core, slice by slice: the kernels then find it in the
 * second cache level. Read out of a far third, packed by the team before, it makes them a tenth
 * slower, for they wait for lines that nobody fetches ahead. Only an operand that many parts read
 * is packed once, if it is small, or if the third level is near; there B mostly stays where it
 * lies.
 */
public final class LargeGemm {
  /**
   * Steps of a slice: 192 for a first cache level of 48 KB, of which a panel of B, one of A and a
   * block of sums then take 36; with 256 steps they fill it, and kernels lose 4%. With 32 KB, 128.
   */
  private static final int STEPS = Lanes.roundUp(Caches.L1 >> 8);

  /**
   * Steps of a slice where C is narrow: operands are then packed in longer pieces of their rows.
   */
  private static final int MORE_STEPS = 576;

  private static final int NARROW_C = 192;

  /**
   * Steps of a slice where the third level is near and C is larger than the second levels of two
   * cores. The sums of a part then come from beyond the second level, which costs a kernel an
   * eighth with 128 steps and a twentieth with 512, while panels too long for the first cost
   * nothing.
   */
  private static final int LONG_STEPS = 512;

  /**
   * The sums of a part of C and a slice of both its operands together, in a second cache level of 2
   * MB. Operands from beyond it take a tenth of the time, so parts are as large as can be. Of 1 MB
   * sums may well pass the end: each block of them is read and written once a slice, while smaller
   * parts would pack the operands more often.
   */
  private static final long CACHE_BYTES = 1700L << 10;

  /** Both slices alone: they are to be in the second level, where they are read again and again. */
  private static final long SLICE_BYTES = Caches.L2 * 1700L / 2048;

  /** Rows of a part of C. */
  private static final int FEWEST_ROWS = 128;

  private static final int MOST_ROWS = 700;

  /** How many more parts than needed are tried across. */
  private static final int MORE_PARTS = 3;

  /** So many parts a thread are balanced well enough. */
  private static final int MANY_PARTS = 16;

  /** What it costs to bring a part its operands: so many rows, or columns, of multiply-adds. */
  private static final double OPERAND_COST = 40;

  /** An operand read by no more parts than this is packed by each of them. */
  private static final int FEW_READERS = 2;

  /**
   * So is one that is larger, unless the third level is near: then kernels hardly wait for it, and
   * to pack the sides of a cube of 2048 anew for each part would take a ninth of the time.
   */
  private static final long SHARED_BYTES = (Caches.NEAR_THIRD_LEVEL ? 64L : 4L) << 20;

  /** Below this size in one direction the packing does not pay. */
  private static final int NARROW = 96;

  private static final long LEAST_MULTIPLY_ADDS = 1L << 24;

  private static final int PANEL = JavaBlas.VECTORS * L;

  private final ProductSide a;
  private final ProductSide b;
  private final int k;
  private final int slices;
  private final int depth;
  private final boolean add;
  private final long c;
  private final int ldc;

  private LargeGemm(ProductSide a, ProductSide b, int k, boolean add, long c, int ldc) {
    this.a = a;
    this.b = b;
    this.k = k;
    this.add = add;
    this.c = c;
    this.ldc = ldc;
    int pieces = Math.ceilDiv(k, mostSteps(a.length, b.length));
    depth = Lanes.roundUp(Math.ceilDiv(k, pieces));
    slices = Math.ceilDiv(k, depth);
    b.inPlace = inPlace();
    cut();
    a.sliceBytes = sliceBytes(a);
    b.sliceBytes = sliceBytes(b);
  }

  private static int mostSteps(int m, int n) {
    if (Math.min(m, n) < NARROW_C) {
      return MORE_STEPS;
    }
    boolean beyond = (long) m * n * Float.BYTES > 2L * Caches.L2;
    return Caches.NEAR_THIRD_LEVEL && beyond ? LONG_STEPS : STEPS;
  }

  /**
   * Whether kernels read B where it lies: a panel comes to the second level with the first block of
   * rows, behind whose multiply-adds that hides where the third is near and vectors are whole
   * lines. Rows a power of two apart share a few sets of it; then a panel has to be read by few
   * blocks, or else to fit into those.
   */
  private boolean inPlace() {
    boolean wholeLines = L == 16 && b.length % b.lastWidth == 0 && b.stride % BYTES == 0;
    boolean keeps = depth * Long.lowestOneBit(b.stride) <= Caches.L2 * 2L / 3;
    boolean hides = Caches.NEAR_THIRD_LEVEL && (keeps || a.length < NARROW_C);
    return !b.stepsAdjacent && wholeLines && hides;
  }

  private long sliceBytes(ProductSide side) {
    return align(
        (long) side.mostPanels() * side.width * ProductSide.pitch(depth) * Float.BYTES
            + PanelPacking.SLACK_BYTES);
  }

  /** Whether a product of [m, k] by [k, n] is large enough for this. */
  static boolean suits(int m, int n, int k) {
    return Math.min(m, Math.min(n, k)) >= NARROW
        && (long) m * n * k >= LEAST_MULTIPLY_ADDS
        && BlasRule.choose(m, n, k) instanceof JavaBlas;
  }

  /**
   * C = A B, or C + A B, with A of [m, k] or, transposed, [k, m], and B of [k, n] or, transposed,
   * [n, k].
   *
   * @param lda elements from row to row of A as it stands in memory; ldb and ldc likewise
   */
  public static void multiply(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      long a,
      int lda,
      long b,
      int ldb,
      boolean add,
      long c,
      int ldc) {
    int rows = JavaBlas.blockRows(m);
    int lastWidth = JavaBlas.FEWEST_VECTORS * L;
    ProductSide left = new ProductSide(a, lda, !transA, m, rows, rows);
    ProductSide right = new ProductSide(b, ldb, transB, n, PANEL, lastWidth);
    new LargeGemm(left, right, k, add, c, ldc).run();
  }

  /**
   * Chooses the parts of C: such that one fits into the cache with its operands, that the threads
   * have equally much to do, and that operands are brought to few parts. No sum is divided between
   * parts, so the result does not depend on them.
   */
  private void cut() {
    int threads = Team.global().threads();
    int bestDown = a.panels;
    int bestAcross = b.panels;
    double least = Double.MAX_VALUE;
    int mostDown = Math.ceilDiv(a.length, FEWEST_ROWS);
    for (int down = Math.ceilDiv(a.length, MOST_ROWS); down <= mostDown; down++) {
      a.parts = Math.min(down, a.panels);
      long rows = (long) a.mostPanels() * a.width;
      long columns =
          Math.min(
              (CACHE_BYTES / Float.BYTES - depth * rows) / (rows + depth),
              SLICE_BYTES / Float.BYTES / depth - rows);
      int fewest = Math.ceilDiv(b.panels, (int) Math.max(1, columns / PANEL));
      for (int across = fewest; across <= fewest + MORE_PARTS; across++) {
        b.parts = Math.min(across, b.panels);
        double operands = (double) a.parts / a.length + (double) b.parts / b.length;
        double cost = busiest(threads) * (1 + OPERAND_COST * operands);
        if (cost < least) {
          least = cost;
          bestDown = a.parts;
          bestAcross = b.parts;
        }
      }
    }
    a.parts = bestDown;
    b.parts = bestAcross;
  }

  /** The blocks of the thread that has most to do, if each has an equal share of the parts. */
  private double busiest(int threads) {
    int parts = a.parts * b.parts;
    if (parts > MANY_PARTS * threads) {
      return (double) a.panels * b.panels / threads; // who has finished takes from the others
    }
    long most = 0;
    for (int thread = 0; thread < threads; thread++) {
      long blocks = 0;
      int end = Chunks.first(thread + 1, threads, parts);
      for (int part = Chunks.first(thread, threads, parts); part < end; part++) {
        blocks += (long) a.panelsOf(part / b.parts) * b.panelsOf(part % b.parts);
      }
      most = Math.max(most, blocks);
    }
    return most;
  }

  private void run() {
    int sharedA = shared(a, b.parts) ? a.parts * slices : 0;
    int sharedB = shared(b, a.parts) ? b.parts * slices : 0;
    if (sharedA + sharedB == 0) {
      Team.global().run(a.parts * b.parts, this::part);
      return;
    }
    long bytes = sharedA * a.sliceBytes + sharedB * b.sliceBytes;
    Block memory = Pool.global().allocate(bytes, "matrix product");
    try {
      a.shared = sharedA > 0 ? memory.address() : 0;
      b.shared = sharedB > 0 ? memory.address() + sharedA * a.sliceBytes : 0;
      Team.global()
          .run(
              sharedA + sharedB,
              chunk -> {
                ProductSide side = chunk < sharedA ? a : b;
                int slice = chunk < sharedA ? chunk : chunk - sharedA;
                long buffer = Scratch.address(PanelPacking.BUFFER_BYTES);
                long target = side.shared + slice * side.sliceBytes;
                pack(side, slice / slices, slice % slices, target, buffer);
              });
      Team.global().run(a.parts * b.parts, this::part);
    } finally {
      memory.free();
    }
  }

  private boolean shared(ProductSide side, int readers) {
    return !side.inPlace
        && readers > FEW_READERS
        && (long) side.length * k * Float.BYTES <= SHARED_BYTES;
  }

  private void pack(ProductSide side, int part, int slice, long target, long buffer) {
    int step = slice * depth;
    side.pack(part, step, Math.min(depth, k - step), target, buffer);
  }

  /** One part of C, all slices of it. */
  private void part(int chunk) {
    int i = chunk / b.parts;
    int j = chunk % b.parts;
    long sumBytes = align(JavaBlas.TILE_BYTES * a.mostPanels() * b.mostPanels());
    long sums = Scratch.address(sumBytes + a.sliceBytes + b.sliceBytes + PanelPacking.BUFFER_BYTES);
    long ownA = sums + sumBytes;
    long ownB = ownA + a.sliceBytes;
    long buffer = ownB + b.sliceBytes;
    for (int slice = 0; slice < slices; slice++) {
      long packedA = packed(a, i, slice, ownA, buffer);
      long packedB = packed(b, j, slice, ownB, buffer);
      slice(slice, i, packedA, j, packedB, sums);
    }
  }

  /** Where a slice is: among what is shared, or now in the memory of this thread. */
  private long packed(ProductSide side, int part, int slice, long own, long buffer) {
    if (side.inPlace) {
      return side.source(part, slice * depth);
    }
    if (side.shared != 0) {
      return side.shared + ((long) part * slices + slice) * side.sliceBytes;
    }
    pack(side, part, slice, own, buffer);
    return own;
  }

  /** One slice of one part of C: into the sums, and from there to C if it is the last one. */
  private void slice(int slice, int i, long packedA, int j, long packedB, long sums) {
    int steps = Math.min(depth, k - slice * depth);
    long pitch = (long) ProductSide.pitch(steps) * Float.BYTES;
    boolean last = slice == slices - 1;
    int rows = a.width;
    long aStep = (long) rows * Float.BYTES;
    long cRow = (long) ldc * Float.BYTES;
    int firstRow = a.firstPanel(i) * rows;
    int endRow = Math.min(a.length, a.firstPanel(i + 1) * rows);
    int firstColumn = b.firstPanel(j) * PANEL;
    int endColumn = Math.min(b.length, b.firstPanel(j + 1) * PANEL);
    long tile = sums;
    for (int column = firstColumn; column < endColumn; column += PANEL) {
      int wide = Math.min(PANEL, endColumn - column);
      int vectors = Math.max((wide + L - 1) / L, JavaBlas.FEWEST_VECTORS);
      long cStep = (long) vectors * BYTES;
      long bStep = b.inPlace ? b.stride : cStep;
      long bPanel = packedB + (column - firstColumn) * (b.inPlace ? Float.BYTES : pitch);
      BlockKernel intoSums = JavaBlas.kernel(rows, vectors, slice > 0 ? 1 : 0);
      BlockKernel intoC = JavaBlas.kernel(rows, vectors, add ? 1 : 0);
      for (int row = firstRow; row < endRow; row += rows) {
        int high = Math.min(rows, endRow - row);
        long aPanel = packedA + (row - firstRow) * pitch;
        long target = c + ((long) row * ldc + column) * Float.BYTES;
        boolean whole = high == rows && wide == vectors * L;
        if (whole && slices == 1) {
          intoC.run(
              aPanel, aStep, bPanel, bStep, BYTES, steps, 1, 0, 0, 1, 0, 0, target, cRow, BYTES, 0);
          continue;
        }
        intoSums.run(
            aPanel, aStep, bPanel, bStep, BYTES, steps, 1, 0, 0, 1, 0, 0, tile, cStep, BYTES, 0);
        if (last && whole && vectors == 2) {
          JavaBlas.writeWhole(tile, target, cRow, rows, add);
        } else if (last) {
          JavaBlas.writePart(tile, cStep, target, cRow, high, wide, add);
        }
        tile += JavaBlas.TILE_BYTES;
      }
    }
  }

  /** Slices begin where pages do: then the ends of one thread's are not in the lines of another. */
  private static long align(long bytes) {
    return (bytes + 4095) / 4096 * 4096;
  }
}
