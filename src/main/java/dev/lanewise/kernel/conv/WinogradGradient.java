package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.BlockKernel;
import dev.lanewise.kernel.block.BlockKernels;
import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.block.RowBlocks;
import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/**
 * Backward-weights by Winograd: dw = Gᵀ [ Σ over tiles and images (Bᵀ x B) ⊙ (A dy Aᵀ) ] G, at
 * every point a product whose sum runs over tiles and images.
 *
 * <p>The transformed input keeps its lanes over the images and is read as scalars: row c of the
 * block is one channel, a step is one image. The gradient is transposed to lanes over k, so the sum
 * needs no reduction over lanes, and is long even where an image is a single tile.
 *
 * <p>A chunk is a block of c times a block of k, small enough that its sums stay in L2 over all
 * tiles. Where such blocks are few, the tiles are cut into parts too, whose sums are added in
 * order. Tiles are transformed once for every block that needs them: a seventh of the work of the
 * product.
 */
public final class WinogradGradient {
  /** Channels of a block: at most so many vectors of k, and the same number of c. */
  private static final int K_VECTORS = 4;

  /**
   * So many vectors of k where the c of a block are few: the input is transformed once for all of
   * them, and the 96 channels of AlexNet's first layer are not two blocks of 2 + 1 vectors, the
   * last of which takes as long as two.
   */
  private static final int MOST_K_VECTORS = 6;

  private static final int FEW_CHANNELS = 48;

  /**
   * Tiles that are transformed before each product. With 4, the two transformed operands and the
   * sums have 1.8 MB, which is too much of an L2 of 2 MB.
   */
  private static final int TILES = 2;

  /** Work for some threads. */
  private static final int CHUNKS = 8;

  private final WinogradTransform size;
  private final WinogradTiles tiles;

  /** Taps in a row of the kernel. */
  private final int side;

  private final int C;
  private final int K;
  private final long x;
  private final long dy;
  private final long dw;
  private final int cBlock;
  private final int kVectors;
  private final int cBlocks;
  private final int kBlocks;
  private final int parts;
  private final int tilesPerPart;

  /** Rows and vectors of the main register block. */
  private final int rows;

  private final int vectors;

  /** [rows][vectors], found on first use: for the first tiles of a sum, and for the others. */
  private final @Nullable BlockKernel[][] storing;

  private final @Nullable BlockKernel[][] adding;

  // Bytes from point to point.
  private final long inputPoint;
  private final long gradientPoint;
  private final long sumPoint;

  public WinogradGradient(Operand x, Operand dy, Operand dw, Conv2dDims d, WinogradTransform size) {
    this.size = size;
    tiles = WinogradTiles.of(size, d);
    side = size.taps;
    C = d.C();
    K = d.K();
    this.x = Operand.address(x);
    this.dy = Operand.address(dy);
    this.dw = Operand.address(dw);
    cBlock = RowBlocks.even(C, K_VECTORS * Lanes.L).high();
    kVectors =
        RowBlocks.even(
                Math.ceilDiv(K, Lanes.L), cBlock <= FEW_CHANNELS ? MOST_K_VECTORS : K_VECTORS)
            .high();
    kBlocks = Math.ceilDiv(K, kVectors * Lanes.L);
    cBlocks = Math.ceilDiv(C, cBlock);
    int batches = Math.ceilDiv(tiles.count(), TILES);
    tilesPerPart =
        Math.ceilDiv(batches, Math.clamp(CHUNKS / (kBlocks * cBlocks), 1, batches)) * TILES;
    parts = Math.ceilDiv(tiles.count(), tilesPerPart);
    inputPoint = WinogradTransform.stride((long) TILES * cBlock * Lanes.BYTES);
    gradientPoint = WinogradTransform.stride((long) TILES * Lanes.L * kVectors * Lanes.BYTES);
    sumPoint = WinogradTransform.stride((long) cBlock * kVectors * Lanes.BYTES);
    rows = RowBlocks.even(cBlock, Lanes.REGISTERS == 32 ? 14 : 6).high();
    vectors = Math.min(2, kVectors);
    storing = new BlockKernel[rows + 1][vectors + 1];
    adding = new BlockKernel[rows + 1][vectors + 1];
  }

  public void run() {
    int blocks = kBlocks * cBlocks;
    if (parts == 1) {
      Team.global()
          .run(
              blocks,
              block -> {
                long scratch = Scratch.address(scratchBytes() + sumBytes());
                long sums = scratch + scratchBytes();
                sum(block, 0, sums, scratch);
                finish(block, 0, cBlock, sums, 1, scratch);
              });
      return;
    }
    Block memory = Pool.global().allocate(blocks * (parts * sumBytes()), "conv2d winograd sums");
    long sums = memory.address();
    Team.global()
        .run(
            blocks * parts,
            chunk -> {
              long scratch = Scratch.address(scratchBytes());
              sum(chunk / parts, chunk % parts, sums + chunk * sumBytes(), scratch);
            });
    int slices = Math.ceilDiv(cBlock, Lanes.L);
    Team.global()
        .run(
            blocks * slices,
            chunk -> {
              int block = chunk / slices;
              int c = chunk % slices * Lanes.L;
              long scratch = Scratch.address(scratchBytes());
              finish(block, c, c + Lanes.L, sums + block * (parts * sumBytes()), parts, scratch);
            });
    memory.free();
  }

  private long sumBytes() {
    return size.area * sumPoint;
  }

  /** What transforms need, the two transformed operands. */
  private long scratchBytes() {
    return transformBytes() + size.area * (inputPoint + gradientPoint);
  }

  private long transformBytes() {
    long finishing = Scratch.BYTES + (long) side * (size.points + side) * Lanes.L * Lanes.BYTES;
    return Math.max(
        finishing, Math.max(tiles.gradientScratchBytes(), Scratch.BYTES + tiles.scratchBytes()));
  }

  /** The sums of a block over the tiles of a part: [point][c][k]. */
  private void sum(int block, int part, long sums, long scratch) {
    int k = block / cBlocks * kVectors * Lanes.L;
    int c = block % cBlocks * cBlock;
    int cEnd = Math.min(C, c + cBlock);
    long inputs = scratch + transformBytes();
    long gradients = inputs + size.area * inputPoint;
    int first = part * tilesPerPart;
    int end = Math.min(tiles.count(), first + tilesPerPart);
    for (int tile = first; tile < end; tile += TILES) {
      int count = Math.min(TILES, end - tile);
      for (int t = 0; t < count; t++) {
        long input = inputs + (long) t * cBlock * Lanes.BYTES;
        tiles.input(x, tile + t, c, cEnd, input, inputPoint, scratch + Scratch.BYTES);
        long image = (long) kVectors * Lanes.BYTES;
        long gradient = gradients + t * (Lanes.L * image);
        for (int v = 0; v < kVectors && k + v * Lanes.L < K; v++) {
          long to = gradient + (long) v * Lanes.BYTES;
          tiles.outputGradient(dy, tile + t, k + v * Lanes.L, to, gradientPoint, image, scratch);
        }
      }
      int used = Math.min(kVectors, Math.ceilDiv(K - k, Lanes.L));
      for (int point = 0; point < size.area; point++) {
        multiply(
            inputs + point * inputPoint,
            gradients + point * gradientPoint,
            sums + point * sumPoint,
            count,
            cEnd - c,
            used,
            tile > first);
      }
    }
  }

  /**
   * sums[c][k] = Σ over tiles and images of input[tile][c][image] gradient[tile][image][k], added
   * to what stands there or not.
   */
  private void multiply(
      long input, long gradient, long sums, int count, int channels, int usedVectors, boolean add) {
    long image = (long) kVectors * Lanes.BYTES;
    for (int v = 0; v < usedVectors; v += vectors) {
      for (int c = 0; c < channels; c += rows) {
        kernel(Math.min(rows, channels - c), Math.min(vectors, usedVectors - v), add)
            .run(
                input + (long) c * Lanes.BYTES,
                Float.BYTES,
                gradient + (long) v * Lanes.BYTES,
                image,
                Lanes.BYTES,
                Lanes.L,
                count,
                (long) cBlock * Lanes.BYTES,
                Lanes.L * image,
                1,
                0,
                0,
                sums + c * image + (long) v * Lanes.BYTES,
                image,
                Lanes.BYTES,
                0);
      }
    }
  }

  private BlockKernel kernel(int r, int v, boolean add) {
    @Nullable BlockKernel[] some = (add ? adding : storing)[r];
    BlockKernel kernel = some[v];
    if (kernel == null) {
      Epilogue epilogue = add ? Epilogue.ACCUMULATE : Epilogue.STORE;
      kernel = BlockKernels.get(BlockSpec.strided(r, v, Lanes.BYTES, epilogue));
      some[v] = kernel;
    }
    return kernel;
  }

  /**
   * Gᵀ s G for some channels of a block, s being the sum of all parts, to the user's order.
   *
   * @param sums of the first part; the others follow
   */
  private void finish(int block, int first, int end, long sums, int count, long scratch) {
    int k = block / cBlocks * kVectors * Lanes.L;
    int c0 = block % cBlocks * cBlock;
    int last = Math.min(Math.min(end, cBlock), C - c0);
    long channel = (long) kVectors * Lanes.BYTES;
    long line = (long) Lanes.L * Lanes.BYTES;
    long half = scratch + Scratch.BYTES;
    long halfRow = size.points * line;
    long taps = half + side * halfRow;
    for (int c = first; c < last; c += Lanes.L) {
      int n = Math.min(Lanes.L, last - c);
      for (int part = 1; part < count; part++) {
        for (int point = 0; point < size.area; point++) {
          long to = sums + point * sumPoint + c * channel;
          VectorMemory.addVectors(to + part * sumBytes(), to, n * kVectors);
        }
      }
      for (int v = 0; v < kVectors && k + v * Lanes.L < K; v++) {
        long from = sums + c * channel + (long) v * Lanes.BYTES;
        for (int j = 0; j < size.points; j++) {
          size.weightGradient(
              from + j * sumPoint,
              size.points * sumPoint,
              channel,
              half + j * line,
              halfRow,
              Lanes.BYTES,
              n);
        }
        for (int r = 0; r < side; r++) {
          size.weightGradient(
              half + r * halfRow,
              line,
              Lanes.BYTES,
              taps + (long) side * r * Lanes.BYTES,
              Lanes.BYTES,
              (long) side * side * Lanes.BYTES,
              n);
        }
        scatter(taps, n * side * side, k + v * Lanes.L, c0 + c, scratch);
      }
    }
  }

  /** [c][tap][lane], the lanes being k, to [K][C][R][R]. */
  private void scatter(long taps, int columns, int k, int c, long scratch) {
    long row = (long) C * side * side * Float.BYTES;
    long to = dw + k * row + (long) c * side * side * Float.BYTES;
    int channels = Math.min(Lanes.L, K - k);
    for (int column = 0; column < columns; column += Lanes.L) {
      int some = Math.min(Lanes.L, columns - column);
      TileTranspose.run(
          taps + (long) column * Lanes.BYTES,
          Lanes.BYTES,
          some,
          Lanes.L,
          to + (long) column * Float.BYTES,
          row,
          channels,
          some,
          scratch);
    }
  }
}
