package dev.lanewise.tensor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Keeps views within the elements that they look at. */
final class ViewBounds {
  private ViewBounds() {}

  /**
   * Checks a view.
   *
   * @param tensor whose elements it shows
   * @param elements how many there are behind the tensor
   * @param strides in elements; null where the view has no gaps
   * @param offset of its first element
   * @throws IllegalArgumentException when it would reach beyond them
   */
  static void check(
      Tensor tensor, long elements, Shape shape, long @Nullable [] strides, long offset) {
    boolean fits =
        offset >= 0
            && offset <= elements
            && (strides == null
                ? tensor.layout().elements(shape) <= elements - offset
                : reaches(elements, shape, strides, offset));
    if (!fits) {
      throw new IllegalArgumentException(
          "view: shape %s%s from element %d on does not fit into the %d elements behind %s"
              .formatted(
                  shape,
                  strides == null ? "" : " with strides " + Arrays.toString(strides),
                  offset,
                  elements,
                  tensor));
    }
  }

  /** Whether the first and the last element that strides lead to are there. */
  private static boolean reaches(long elements, Shape shape, long[] strides, long offset) {
    if (strides.length != shape.rank()) {
      return false;
    }
    if (shape.size() == 0) {
      return true;
    }
    long first = offset;
    long last = offset;
    for (int i = 0; i < strides.length; i++) {
      long stride = strides[i];
      long steps = shape.dim(i) - 1L;
      // Such a dimension alone would reach beyond them, and its product beyond a long.
      if (steps > 0 && (stride > elements / steps || stride < -(elements / steps))) {
        return false;
      }
      first += Math.min(0, stride * steps);
      last += Math.max(0, stride * steps);
    }
    return first >= 0 && last < elements;
  }
}
