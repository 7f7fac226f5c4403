package dev.lanewise.tensor;

/**
 * The operations on a {@link Tensor}, named as in PyTorch, in one class for each kind: {@link
 * ArithmeticOps}, {@link ElementwiseOps}, {@link ActivationOps}, {@link ReductionOps}, {@link
 * ProductOps}, {@link ShapeOps}, {@link DiagonalOps}, {@link ImageOps}, {@link JoinOps}, {@link
 * IndexOps}, {@link PoolingOps}, {@link NeuralOps} and {@link LossOps}. A line stands for one op of
 * the catalogue, the rest are compositions. The kinds form a chain, so that a tensor has them all,
 * static methods included; in one of them, methods of another are called on {@link #self}.
 */
public abstract sealed class TensorOps permits ArithmeticOps {
  TensorOps() {}

  abstract Tensor self();
}
