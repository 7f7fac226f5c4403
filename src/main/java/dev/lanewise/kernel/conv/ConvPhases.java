package dev.lanewise.kernel.conv;

import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import org.jspecify.annotations.Nullable;

/**
 * A convolution with stride as one with stride 1, for Winograd. An output at i reads the padded
 * input at i * stride + r. With r = stride * q + f, the rows of every remainder f are an image of
 * their own, its phase, which the output reads at i + q; columns likewise. So the phases are
 * strideH * strideW times as many channels, [fH][fW][c], the kernel has ceil(R / strideH) x ceil(S
 * / strideW) taps, and taps beyond those that there were are zero. The zeros of the padding are
 * copied with the rest.
 *
 * @param d the convolution with stride
 * @param unit the same with stride 1 and without padding
 */
public record ConvPhases(Conv2dDims d, Conv2dDims unit) {

  public static ConvPhases of(Conv2dDims d) {
    int tapsH = Math.ceilDiv(d.R(), d.strideH());
    int tapsW = Math.ceilDiv(d.S(), d.strideW());
    return new ConvPhases(
        d,
        new Conv2dDims(
            d.N(),
            d.strideH() * d.strideW() * d.C(),
            d.OH() + tapsH - 1,
            d.OW() + tapsW - 1,
            d.K(),
            tapsH,
            tapsW,
            1,
            1,
            0,
            0,
            1,
            1,
            1));
  }

  /** y = x * w + bias, see {@link Conv2dKernel#forward}. */
  public void forward(
      Operand x, Operand w, @Nullable Operand bias, Operand y, WinogradTransform transform) {
    Block phases = image();
    Block taps = weight();
    images(Operand.address(x), phases.address(), true);
    weights(Operand.address(w), taps.address(), true);
    Winograd.forward(
        new ConvParts.Place(phases), new ConvParts.Place(taps), bias, y, unit, transform);
    taps.free();
    phases.free();
  }

  /** dx from dy and w, see {@link Conv2dKernel#backwardInput}. */
  public void backwardInput(Operand dy, Operand w, Operand dx, WinogradTransform transform) {
    Block phases = image();
    Block taps = weight();
    weights(Operand.address(w), taps.address(), true);
    Winograd.backwardInput(
        dy, new ConvParts.Place(taps), new ConvParts.Place(phases), unit, transform);
    images(Operand.address(dx), phases.address(), false);
    taps.free();
    phases.free();
  }

  /** dw from x and dy, see {@link Conv2dKernel#backwardWeight}. */
  public void backwardWeight(Operand x, Operand dy, Operand dw, WinogradTransform transform) {
    Block phases = image();
    Block taps = weight();
    images(Operand.address(x), phases.address(), true);
    new WinogradGradient(
            new ConvParts.Place(phases), dy, new ConvParts.Place(taps), unit, transform)
        .run();
    weights(Operand.address(dw), taps.address(), false);
    taps.free();
    phases.free();
  }

  private Block image() {
    long bytes = (long) unit.blocks() * unit.H() * unit.W() * unit.C() * Lanes.BYTES;
    return Pool.global().allocate(bytes, "conv2d phases");
  }

  private Block weight() {
    long floats = (long) unit.K() * unit.C() * unit.R() * unit.S();
    return Pool.global().allocate(floats * Float.BYTES, "conv2d weights");
  }

  /**
   * Copies images to phases or back. What the phases have beyond the image is zero; what the image
   * has beyond the phases, since no output reads it, becomes zero on the way back.
   *
   * @param x [blocks][H][W][C][L]
   * @param phases [blocks][rows][columns][fH][fW][C][L]
   */
  private void images(long x, long phases, boolean gather) {
    long xRow = (long) d.W() * d.C() * Lanes.BYTES;
    long row = (long) unit.W() * unit.C() * Lanes.BYTES;
    if (gather) {
      Chunks.run(
          (long) d.blocks() * unit.H(),
          (long) unit.W() * unit.C() * Lanes.L,
          (begin, end) -> {
            for (long item = begin; item < end; item++) {
              long image = x + item / unit.H() * d.H() * xRow;
              for (int f = 0; f < d.strideH(); f++) {
                long from = item % unit.H() * d.strideH() + f - d.padH();
                boolean inside = from >= 0 && from < d.H();
                gatherRow(inside ? image + from * xRow : 0, phases + item * row + f * phaseRow());
              }
            }
          });
      return;
    }
    Chunks.run(
        (long) d.blocks() * d.H(),
        (long) d.W() * d.C() * Lanes.L,
        (begin, end) -> {
          for (long item = begin; item < end; item++) {
            long padded = item % d.H() + d.padH();
            long from = padded / d.strideH();
            long block = item / d.H();
            scatterRow(
                from < unit.H()
                    ? phases + (block * unit.H() + from) * row + padded % d.strideH() * phaseRow()
                    : 0,
                x + item * xRow);
          }
        });
  }

  /** Bytes of the phases of a pixel that lie in one row of the image. */
  private long phaseRow() {
    return (long) d.strideW() * d.C() * Lanes.BYTES;
  }

  /** One phase of rows: strideW pixels of the image at a time. Address 0 is a row of zeros. */
  private void gatherRow(long from, long to) {
    long pixel = (long) unit.C() * Lanes.BYTES;
    for (int column = 0; column < unit.W(); column++) {
      long target = to + column * pixel;
      int first = column * d.strideW() - d.padW();
      int before = from == 0 ? d.strideW() : Math.clamp(-first, 0, d.strideW());
      int inside = Math.clamp(d.W() - first - before, 0, d.strideW() - before);
      int after = d.strideW() - before - inside;
      VectorMemory.zeroVectors(target, before * d.C());
      target += (long) before * d.C() * Lanes.BYTES;
      VectorMemory.copyVectors(
          from + (long) (first + before) * d.C() * Lanes.BYTES, target, inside * d.C());
      VectorMemory.zeroVectors(target + (long) inside * d.C() * Lanes.BYTES, after * d.C());
    }
  }

  private void scatterRow(long from, long to) {
    long pixel = (long) unit.C() * Lanes.BYTES;
    long xPixel = (long) d.C() * Lanes.BYTES;
    int columns = from == 0 ? 0 : unit.W();
    for (int column = 0; column < columns; column++) {
      int first = column * d.strideW() - d.padW();
      int before = Math.clamp(-first, 0, d.strideW());
      int inside = Math.clamp(d.W() - first - before, 0, d.strideW() - before);
      VectorMemory.copyVectors(
          from + column * pixel + before * xPixel, to + (first + before) * xPixel, inside * d.C());
    }
    int done = Math.clamp((long) columns * d.strideW() - d.padW(), 0, d.W());
    VectorMemory.zeroVectors(to + done * xPixel, (d.W() - done) * d.C());
  }

  /**
   * Copies weights to phases or back.
   *
   * @param w [K][C][R][S]
   * @param phases [K][fH][fW][C][taps][taps]
   */
  private void weights(long w, long phases, boolean gather) {
    int taps = d.R() * d.S();
    int unitTaps = unit.R() * unit.S();
    long kernel = (long) d.C() * taps * Float.BYTES;
    long unitKernel = (long) unit.C() * unitTaps * Float.BYTES;
    long phase = (long) d.C() * unitTaps;
    Chunks.run(
        d.K(),
        (long) unit.C() * unitTaps * Lanes.L, // one by one
        (begin, end) -> {
          for (long k = begin; k < end; k++) {
            if (gather) {
              VectorMemory.fill(phases + k * unitKernel, 0, unit.C() * unitTaps);
            }
            for (int r = 0; r < d.R(); r++) {
              for (int s = 0; s < d.S(); s++) {
                long f = (long) r % d.strideH() * d.strideW() + s % d.strideW();
                int tap = r / d.strideH() * unit.S() + s / d.strideW();
                long one = w + k * kernel + ((long) r * d.S() + s) * Float.BYTES;
                long other = phases + k * unitKernel + (f * phase + tap) * Float.BYTES;
                for (int c = 0; c < d.C(); c++) {
                  long from = one + (long) c * taps * Float.BYTES;
                  long to = other + (long) c * unitTaps * Float.BYTES;
                  if (gather) {
                    Mem.set(to, Mem.get(from));
                  } else {
                    Mem.set(from, Mem.get(to));
                  }
                }
              }
            }
          }
        });
  }
}
