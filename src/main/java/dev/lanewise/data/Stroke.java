package dev.lanewise.data;

/**
 * The strokes of a glyph as line segments x0, y0, x1, y1 in the unit square, y pointing down.
 * Curves are cut into short segments.
 */
final class Stroke {
  private static final int MAXIMUM_SEGMENTS = 64;

  /** One segment of an arc spans about this angle. */
  private static final double STEP = Math.toRadians(20);

  private final float[] segments = new float[4 * MAXIMUM_SEGMENTS];
  private int count;
  private float x;
  private float y;

  /** Lifts the pen and sets it down here. */
  Stroke move(double toX, double toY) {
    x = (float) toX;
    y = (float) toY;
    return this;
  }

  /** A straight line from where the pen is. */
  Stroke line(double toX, double toY) {
    int i = 4 * count++;
    segments[i] = x;
    segments[i + 1] = y;
    segments[i + 2] = (float) toX;
    segments[i + 3] = (float) toY;
    return move(toX, toY);
  }

  /**
   * An arc of an ellipse, joined to where the pen is by a line if it starts elsewhere. Angles are
   * in degrees, 0 to the right and 90 downwards.
   */
  Stroke arc(double centerX, double centerY, double radiusX, double radiusY, int from, int to) {
    int steps = (int) Math.ceil(Math.abs(Math.toRadians(to - from)) / STEP);
    for (int i = 0; i <= steps; i++) {
      double angle = Math.toRadians(from + (double) (to - from) * i / steps);
      // StrictMath: the same image on every machine.
      double toX = centerX + radiusX * StrictMath.cos(angle);
      double toY = centerY + radiusY * StrictMath.sin(angle);
      if (i == 0 && StrictMath.hypot(toX - x, toY - y) < 0.02) {
        continue;
      }
      line(toX, toY);
    }
    return this;
  }

  /** As {@link #arc}, set down at the start of the arc. */
  Stroke arcApart(
      double centerX, double centerY, double radiusX, double radiusY, int from, int to) {
    double angle = Math.toRadians(from);
    return move(
            centerX + radiusX * StrictMath.cos(angle), centerY + radiusY * StrictMath.sin(angle))
        .arc(centerX, centerY, radiusX, radiusY, from, to);
  }

  /** The number of segments. */
  int count() {
    return count;
  }

  /** One end of a segment: 0 and 1 are x and y of the start, 2 and 3 of the end. */
  float coordinate(int segment, int which) {
    return segments[4 * segment + which];
  }
}
