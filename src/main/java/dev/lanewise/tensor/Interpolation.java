package dev.lanewise.tensor;

/** How the pixels of a resized image come from those of the original; as in PyTorch. */
public enum Interpolation {
  /** The pixel at the scaled index, rounded down. */
  NEAREST,
  /** The pixel whose centre is nearest. */
  NEAREST_EXACT,
  /** Linear between the two nearest centres, in each dimension (bilinear for images). */
  LINEAR,
  /** Cubic convolution over four centres in each dimension (Keys, 1981, with a = -0.75). */
  CUBIC,
  /** The mean of the pixels of the window that an adaptive average pooling would take. */
  AREA
}
