package dev.lanewise.kernel.scalar;

import dev.lanewise.kernel.BlockKernel;
import dev.lanewise.kernel.BlockSpec;
import dev.lanewise.kernel.Epilogue;
import dev.lanewise.kernel.Lanes;
import dev.lanewise.kernel.Mem;

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
                float right = spec.points() ? point(row, pb, bDepth / 2, b1 / 2) : Mem.get(pb);
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
  }

  /** The value at one of the four points, of two pixels or of two rows of them. */
  private float point(int row, long first, long column, long below) {
    float left = pixel(first, below);
    float right = pixel(first + column, below);
    return switch (spec.point(row)) {
      case 0 -> left;
      case 1 -> left + right;
      case 2 -> left - right;
      default -> right;
    };
  }

  private float pixel(long address, long below) {
    return switch (spec.form()) {
      case POINTS_OF_SUM -> Mem.get(address) + Mem.get(address + below);
      case POINTS_OF_DIFFERENCE -> Mem.get(address) - Mem.get(address + below);
      default -> Mem.get(address);
    };
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
