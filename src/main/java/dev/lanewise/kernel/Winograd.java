package dev.lanewise.kernel;

import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Winograd convolution with stride 1, forward and backward-data: tiles of the input are
 * transformed, multiplied with the transformed weights at every point, and transformed back.
 *
 * <p>With the lanes over the batch all transforms are vertical, and the product at a point, M[tile]
 * [k][L] = Σ_c U[c][k] V[tile][c][L], is one batch-reduce block for some tiles and some k.
 *
 * <p>Two ways through the memory. Where V and M of a few tiles fit into L2 beside the weights, a
 * chunk does everything for these tiles. Otherwise the weights (several megabytes) would be
 * streamed from L3 for every few tiles; then all tiles are transformed first, and the chunks of the
 * product are the points, each of which reads its weights once.
 */
final class Winograd {
  /**
   * Tiles of a chunk that does everything: as many as a register block has vectors, and so many
   * times the weights are read from L2 less often.
   */
  private static final int FUSED_TILES = 4;

  /** The most bytes of V and M for which a chunk does everything: about L2. */
  private static final long FUSED_BYTES = 2400 << 10;

  /** V and M of all tiles that are transformed before the product. */
  private static final long STAGED_BYTES = 32 << 20;

  private record TilesKey(int channels, int vectors, Epilogue epilogue) {}

  private static final ConcurrentHashMap<TilesKey, PixelBlocks> BLOCKS = new ConcurrentHashMap<>();

  private final WinogradTiles tiles;
  private final WinogradTransform size;
  private final PixelBlocks blocks;
  private final @Nullable PixelBlocks biasBlocks;
  private final int C;
  private final int K;
  private final long x;
  private final long y;
  private final long bias;

  /** Tiles whose V and M exist at a time. */
  private final int batch;

  /** Whether a chunk does everything for its tiles. */
  private final boolean fused;

  private final long vPoint;
  private final long mPoint;
  private final long wPoint;
  private long weights;

  private Winograd(WinogradTiles tiles, long x, long y, long bias) {
    this.tiles = tiles;
    this.x = x;
    this.y = y;
    this.bias = bias;
    size = tiles.size();
    C = tiles.C();
    K = tiles.K();
    long tileBytes = (long) size.area * (C + K) * Lanes.BYTES;
    int few = Math.min(FUSED_TILES, tiles.count());
    fused = few * tileBytes <= FUSED_BYTES;
    batch = fused ? few : (int) Math.clamp(STAGED_BYTES / tileBytes, 1, tiles.count());
    vPoint = WinogradTransform.stride((long) batch * C * Lanes.BYTES);
    mPoint = WinogradTransform.stride((long) batch * K * Lanes.BYTES);
    wPoint = WinogradTransform.stride((long) K * C * Float.BYTES);
    blocks = blocks(K, batch, Epilogue.STORE);
    biasBlocks = bias == 0 ? null : blocks(K, batch, Epilogue.BIAS);
  }

  private static PixelBlocks blocks(int channels, int vectors, Epilogue epilogue) {
    return BLOCKS.computeIfAbsent(
        new TilesKey(channels, Math.min(vectors, FUSED_TILES), epilogue),
        key -> new PixelBlocks(key.channels, key.vectors, key.epilogue));
  }

  /** y = x * w + bias, see {@link Conv2dKernel#forward}. */
  static void forward(
      Operand x,
      Operand w,
      @Nullable Operand bias,
      Operand y,
      Conv2dDims d,
      WinogradTransform size) {
    WinogradTiles tiles = WinogradTiles.of(size, d);
    new Winograd(
            tiles, Operand.address(x), Operand.address(y), bias == null ? 0 : Operand.address(bias))
        .run(Operand.address(w), false);
  }

  /** dx from dy and w, see {@link Conv2dKernel#backwardInput}. */
  static void backwardInput(
      Operand dy, Operand w, Operand dx, Conv2dDims d, WinogradTransform size) {
    WinogradTiles tiles = WinogradTiles.ofInputGradient(size, d);
    new Winograd(tiles, Operand.address(dy), Operand.address(dx), 0).run(Operand.address(w), true);
  }

  private void run(long w, boolean transposed) {
    Block packed = Pool.global().allocate(size.area * wPoint, "conv2d weights");
    weights = packed.address();
    int wk = transposed ? C : K;
    int wc = transposed ? K : C;
    WinogradWeights.pack(w, weights, wPoint, size, wk, wc, blocks.rows, transposed);
    if (fused) {
      Team.global().run(Math.ceilDiv(tiles.count(), batch), this::everything);
    } else {
      staged();
    }
    packed.free();
  }

  /** All work for one batch of tiles. */
  private void everything(int chunk) {
    long scratchBytes = tiles.scratchBytes();
    long scratch = Scratch.address(scratchBytes + size.area * (vPoint + mPoint));
    long v = scratch + scratchBytes;
    long m = v + size.area * vPoint;
    int first = chunk * batch;
    int count = Math.min(batch, tiles.count() - first);
    for (int t = 0; t < count; t++) {
      tiles.input(x, first + t, 0, C, v + (long) t * C * Lanes.BYTES, vPoint, scratch);
    }
    for (int point = 0; point < size.area; point++) {
      multiply(point, v, m, count, 0, K);
    }
    for (int t = 0; t < count; t++) {
      tiles.output(m + (long) t * K * Lanes.BYTES, mPoint, first + t, 0, K, y, scratch);
    }
  }

  /** Stage by stage, for as many tiles at a time as the memory may hold. */
  private void staged() {
    Block block = Pool.global().allocate(size.area * (vPoint + mPoint), "conv2d winograd tiles");
    long v = block.address();
    long m = v + size.area * vPoint;
    int cPart = 64;
    int cParts = Math.ceilDiv(C, cPart);
    int kParts = Math.ceilDiv(K, cPart);
    for (int first = 0; first < tiles.count(); first += batch) {
      int begin = first;
      int count = Math.min(batch, tiles.count() - first);
      Team.global()
          .run(
              count * cParts,
              chunk -> {
                int t = chunk / cParts;
                int c = chunk % cParts * cPart;
                tiles.input(
                    x,
                    begin + t,
                    c,
                    Math.min(C, c + cPart),
                    v + ((long) t * C + c) * Lanes.BYTES,
                    vPoint,
                    Scratch.address(tiles.scratchBytes()));
              });
      Team.global().run(size.area, point -> multiply(point, v, m, count, 0, K));
      Team.global()
          .run(
              count * kParts,
              chunk -> {
                int t = chunk / kParts;
                int k = chunk % kParts * cPart;
                tiles.output(
                    m + ((long) t * K + k) * Lanes.BYTES,
                    mPoint,
                    begin + t,
                    k,
                    Math.min(K, k + cPart),
                    y,
                    Scratch.address(tiles.scratchBytes()));
              });
    }
    block.free();
  }

  /** M = U V at one point, for some tiles and some channels. */
  private void multiply(int point, long v, long m, int count, int first, int end) {
    PixelBlocks kernels = biasBlocks != null && point == size.biasPoint() ? biasBlocks : blocks;
    kernels.multiply(
        weights + point * wPoint,
        v + point * vPoint,
        (long) C * Lanes.BYTES,
        count,
        C,
        first,
        end,
        m + point * mPoint,
        (long) K * Lanes.BYTES,
        bias);
  }
}
