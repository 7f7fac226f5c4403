package dev.lanewise.kernel.block;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;

/**
 * The scalar twin of every block kernel: the same fused multiply-adds in the same order, one float
 * at a time, so the same bits.
 *
 * @param spec the block it computes
 */
public record ScalarBlockKernel(BlockSpec spec) implements BlockKernel {
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
    if (spec.tiles()) {
      tiles(a, aDepth, b, bDepth, depth, n1, a1, b1, n2, a2, c, cRow, bias);
      return;
    }
    float[] lanes = new float[Lanes.L];
    for (int row = 0; row < spec.rows(); row++) {
      for (int vec = 0; vec < spec.vectors(); vec++) {
        for (int lane = 0; lane < Lanes.L; lane++) {
          float sum = 0;
          for (int i2 = 0; i2 < n2; i2++) {
            for (int i1 = 0; i1 < n1; i1++) {
              for (int k = 0; k < depth; k++) {
                long pa = a + i2 * a2 + i1 * a1 + k * aDepth + row * spec.aRow();
                long pb = b + i2 * b2 + i1 * b1 + k * bDepth + vec * bVec + 4L * lane;
                float left = Mem.get(spec.vectorsOfA() ? pa + 4L * lane : pa);
                long kept = bias + kept((i2 * n1 + i1) * depth + k, vec) + 4L * lane;
                float right = spec.points() ? point(row, pb, kept) : Mem.get(pb);
                sum = Math.fma(left, right, sum);
              }
            }
          }
          lanes[lane] = sum;
        }
        long target = c + row * cRow + vec * cVec;
        if (spec.lanesReduced()) {
          finish(sumOfLanes(lanes), target, bias);
        } else {
          for (int lane = 0; lane < Lanes.L; lane++) {
            finish(lanes[lane], target + 4L * lane, bias + 4L * row);
          }
        }
      }
    }
    if (spec.writesPixels()) {
      keep(b, bDepth, bVec, depth, n1, b1, n2, b2, bias);
    }
  }

  /** Writes the pixels, or what the kept ones differ by. */
  private void keep(
      long b, long bDepth, long bVec, int depth, int n1, long b1, int n2, long b2, long kept) {
    for (int step = 0; step < n2 * n1 * depth; step++) {
      long first = b + step / depth / n1 * b2 + step / depth % n1 * b1 + step % depth * bDepth;
      for (int i = 0; i < 2 * spec.vectors() * Lanes.L; i++) {
        int vec = i / Lanes.L;
        long pixel = first + vec / spec.vectors() * spec.pixel() + vec % spec.vectors() * bVec;
        float value = Mem.get(pixel + 4L * (i % Lanes.L));
        long to = kept + kept(step, 0) + 4L * i;
        boolean differs = spec.form() == BlockSpec.Form.POINTS_OF_SUM;
        Mem.set(to, differs ? Mem.get(to) - value : value);
      }
    }
  }

  /** Where the first pixel of a step is kept, from the begin. */
  private long kept(int step, int vec) {
    return (2L * step * spec.vectors() + vec) * Lanes.BYTES;
  }

  private void tiles(
      long a,
      long aDepth,
      long b,
      long bDepth,
      int depth,
      int n1,
      long a1,
      long b1,
      int n2,
      long a2,
      long c,
      long cRow,
      long bias) {
    int channels = spec.channels();
    float[] m = new float[BlockSpec.TILE_POINTS];
    for (int i = 0; i < n2 * channels * Lanes.L && n1 * depth > 0; i++) {
      int lane = i % Lanes.L;
      int k = i / Lanes.L;
      int channel = k % channels;
      for (int point = 0; point < m.length; point++) {
        float sum = 0;
        for (int i1 = 0; i1 < n1; i1++) {
          for (int step = 0; step < depth; step++) {
            long pa = a + k / channels * a2 + i1 * a1 + step * aDepth;
            long pb = b + i1 * b1 + step * bDepth + point * (long) Lanes.BYTES;
            float weight = Mem.get(pa + ((long) point * channels + channel) * spec.aRow());
            sum = Math.fma(weight, Mem.get(pb + 4L * lane), sum);
          }
        }
        m[point] = sum;
      }
      if (spec.epilogue().addsBias()) {
        m[1] += Mem.get(bias + 4L * k);
      }
      outputs(m, c + k * (long) Lanes.BYTES + 4L * lane, cRow);
    }
  }

  /**
   * The outputs of a tile of one image.
   *
   * @param m its six points
   * @param c where the first output goes
   * @param cRow bytes to the next
   */
  public static void outputs(float[] m, long c, long cRow) {
    float p = m[1] + m[2];
    float q = m[1] - m[2];
    float r = m[3] + m[4];
    float s = m[3] - m[4];
    Mem.set(c, m[0] + p + r);
    Mem.set(c + cRow, Math.fma(s, 2, q));
    Mem.set(c + 2 * cRow, Math.fma(r, 4, p));
    Mem.set(c + 3 * cRow, Math.fma(s, 8, q) + m[5]);
  }

  /** The value at one of the four points, of two pixels or of their sums with kept ones. */
  private float point(int row, long first, long kept) {
    float left = pixel(first, kept);
    float right = pixel(first + spec.pixel(), kept + (long) spec.vectors() * Lanes.BYTES);
    return switch (spec.point(row)) {
      case 0 -> left;
      case 1 -> left + right;
      case 2 -> left - right;
      default -> right;
    };
  }

  private float pixel(long address, long kept) {
    return spec.form() == BlockSpec.Form.POINTS_OF_SUM
        ? Mem.get(kept) + Mem.get(address)
        : Mem.get(address);
  }

  /** Adds the upper half to the lower one until one lane is left. */
  private static float sumOfLanes(float[] lanes) {
    for (int half = lanes.length / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    return lanes[0];
  }

  private void finish(float sum, long target, long bias) {
    Epilogue epilogue = spec.epilogue();
    float result = sum;
    if (epilogue.readsOutput()) {
      result += Mem.get(target);
    }
    if (epilogue.addsBias()) {
      result += Mem.get(bias);
    }
    if (epilogue.rectifies()) {
      result = Math.max(result, 0);
    }
    Mem.set(target, result);
  }
}
