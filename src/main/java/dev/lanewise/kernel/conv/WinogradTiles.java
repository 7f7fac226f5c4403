package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.elementwise.TileTranspose;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.VectorMemory;

/**
 * The tiles of one Winograd convolution: where they lie in images with the lanes over the batch,
 * and how they are read from and written to them. Tiles are numbered [block of L images][row of
 * tiles][column of tiles].
 *
 * @param size of a tile
 * @param blocks of L images
 * @param C input channels
 * @param H input rows
 * @param W input columns
 * @param K output channels
 * @param OH output rows
 * @param OW output columns
 * @param padH rows of zeros above the input
 * @param padW columns of zeros to the left of the input
 */
record WinogradTiles(
    WinogradTransform size,
    int blocks,
    int C,
    int H,
    int W,
    int K,
    int OH,
    int OW,
    int padH,
    int padW) {
  /** Channels that are transformed together, so that all their points stay in L1. */
  private static final int CHANNELS = 8;

  private static final long STEP = Lanes.BYTES;
  private static final long COLUMN = CHANNELS * STEP;

  static WinogradTiles of(WinogradTransform size, Conv2dDims d) {
    return new WinogradTiles(
        size, d.blocks(), d.C(), d.H(), d.W(), d.K(), d.OH(), d.OW(), d.padH(), d.padW());
  }

  /** The convolution of dy whose result is dx, with weights turned round. */
  static WinogradTiles ofInputGradient(WinogradTransform size, Conv2dDims d) {
    WinogradTransform gradient = size.inputGradient(d.padH());
    return new WinogradTiles(
        gradient,
        d.blocks(),
        d.K(),
        d.OH(),
        d.OW(),
        d.C(),
        d.H(),
        d.W(),
        gradient.padding - d.padH() / size.stride,
        gradient.padding - d.padW() / size.stride);
  }

  /** Tiles in a row of tiles. */
  int across() {
    return Math.ceilDiv(OW, size.outputs);
  }

  /** Tiles of a block of images. */
  int perBlock() {
    return Math.ceilDiv(OH, size.outputs) * across();
  }

  /** All tiles. */
  int count() {
    return blocks * perBlock();
  }

  /** Bytes of working memory for one tile. */
  long scratchBytes() {
    return (size.area + size.points * 2L) * COLUMN;
  }

  private int row(int tile) {
    return tile % perBlock() / across() * size.outputs;
  }

  private int column(int tile) {
    return tile % perBlock() % across() * size.outputs;
  }

  /**
   * Bᵀ d B of one tile.
   *
   * @param x [blocks][H][W][C][L]
   * @param tile its number
   * @param first first channel
   * @param end channel after the last
   * @param to where channel {@code first} of the first point goes
   * @param point bytes from one point to the next
   * @param scratch {@link #scratchBytes} of working memory
   */
  void input(long x, int tile, int first, int end, long to, long point, long scratch) {
    int points = size.points;
    int inputs = size.inputs;
    int top = row(tile) / size.outputs * size.step - padH;
    int left = column(tile) / size.outputs * size.step - padW;
    int fromRow = Math.max(0, -top);
    int toRow = Math.min(inputs, H - top);
    int fromColumn = Math.max(0, -left);
    int toColumn = Math.min(inputs, W - left);
    boolean whole = toRow - fromRow == inputs;
    long pixel = C * STEP;
    long pixels = W * pixel;
    long halfRow = inputs * COLUMN;
    long pointRow = points * point;
    long corner = x + (((long) tile / perBlock() * H + top) * W + left) * pixel;
    long patch = scratch + size.area * COLUMN;
    // What is never written below: columns outside, and the rows outside of each column's copy.
    for (int j = 0; j < inputs; j++) {
      if (j < fromColumn || j >= toColumn) {
        for (int i = 0; i < points; i++) {
          VectorMemory.zeroVectors(scratch + i * halfRow + j * COLUMN, CHANNELS);
        }
      }
    }
    if (!whole) {
      VectorMemory.zeroVectors(patch, inputs * CHANNELS);
    }
    for (int c = first; c < end; c += CHANNELS) {
      int n = Math.min(CHANNELS, end - c);
      for (int j = fromColumn; j < toColumn; j++) {
        long from = corner + j * pixel + c * STEP;
        long half = scratch + j * COLUMN;
        if (whole) {
          size.input(from, pixels, STEP, half, halfRow, STEP, n);
        } else {
          for (int i = fromRow; i < toRow; i++) {
            VectorMemory.copyVectors(from + i * pixels, patch + i * COLUMN, n);
          }
          size.input(patch, COLUMN, STEP, half, halfRow, STEP, n);
        }
      }
      for (int i = 0; i < points; i++) {
        long half = scratch + i * halfRow;
        long target = to + i * pointRow + (c - first) * STEP;
        size.input(half, COLUMN, STEP, target, point, STEP, n);
      }
    }
  }

  /**
   * Aᵀ m A of one tile, clipped at the edges of the image.
   *
   * @param from where channel {@code first} of the first point stands
   * @param point bytes from one point to the next
   * @param tile its number
   * @param first first channel
   * @param end channel after the last
   * @param y [blocks][OH][OW][K][L]
   * @param scratch {@link #scratchBytes} of working memory
   */
  void output(long from, long point, int tile, int first, int end, long y, long scratch) {
    int points = size.points;
    int outputs = size.outputs;
    int top = row(tile);
    int left = column(tile);
    int rows = Math.min(outputs, OH - top);
    int columns = Math.min(outputs, OW - left);
    long pixel = K * STEP;
    long pixels = OW * pixel;
    long halfRow = points * COLUMN;
    long pointRow = points * point;
    long corner = y + (((long) tile / perBlock() * OH + top) * OW + left) * pixel;
    long patch = scratch + size.area * COLUMN;
    for (int k = first; k < end; k += CHANNELS) {
      int n = Math.min(CHANNELS, end - k);
      for (int j = 0; j < points; j++) {
        long source = from + j * point + (k - first) * STEP;
        long half = scratch + j * COLUMN;
        size.output(source, pointRow, STEP, half, halfRow, STEP, n);
      }
      for (int i = 0; i < rows; i++) {
        long half = scratch + i * halfRow;
        long target = corner + i * pixels + k * STEP;
        if (columns == outputs) {
          size.output(half, COLUMN, STEP, target, pixel, STEP, n);
        } else {
          size.output(half, COLUMN, STEP, patch, COLUMN, STEP, n);
          for (int j = 0; j < columns; j++) {
            VectorMemory.copyVectors(patch + j * COLUMN, target + j * pixel, n);
          }
        }
      }
    }
  }

  /** Bytes of working memory for {@link #outputGradient}. */
  long gradientScratchBytes() {
    int vectors = (size.outputs + size.points) * size.outputs * Lanes.L;
    return Scratch.BYTES + vectors * STEP;
  }

  /**
   * A dy Aᵀ of one tile, with the lanes over L channels and the images one after the other: what
   * backward-weights multiplies with the input, whose lanes stay over the images.
   *
   * @param dy [blocks][OH][OW][K][L]
   * @param tile its number
   * @param first first of the L channels; those beyond K count as zero
   * @param to where the first image of the first point goes
   * @param point bytes from one point to the next
   * @param image bytes from one image to the next
   * @param scratch {@link Scratch#address}, at least {@link #gradientScratchBytes}
   */
  void outputGradient(long dy, int tile, int first, long to, long point, long image, long scratch) {
    int outputs = size.outputs;
    int top = row(tile);
    int left = column(tile);
    int rows = Math.min(outputs, OH - top);
    int columns = Math.min(outputs, OW - left);
    long pixel = K * STEP;
    long corner = dy + (((long) tile / perBlock() * OH + top) * OW + left) * pixel + first * STEP;
    long pointRow = size.points * point;
    long images = Lanes.L * STEP;
    long pixels = scratch + Scratch.BYTES;
    long row = outputs * images;
    long half = pixels + outputs * row;
    int channels = Math.min(Lanes.L, K - first);
    for (int i = 0; i < outputs; i++) {
      for (int j = 0; j < outputs; j++) {
        long target = pixels + i * row + j * images;
        if (i < rows && j < columns) {
          long source = corner + ((long) i * OW + j) * pixel;
          TileTranspose.run(
              source, STEP, channels, Lanes.L, target, STEP, Lanes.L, Lanes.L, scratch);
        } else {
          VectorMemory.zeroVectors(target, Lanes.L);
        }
      }
    }
    for (int j = 0; j < outputs; j++) {
      size.outputGradient(pixels + j * images, row, STEP, half + j * images, row, STEP, Lanes.L);
    }
    for (int i = 0; i < size.points; i++) {
      size.outputGradient(half + i * row, images, STEP, to + i * pointRow, point, image, Lanes.L);
    }
  }
}
