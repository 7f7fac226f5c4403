package dev.lanewise.kernel.conv;

/**
 * Which taps reach an input position, in one dimension: q = (y + pad - r * dilation) / stride must
 * be whole. With g = gcd(stride, dilation) the taps of a position are stride/g apart, and from one
 * to the next lower tap q grows by dilation/g.
 */
final class Phases {
  final int tapStep;
  final int inputStep;

  /** Zeros needed before and after dy so that every q lies inside. */
  final int before;

  final int after;
  private final int taps;
  private final int stride;
  private final int pad;
  private final int dilation;

  Phases(int size, int outputs, int taps, int stride, int pad, int dilation) {
    this.taps = taps;
    this.stride = stride;
    this.pad = pad;
    this.dilation = dilation;
    int gcd = gcd(stride, dilation);
    tapStep = stride / gcd;
    inputStep = dilation / gcd;
    int lowest = 0;
    int highest = 0;
    for (int y = 0; y < size; y++) {
      int last = lastTap(y);
      if (last >= 0) {
        lowest = Math.min(lowest, position(y, last));
        highest = Math.max(highest, position(y, last - (taps(last) - 1) * tapStep));
      }
    }
    before = -lowest;
    after = Math.max(0, highest - (outputs - 1));
  }

  /** The highest tap that reaches y, or -1. Only the last {@link #tapStep} taps can be it. */
  int lastTap(int y) {
    for (int r = taps - 1; r >= Math.max(0, taps - tapStep); r--) {
      if ((y + pad - r * dilation) % stride == 0) {
        return r;
      }
    }
    return -1;
  }

  /** How many taps there are from {@code last} down. */
  int taps(int last) {
    return last < 0 ? 0 : last / tapStep + 1;
  }

  /** The highest tap that reaches y from an existing output, or -1. */
  int lastTapInside(int y) {
    int r = lastTap(y);
    while (r >= 0 && position(y, r) < 0) {
      r -= tapStep;
    }
    return Math.max(r, -1);
  }

  /** How many taps from {@code last} down come from existing outputs. */
  int tapsInside(int y, int last, int outputs) {
    if (last < 0) {
      return 0;
    }
    int room = Math.floorDiv(outputs - 1 - position(y, last), inputStep) + 1;
    return Math.clamp(room, 0, taps(last));
  }

  /** How many outputs apart the first and the last are that reach one position. */
  int span() {
    return (taps - 1) / tapStep * inputStep + 1;
  }

  int position(int y, int tap) {
    return (y + pad - tap * dilation) / stride;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
