package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.block.Epilogue;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Winograd convolution with stride 1 or 2, forward and backward-data: tiles of the input are
 * transformed, multiplied with the transformed weights at every point, and transformed back.
 *
 * <p>With the lanes over the batch all transforms are vertical, and the product at a point, M[tile]
 * [k][L] = Σ_c U[c][k] V[tile][c][L], is one batch-reduce block for some tiles and some k.
 *
 * <p>Two ways through the memory. Where V of a few tiles fits into L2, a chunk does everything for
 * these tiles, for one block of output channels after the other, so that M fits beside V; the
 * weights are streamed past them. With many channels the weights (several megabytes) are more than
 * V and M of all tiles; then all tiles are transformed first, and the chunks of the product are the
 * points, each of which reads its weights once.
 */
public final class Winograd {
  /**
   * Tiles of a chunk that does everything: as many as a register block has vectors, and so many
   * times the weights are read from L2 less often.
   */
  private static final int FUSED_TILES = 4;

  /** The second cache level with which the shares of V and M were measured. */
  private static final long MEASURED_KB = 2048;

  /** What passes through L2 whatever its size: the weights of a point, images. */
  private static final long PASSING_BYTES = 248 << 10;

  /** Bytes of V and M that leave room in L2 for the weights that pass: 1250 KB of 2 MB. */
  private static final long L2_BYTES = ofCache(1250);

  /**
   * What V should have of these, 900 KB of 2 MB: half of what is left beside what passes, which
   * does not become less with the cache.
   */
  private static final long V_BYTES = (Caches.L2 - PASSING_BYTES) / 2;

  /** What V may have for two tiles, also beyond L2: stage by stage it would go further away. */
  private static final long MOST_V_BYTES = 1600 << 10;

  /** What M has at least, so that the chunks of the product do not become too small. */
  private static final long M_BYTES = ofCache(256);

  /** V and M of all tiles that are transformed before the product. */
  private static final long STAGED_BYTES = 32 << 20;

  /** Steps of a sum from which on its length does not matter for the choice of a block. */
  private static final int LONG_SUM = 64;

  private record TilesKey(int channels, int vectors, int steps, Epilogue epilogue) {}

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

  /** Blocks of output channels whose M exists at a time in such a chunk. */
  private final int atOnce;

  /** The most channels that these are. */
  private final int kMost;

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
    long vBytes = (long) size.area * C * Lanes.BYTES;
    long mBytes = (long) size.area * K * Lanes.BYTES;
    int few = even(tiles.count(), (int) Math.clamp(V_BYTES / vBytes, 2, FUSED_TILES));
    fused = few * vBytes <= MOST_V_BYTES && fusedReadsLess(few);
    batch = fused ? few : (int) Math.clamp(STAGED_BYTES / (vBytes + mBytes), 1, tiles.count());
    vPoint = WinogradTransform.stride((long) batch * C * Lanes.BYTES);
    blocks = blocks(K, batch, C, Epilogue.STORE);
    int all = blocks.rows.count();
    atOnce = fused ? blocksAtOnce(Math.max(L2_BYTES - few * vBytes, M_BYTES)) : all;
    kMost = blocks.rows.first(atOnce);
    mPoint = WinogradTransform.stride((long) batch * kMost * Lanes.BYTES);
    wPoint = WinogradTransform.stride((long) K * C * Float.BYTES);
    biasBlocks = bias == 0 ? null : blocks(K, batch, C, Epilogue.BIAS);
  }

  /** The share of the second cache level that so many KB are of one with 2 MB. */
  private static long ofCache(long kb) {
    return Caches.L2 * kb / MEASURED_KB;
  }

  /**
   * Whether less moves between L2 and what lies behind it if every chunk reads all weights than if
   * V and M of all tiles are written, which reads them first, and read.
   */
  private boolean fusedReadsLess(int few) {
    return (long) C * K * Float.BYTES / few < 3L * (C + K) * Lanes.BYTES;
  }

  /**
   * Tiles of a chunk: the most, or fewer where two threads would not get the same number of chunks
   * otherwise, and one would wait for more than a twentieth of the time.
   */
  private static int even(int count, int most) {
    int best = Math.min(most, count);
    for (int few = best - 1; few >= 2; few--) {
      if (20 * longest(count, few) < 19 * longest(count, best)) {
        best = few;
      }
    }
    return best;
  }

  /** The most tiles that one of two threads gets. */
  private static int longest(int count, int few) {
    return Math.ceilDiv(Math.ceilDiv(count, few), 2) * few;
  }

  /** Blocks of channels whose M has at most so many bytes, in parts as even as can be. */
  private int blocksAtOnce(long bytes) {
    long most = Math.clamp(bytes / ((long) batch * size.area * Lanes.BYTES), 1, K);
    return Math.ceilDiv(blocks.rows.count(), (int) Math.ceilDiv(K, most));
  }

  private static PixelBlocks blocks(int channels, int vectors, int steps, Epilogue epilogue) {
    return BLOCKS.computeIfAbsent(
        new TilesKey(channels, Math.min(vectors, FUSED_TILES), Math.min(steps, LONG_SUM), epilogue),
        key -> new PixelBlocks(key.channels, key.vectors, key.steps, key.epilogue));
  }

  /** y = x * w + bias, see {@link Conv2dKernel#forward}. */
  public static void forward(
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
  public static void backwardInput(
      Operand dy, Operand w, Operand dx, Conv2dDims d, WinogradTransform size) {
    WinogradTiles tiles = WinogradTiles.ofInputGradient(size, d);
    new Winograd(tiles, Operand.address(dy), Operand.address(dx), 0).run(Operand.address(w), true);
  }

  private void run(long w, boolean transposed) {
    Block packed = Pool.global().allocate(wPoint * size.kinds * size.kinds, "conv2d weights");
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
    for (int rows = 0; rows < blocks.rows.count(); rows += atOnce) {
      int end = Math.min(blocks.rows.count(), rows + atOnce);
      for (int point = 0; point < size.area; point++) {
        multiply(point, v, m, count, rows, end);
      }
      int k = blocks.rows.first(rows);
      int endK = blocks.rows.first(end);
      for (int t = 0; t < count; t++) {
        tiles.output(m + (long) t * kMost * Lanes.BYTES, mPoint, first + t, k, endK, y, scratch);
      }
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
      Team.global().run(size.area, point -> multiply(point, v, m, count, 0, atOnce));
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

  /** M = U V at one point, for some tiles and some blocks of channels. */
  private void multiply(int point, long v, long m, int count, int first, int end) {
    PixelBlocks kernels = biasBlocks != null && point == size.biasPoint() ? biasBlocks : blocks;
    kernels.multiply(
        weights + size.kind(point) * wPoint,
        v + point * vPoint,
        (long) C * Lanes.BYTES,
        count,
        C,
        first,
        end,
        m + point * mPoint - (long) blocks.rows.first(first) * Lanes.BYTES,
        (long) kMost * Lanes.BYTES,
        bias);
  }
}
