package dev.lanewise.kernel.elementwise;

import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;

/** The scalar twin of {@link Reorder}. */
public final class ScalarReorder {
  private static final int L = Lanes.L;

  private ScalarReorder() {}

  /** Elements before one of an image in batch lanes. */
  public static long lane(long image, int y, int x, int channel, int h, int w, int c) {
    return (((image / L * h + y) * w + x) * c + channel) * L + image % L;
  }

  /** See {@link Reorder#toLanes}. */
  public static void toLanes(Operand plain, Operand lanes, int n, int c, int h, int w) {
    for (int image = 0; image < Lanes.roundUp(n); image++) {
      for (int channel = 0; channel < c; channel++) {
        for (int y = 0; y < h; y++) {
          for (int x = 0; x < w; x++) {
            long from = ((((long) image * c + channel) * h + y) * w + x) * 4;
            Mem.set(
                Operand.address(lanes) + lane(image, y, x, channel, h, w, c) * 4,
                image < n ? Mem.get(Operand.address(plain) + from) : 0);
          }
        }
      }
    }
  }

  /** See {@link Reorder#fromLanes}. */
  public static void fromLanes(Operand lanes, Operand plain, int n, int c, int h, int w) {
    for (int image = 0; image < n; image++) {
      for (int channel = 0; channel < c; channel++) {
        for (int y = 0; y < h; y++) {
          for (int x = 0; x < w; x++) {
            long to = ((((long) image * c + channel) * h + y) * w + x) * 4;
            Mem.set(
                Operand.address(plain) + to,
                Mem.get(Operand.address(lanes) + lane(image, y, x, channel, h, w, c) * 4));
          }
        }
      }
    }
  }

  /** See {@link Reorder#padLanes}. */
  public static void padLanes(
      Operand lanes,
      Operand padded,
      int n,
      int c,
      int h,
      int w,
      int top,
      int bottom,
      int left,
      int right) {
    int newH = top + h + bottom;
    int newW = left + w + right;
    for (int image = 0; image < Lanes.roundUp(n); image++) {
      for (int channel = 0; channel < c; channel++) {
        for (int y = 0; y < newH; y++) {
          for (int x = 0; x < newW; x++) {
            int fromY = y - top;
            int fromX = x - left;
            boolean inside = fromY >= 0 && fromY < h && fromX >= 0 && fromX < w;
            float value = 0;
            if (inside) {
              long from = lane(image, fromY, fromX, channel, h, w, c);
              value = Mem.get(Operand.address(lanes) + from * 4);
            }
            long to = lane(image, y, x, channel, newH, newW, c);
            Mem.set(Operand.address(padded) + to * 4, value);
          }
        }
      }
    }
  }

  /** See {@link Reorder#clearPaddingLanes}. */
  public static void clearPaddingLanes(Operand lanes, int n, long vectorsPerBlock) {
    for (int image = n; image < Lanes.roundUp(n); image++) {
      for (long vector = 0; vector < vectorsPerBlock; vector++) {
        long at = (image / L * vectorsPerBlock + vector) * L + image % L;
        Mem.set(Operand.address(lanes) + at * 4, 0);
      }
    }
  }
}
