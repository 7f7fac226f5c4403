package dev.lanewise.tensor;

/** What a frame around a tensor holds; see {@link Tensor#pad}. */
public enum PadMode {
  /** One value. */
  CONSTANT,
  /** The elements inside, mirrored at the outermost one, which is not repeated. */
  REFLECT,
  /** The outermost element. */
  REPLICATE,
  /** The elements of the other end. */
  CIRCULAR
}
