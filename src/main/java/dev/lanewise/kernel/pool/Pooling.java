package dev.lanewise.kernel.pool;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Operand;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional pooling in the layout of batch lanes: {@code [ceil(N/L)][H][W][C][L]} before and
 * {@code [ceil(N/L)][OH][OW][C][L]} after. Padding lanes stay zero. The work is cut into rows of
 * what is written, so no two chunks write the same place, and every element is written once.
 */
public final class Pooling {
  /** Output rows of a band of strips, at most: what two bands share is read twice. */
  private static final int BAND_ROWS = 8;

  private Pooling() {}

  /**
   * The bytes of the buffer for the places of the maxima: a byte for every element of the output
   * (two where a window has more than 256 elements, four above 65,536), padding lanes included, and
   * rows rounded up to whole vectors.
   */
  public static long argmaxBytes(Pool2dDims dims) {
    return (long) dims.blocks() * dims.OH() * new Argmax(dims).rowBytes();
  }

  /**
   * How the places of the maxima are stored. The place of a maximum is its number in the window, in
   * row-major order. Several output vectors that follow each other in a row share one vector of
   * ints, each a part of the bits of every lane: so that packing is shifts in the lanes, which
   * vectors of any width can do.
   */
  record Argmax(int bits, int shift, int mask, long rowBytes) {
    Argmax(Pool2dDims dims) {
      this(dims, dims.window() <= 1 << 8 ? 2 : dims.window() <= 1 << 16 ? 1 : 0);
    }

    /** With 2^shift places in the bits of an int. */
    private Argmax(Pool2dDims dims, int shift) {
      this(
          32 >> shift,
          shift,
          -1 >>> (32 - (32 >> shift)),
          Math.ceilDiv((long) dims.OW() * dims.C(), 1 << shift) * BYTES);
    }

    /** Nothing is kept: everything goes to one vector of memory. */
    private static final Argmax DISCARDED = new Argmax(0, 31, 0, 0);

    /** The address of the vector that holds the places of this output vector of a row. */
    long address(long row, int vector) {
      return row + (long) (vector >> shift) * BYTES;
    }

    /** The first of their bits. */
    int position(int vector) {
      return (vector & ((1 << shift) - 1)) * bits;
    }
  }

  /**
   * The maximum of every window. The first maximum in row-major order counts, the last NaN counts
   * before all numbers, and padding never counts, all as in PyTorch.
   *
   * @param x the input
   * @param y the output, overwritten
   * @param argmax {@link #argmaxBytes} bytes for the places of the maxima; null if not wanted
   * @param dims the sizes
   */
  public static void maxForward(Operand x, Operand y, @Nullable Operand argmax, Pool2dDims dims) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    long places = argmax == null ? 0 : Operand.address(argmax);
    int rows = dims.OH();
    int columns = dims.OW();
    if (rows == 0 || columns == 0) {
      return;
    }
    long rowBytes = (long) columns * dims.C() * BYTES;
    long imageBytes = (long) dims.H() * dims.W() * dims.C() * BYTES;
    Argmax form = argmax == null ? Argmax.DISCARDED : new Argmax(dims);
    int strips = strips(dims);
    int bands = strips == 1 ? rows : Math.min(rows, 2 * Math.ceilDiv(rows, 2 * BAND_ROWS));
    Chunks.run(
        (long) dims.blocks() * bands,
        outputWork(dims) * (rows / bands),
        (begin, end) -> {
          for (long item = begin; item < end; item++) {
            int band = (int) (item % bands);
            int lastRow = Chunks.first(band + 1, bands, rows);
            long image = item / bands;
            for (int strip = 0; strip < strips; strip++) {
              for (int row = Chunks.first(band, bands, rows); row < lastRow; row++) {
                long line = image * rows + row;
                MaxPoolRows.forward(
                    from + image * imageBytes,
                    to + line * rowBytes,
                    argmax == null ? Scratch.address() : places + line * form.rowBytes(),
                    form,
                    row,
                    Chunks.first(strip, strips, columns),
                    Chunks.first(strip + 1, strips, columns),
                    dims);
              }
            }
          }
        });
  }

  /**
   * Strips of columns, one after the other for each band of rows, that are so narrow that input
   * rows which the windows below hold, too, are still in L2 when these come: on Zen 4 a tenth of
   * the time of 3x3 on 16x64x112x112, whose rows have 459 KB. One where no row is shared.
   */
  private static int strips(Pool2dDims d) {
    long height = (d.kernelH() - 1L) * d.dilationH() + 1;
    if (height <= d.strideH()) {
      return 1;
    }
    long bytes = height * d.W() * d.C() * BYTES;
    return (int) Math.clamp(Math.ceilDiv(bytes, Caches.L2 / 2), 1, d.OW());
  }

  /**
   * The gradient of {@link #maxForward}: every dy is added to the dx it came from.
   *
   * @param dy the gradient of the output
   * @param argmax from the forward pass
   * @param dx the gradient of the input, overwritten
   * @param dims the sizes
   */
  public static void maxBackward(Operand dy, Operand argmax, Operand dx, Pool2dDims dims) {
    long from = Operand.address(dy);
    long places = Operand.address(argmax);
    long to = Operand.address(dx);
    long outputBytes = (long) dims.OH() * dims.OW() * dims.C() * BYTES;
    long imageBytes = (long) dims.H() * dims.W() * dims.C() * BYTES;
    Argmax form = new Argmax(dims);
    MaxPoolGradientRows loops = new MaxPoolGradientRows(dims, form);
    int bands = loops.bands();
    Chunks.run(
        (long) dims.blocks() * bands,
        (long) Math.min(dims.strideH(), dims.H()) * dims.W() * dims.C() * L,
        (first, end) -> {
          int[][] entries = loops.rowEntries();
          for (long item = first; item < end; item++) {
            long block = item / bands;
            loops.band(
                from + block * outputBytes,
                places + block * dims.OH() * form.rowBytes(),
                to + block * imageBytes,
                (int) (item % bands),
                entries);
          }
        });
  }

  /**
   * Takes from g the elements at the places of the maxima: the derivative of {@link #maxBackward}
   * with respect to dy.
   *
   * @param g of the shape of the input
   * @param argmax from the forward pass
   * @param y of the shape of the output, overwritten
   * @param dims the sizes
   */
  public static void maxGather(Operand g, Operand argmax, Operand y, Pool2dDims dims) {
    long from = Operand.address(g);
    long places = Operand.address(argmax);
    long to = Operand.address(y);
    int rows = dims.OH();
    long rowBytes = (long) dims.OW() * dims.C() * BYTES;
    long imageBytes = (long) dims.H() * dims.W() * dims.C() * BYTES;
    Argmax form = new Argmax(dims);
    Chunks.run(
        (long) dims.blocks() * rows,
        outputWork(dims),
        (first, end) -> {
          for (long item = first; item < end; item++) {
            MaxPoolRows.gather(
                from + item / rows * imageBytes,
                places + item * form.rowBytes(),
                form,
                to + item * rowBytes,
                (int) (item % rows),
                dims);
          }
        });
  }

  /**
   * The mean of every window.
   *
   * @param x the input
   * @param y the output, overwritten
   * @param dims the sizes; the dilation must be 1
   * @param countIncludePad whether the padding counts as zeros, or not at all
   * @param divisorOverride what the sums are divided by; 0 for the number of elements
   */
  public static void averageForward(
      Operand x, Operand y, Pool2dDims dims, boolean countIncludePad, int divisorOverride) {
    averageForward(x, y, dims.blocks(), average(dims, countIncludePad, divisorOverride));
  }

  /**
   * The gradient of {@link #averageForward}.
   *
   * @param dy the gradient of the output
   * @param dx the gradient of the input, overwritten
   * @param dims the sizes; the dilation must be 1
   * @param countIncludePad as in the forward pass
   * @param divisorOverride as in the forward pass
   */
  public static void averageBackward(
      Operand dy, Operand dx, Pool2dDims dims, boolean countIncludePad, int divisorOverride) {
    averageBackward(dy, dx, dims.blocks(), average(dims, countIncludePad, divisorOverride));
  }

  /**
   * The means of oh x ow windows that cover h x w pixels as evenly as they can, as PyTorch's
   * adaptive average pooling.
   *
   * @param x n images of c channels
   * @param y overwritten
   */
  public static void adaptiveForward(
      Operand x, Operand y, int n, int c, int h, int w, int oh, int ow) {
    averageForward(x, y, Math.ceilDiv(n, L), adaptive(c, h, w, oh, ow));
  }

  /** The gradient of {@link #adaptiveForward}. */
  public static void adaptiveBackward(
      Operand dy, Operand dx, int n, int c, int h, int w, int oh, int ow) {
    averageBackward(dy, dx, Math.ceilDiv(n, L), adaptive(c, h, w, oh, ow));
  }

  private static AveragePoolRows average(Pool2dDims d, boolean padCounts, int divisorOverride) {
    return new AveragePoolRows(
        d.C(),
        PoolAxis.regular(d.H(), d.OH(), d.kernelH(), d.strideH(), d.padH(), padCounts),
        PoolAxis.regular(d.W(), d.OW(), d.kernelW(), d.strideW(), d.padW(), padCounts),
        divisorOverride);
  }

  private static AveragePoolRows adaptive(int c, int h, int w, int oh, int ow) {
    return new AveragePoolRows(c, PoolAxis.adaptive(h, oh), PoolAxis.adaptive(w, ow), 0);
  }

  private static void averageForward(Operand x, Operand y, int blocks, AveragePoolRows loops) {
    long from = Operand.address(x);
    long to = Operand.address(y);
    int rows = loops.rows().outputs();
    long pixelBytes = (long) loops.channels() * BYTES;
    long rowBytes = loops.columns().outputs() * pixelBytes;
    long imageBytes = (long) loops.rows().size() * loops.columns().size() * pixelBytes;
    Chunks.run(
        (long) blocks * rows,
        Math.max(rowBytes, imageBytes / rows) / 4,
        (first, end) -> {
          for (long item = first; item < end; item++) {
            loops.forward(
                from + item / rows * imageBytes, to + item * rowBytes, (int) (item % rows));
          }
        });
  }

  private static void averageBackward(Operand dy, Operand dx, int blocks, AveragePoolRows loops) {
    long from = Operand.address(dy);
    long to = Operand.address(dx);
    int rows = loops.rows().size();
    long pixelBytes = (long) loops.channels() * BYTES;
    long rowBytes = loops.columns().size() * pixelBytes;
    long outputBytes = (long) loops.rows().outputs() * loops.columns().outputs() * pixelBytes;
    Chunks.run(
        (long) blocks * rows,
        rowBytes / 4,
        (first, end) -> {
          for (long item = first; item < end; item++) {
            loops.backward(
                from + item / rows * outputBytes, to + item * rowBytes, (int) (item % rows));
          }
        });
  }

  private static long outputWork(Pool2dDims dims) {
    return (long) dims.OW() * dims.C() * L * dims.window();
  }
}
