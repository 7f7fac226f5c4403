package dev.lanewise.tensor;

/** What {@link Tensor#scatterReduce} makes of all elements that fall on one place. */
public enum ScatterMode {
  /** Their sum. */
  SUM,
  /** Their mean. */
  MEAN,
  /** Their product. */
  PROD,
  /** The largest; equals share the gradient evenly. */
  AMAX,
  /** The least; equals share the gradient evenly. */
  AMIN
}
