package dev.lanewise.optim;

import dev.lanewise.tensor.Tensor;
import java.util.function.DoubleFunction;

/**
 * Looks along a direction for a step that satisfies the strong Wolfe conditions: the loss falls
 * enough, f(t) ≤ f(0) + c₁ t f'(0), and the slope is flat enough, |f'(t)| ≤ c₂ |f'(0)|. Steps grow
 * until an interval holds such a step, which then shrinks; each new step is where the cubic through
 * two points is least (Nocedal and Wright, <i>Numerical Optimization</i>, algorithms 3.5 and 3.6;
 * the bounds are those of Schmidt's minFunc, as in PyTorch).
 */
final class LineSearch {
  private static final double FALL = 1e-4;
  private static final double FLAT = 0.9;
  private static final int MOST_STEPS = 25;

  /**
   * What is known of one step.
   *
   * @param t how far along the direction
   * @param loss there
   * @param gradient there, all parameters in one row
   * @param slope along the direction
   */
  record Point(double t, double loss, Tensor gradient, double slope) {}

  private final Point start;
  private final DoubleFunction<Point> at;
  private final double narrowest;
  private int steps;

  /**
   * A search.
   *
   * @param start the point at t = 0, whose slope is negative
   * @param at evaluates a step
   * @param narrowest an interval of this length need not be searched
   */
  LineSearch(Point start, DoubleFunction<Point> at, double narrowest) {
    this.start = start;
    this.at = at;
    this.narrowest = narrowest;
  }

  /** How many steps were evaluated. */
  int evaluations() {
    return steps + 1;
  }

  /** The step found, or the best where none satisfies both conditions. */
  Point from(double first) {
    Point before = start;
    Point now = at.apply(first);
    while (steps < MOST_STEPS) {
      if (!falls(now) || (steps > 1 && now.loss >= before.loss)) {
        return within(before, now);
      }
      if (flat(now)) {
        return now;
      }
      if (now.slope >= 0) {
        return within(before, now);
      }
      double least = now.t + 0.01 * (now.t - before.t);
      double t = Math.clamp(lowest(before, now, least, 10 * now.t), least, 10 * now.t);
      before = now;
      now = at.apply(t);
      steps++;
    }
    return start.loss <= now.loss ? start : now;
  }

  /** A step between two points, of which the better one is kept. */
  private Point within(Point a, Point b) {
    // Where both are equal the earlier one counts as the better.
    Point low = a.loss <= b.loss ? a : b;
    Point high = a.loss <= b.loss ? b : a;
    boolean stuck = false;
    while (steps < MOST_STEPS && Math.abs(high.t - low.t) >= narrowest) {
      double left = Math.min(low.t, high.t);
      double right = Math.max(low.t, high.t);
      double t = Math.clamp(lowest(low, high, left, right), left, right);
      // A step at the rim gets one chance; then the interval is cut a tenth inside.
      double margin = 0.1 * (right - left);
      if (Math.min(right - t, t - left) < margin) {
        if (stuck || t >= right || t <= left) {
          t = right - t < t - left ? right - margin : left + margin;
          stuck = false;
        } else {
          stuck = true;
        }
      } else {
        stuck = false;
      }
      Point now = at.apply(t);
      steps++;
      if (!falls(now) || now.loss >= low.loss) {
        boolean better = now.loss < low.loss;
        high = better ? low : now;
        low = better ? now : low;
        continue;
      }
      if (flat(now)) {
        return now;
      }
      if (now.slope * (high.t - low.t) >= 0) {
        high = low;
      }
      low = now;
    }
    return low;
  }

  private boolean falls(Point now) {
    return now.loss <= start.loss + FALL * now.t * start.slope;
  }

  private boolean flat(Point now) {
    return Math.abs(now.slope) <= -FLAT * start.slope;
  }

  /**
   * Where the cubic through two points with their slopes is least; the middle of the bounds where
   * it has no minimum.
   */
  private static double lowest(Point a, Point b, double low, double high) {
    Point left = a.t <= b.t ? a : b;
    Point right = a.t <= b.t ? b : a;
    double middle = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.t - right.t);
    double square = middle * middle - left.slope * right.slope;
    if (!(square >= 0)) {
      return (low + high) / 2;
    }
    double root = Math.sqrt(square);
    double share = (right.slope + root - middle) / (right.slope - left.slope + 2 * root);
    double t = right.t - (right.t - left.t) * share;
    return Double.isNaN(t) ? (low + high) / 2 : t;
  }
}
