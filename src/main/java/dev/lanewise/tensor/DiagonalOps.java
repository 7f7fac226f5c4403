package dev.lanewise.tensor;

import dev.lanewise.op.Diagonal;
import dev.lanewise.op.Triangle;

/** Operations on a {@link Tensor}, triangles and diagonals of matrices. */
public abstract sealed class DiagonalOps extends ShapeOps permits ImageOps {
  DiagonalOps() {}

  /** The lower triangle of the last two dimensions: 0 where {@code j - i > diagonal}. */
  public Tensor tril(int diagonal) {
    return Tensor.apply(new Triangle(false, diagonal), self());
  }

  /** The upper triangle of the last two dimensions: 0 where {@code j - i < diagonal}. */
  public Tensor triu(int diagonal) {
    return Tensor.apply(new Triangle(true, diagonal), self());
  }

  /** The elements (i, i + offset) of two dimensions, which one at the end replaces: a view. */
  public Tensor diagonal(int offset, int first, int second) {
    Shape shape = self().shape();
    int a = shape.axis("diagonal", first);
    int b = shape.axis("diagonal", second);
    return Tensor.apply(new Diagonal(offset, a, b), self());
  }

  /** The last dimension on the diagonal of square matrices of zeros. */
  public Tensor diagEmbed(int offset) {
    Shape shape = self().shape();
    int last = shape.axis("diagEmbed", -1);
    int side = shape.dim(last) + Math.abs(offset);
    Shape whole = shape.with(last, side).insert(last + 1, side);
    Diagonal diagonal = new Diagonal(offset, last, last + 1);
    return Tensor.apply(new Diagonal.Gradient(diagonal, whole), self());
  }

  /** The diagonal of a matrix, or the matrix of zeros with this vector on its diagonal. */
  public Tensor diag(int offset) {
    return switch (self().shape().rank()) {
      case 1 -> diagEmbed(offset);
      case 2 -> diagonal(offset, 0, 1);
      default ->
          throw new IllegalArgumentException(
              "diag: expected a vector or a matrix, found shape " + self().shape());
    };
  }

  /** The sum of the diagonal of a matrix. */
  public Tensor trace() {
    return diagonal(0, 0, 1).sum();
  }
}
