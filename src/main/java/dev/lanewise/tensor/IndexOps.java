package dev.lanewise.tensor;

/** Operations on a {@link Tensor}, gathering, scattering and sorting by indices. */
public abstract sealed class IndexOps extends ShapeOps permits NeuralOps {
  IndexOps() {}
}
