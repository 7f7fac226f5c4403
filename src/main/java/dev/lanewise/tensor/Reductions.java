package dev.lanewise.tensor;

import dev.lanewise.kernel.reduce.Reduction;
import dev.lanewise.op.Axes;
import java.util.List;

/** Reductions to an index, which are not differentiable, and those that are compositions. */
final class Reductions {
  private Reductions() {}

  static Tensor argmax(Tensor x, int dim) {
    return choose("argmax", false, x, dim);
  }

  static Tensor argmin(Tensor x, int dim) {
    return choose("argmin", true, x, dim);
  }

  private static Tensor choose(String who, boolean least, Tensor x, int dim) {
    Shape shape = x.shape();
    int axis = shape.axis(who, dim);
    if (shape.dim(axis) == 0) {
      throw new IllegalArgumentException(who + ": dimension " + dim + " of " + shape + " is empty");
    }
    long outer = 1;
    long inner = 1;
    for (int i = 0; i < shape.rank(); i++) {
      outer *= i < axis ? shape.dim(i) : 1;
      inner *= i > axis ? shape.dim(i) : 1;
    }
    Tensor from = x.contiguous();
    Tensor index = Tensor.make(shape.without(axis), DType.INT64, Layout.PLAIN, who);
    try (Tensor best = Tensor.make(shape.without(axis), DType.FLOAT32, Layout.PLAIN, who)) {
      if (least) {
        Reduction.min(from, best, index, outer, shape.dim(axis), inner);
      } else {
        Reduction.max(from, best, index, outer, shape.dim(axis), inner);
      }
    }
    x.release(from);
    return index;
  }

  private static Tensor dropped(Tensor kept, Tensor x, boolean keepdim, Axes axes) {
    return keepdim ? kept : kept.reshape(axes.reduce(x.shape(), false).toArray());
  }

  /** By halves, so that no division is needed in the derivative, and zeros are no exception. */
  static Tensor prod(Tensor x, boolean keepdim, int... dims) {
    Axes axes = Axes.of("prod", x.shape(), dims);
    Tensor y = x;
    for (int axis = 0; axis < x.shape().rank(); axis++) {
      if (!axes.contains(axis)) {
        continue;
      }
      if (y.shape().dim(axis) == 0) {
        y = Tensor.ones(y.shape().with(axis, 1).toArray());
      }
      for (int n = y.shape().dim(axis); n > 1; n = y.shape().dim(axis)) {
        int half = n / 2;
        Tensor product = y.slice(axis, 0, half).mul(y.slice(axis, half, 2 * half));
        y = n % 2 == 0 ? product : Tensor.concat(List.of(product, y.slice(axis, n - 1, n)), axis);
      }
    }
    return dropped(y, x, keepdim, axes);
  }

  /** In log₂ n steps of doubled distance, which zeros do not disturb. */
  static Tensor cumprod(Tensor x, int dim) {
    int axis = x.shape().axis("cumprod", dim);
    int n = x.shape().dim(axis);
    Tensor y = x;
    for (int step = 1; step < n; step *= 2) {
      Tensor product = y.slice(axis, step, n).mul(y.slice(axis, 0, n - step));
      y = Tensor.concat(List.of(y.slice(axis, 0, step), product), axis);
    }
    return y;
  }

  static Tensor var(Tensor x, int correction, boolean keepdim, int... dims) {
    Axes axes = Axes.of("var", x.shape(), dims);
    float divisor = Math.max(0, axes.count(x.shape()) - correction);
    Tensor centred = x.sub(x.meanKeep(dims));
    return dropped(centred.square().sumKeep(dims).div(divisor), x, keepdim, axes);
  }

  static Tensor norm(Tensor x, float p, boolean keepdim, int... dims) {
    Axes axes = Axes.of("norm", x.shape(), dims);
    Tensor y;
    if (p == 0) {
      y = Logic.floats(x.ne(0)).sumKeep(dims);
    } else if (p == 1) {
      y = x.abs().sumKeep(dims);
    } else if (p == Float.POSITIVE_INFINITY) {
      y = x.abs().maxKeep(dims);
    } else if (p == Float.NEGATIVE_INFINITY) {
      y = x.abs().minKeep(dims);
    } else {
      Tensor sum = (p == 2 ? x.square() : x.abs().pow(p)).sumKeep(dims);
      // The root has no derivative at 0; there the gradient is 0, as in PyTorch.
      Tensor none = sum.eq(0);
      Tensor safe = Tensor.where(none, Tensor.scalar(1), sum);
      Tensor root = p == 2 ? safe.sqrt() : safe.pow(1 / p);
      y = Tensor.where(none, Tensor.scalar(0), root);
    }
    return dropped(y, x, keepdim, axes);
  }

  static Tensor logsumexp(Tensor x, boolean keepdim, int... dims) {
    Axes axes = Axes.of("logsumexp", x.shape(), dims);
    Tensor largest = x.detach().maxKeep(dims);
    // Where all are -infinity (or one is infinity) the shift would make NaN.
    Tensor shift = Tensor.where(largest.isfinite(), largest, Tensor.scalar(0));
    return dropped(x.sub(shift).exp().sumKeep(dims).log().add(shift), x, keepdim, axes);
  }

  /** In log₂ n steps of doubled distance, each an addition of exponentials without overflow. */
  static Tensor logcumsumexp(Tensor x, int dim) {
    int axis = x.shape().axis("logcumsumexp", dim);
    int n = x.shape().dim(axis);
    Tensor y = x;
    for (int step = 1; step < n; step *= 2) {
      Tensor sum = y.slice(axis, step, n).logaddexp(y.slice(axis, 0, n - step));
      y = Tensor.concat(List.of(y.slice(axis, 0, step), sum), axis);
    }
    return y;
  }

  static Tensor cov(Tensor x, int correction) {
    if (x.shape().rank() != 2) {
      throw new IllegalArgumentException(
          "cov: [variables, observations] are expected, found " + x.shape());
    }
    Tensor centred = x.sub(x.meanKeep(1));
    return centred.matmul(centred.t()).div(Math.max(0, x.shape().dim(1) - correction));
  }
}
