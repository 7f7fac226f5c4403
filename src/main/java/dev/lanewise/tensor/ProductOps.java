package dev.lanewise.tensor;

import dev.lanewise.op.Linear;
import dev.lanewise.op.MatMul;
import org.jspecify.annotations.Nullable;

/** Operations on a {@link Tensor}, matrix products. */
public abstract sealed class ProductOps extends ReductionOps permits ShapeOps {
  ProductOps() {}

  /**
   * Matrix product, [.., m, k] by [.., k, n]; leading dimensions broadcast, a vector on the left is
   * a row, on the right a column, and its dimension is dropped from the result.
   */
  public Tensor matmul(Tensor other) {
    Tensor a = self();
    Tensor b = other;
    if (a.shape().rank() == 0 || b.shape().rank() == 0) {
      throw new IllegalArgumentException(
          "matmul: both operands need a dimension, found " + a.shape() + " and " + b.shape());
    }
    boolean row = a.shape().rank() == 1;
    boolean column = b.shape().rank() == 1;
    a = row ? a.unsqueeze(0) : a;
    b = column ? b.unsqueeze(1) : b;
    Tensor y;
    if (a.shape().rank() > 2 && b.shape().rank() == 2) {
      // One product instead of a batch of them.
      int[] dims = a.shape().toArray();
      y = Tensor.apply(new MatMul(), a.flatten(0, -2), b);
      dims[dims.length - 1] = b.shape().dim(1);
      y = y.reshape(dims);
    } else {
      y = Tensor.apply(new MatMul(), a, b);
    }
    y = column ? y.squeeze(-1) : y;
    return row ? y.squeeze(column ? -1 : -2) : y;
  }

  /**
   * Fully connected: this [.., in] times weight [out, in] transposed, plus bias [out] (or null).
   *
   * @return [.., out]
   */
  public Tensor linear(Tensor weight, @Nullable Tensor bias) {
    return linear(weight, bias, false);
  }

  /** max(y, 0) of {@link #linear}'s y, in one operation and with the same bits. */
  public Tensor linearRelu(Tensor weight, @Nullable Tensor bias) {
    return linear(weight, bias, true);
  }

  private Tensor linear(Tensor weight, @Nullable Tensor bias, boolean relu) {
    Tensor x = self();
    int[] dims = x.shape().toArray();
    boolean matrix = dims.length == 2 || dims.length == 0;
    Tensor rows = matrix ? x : dims.length == 1 ? x.unsqueeze(0) : x.flatten(0, -2);
    // Rows that become a tensor of more dimensions again have to be plain.
    Linear linear = new Linear(matrix ? Layout.BATCH_LANES : Layout.PLAIN, relu);
    Tensor y =
        bias == null
            ? Tensor.apply(linear, rows, weight)
            : Tensor.apply(linear, rows, weight, bias);
    if (matrix) {
      return y;
    }
    dims[dims.length - 1] = weight.shape().dim(0);
    return y.reshape(dims);
  }

  /** The product of two matrices. */
  public Tensor mm(Tensor other) {
    return ranked("mm", other, 2, 2).matmul(other);
  }

  /** The products of two batches of matrices, [B, m, k] by [B, k, n]. */
  public Tensor bmm(Tensor other) {
    Shape a = self().shape();
    Shape b = other.shape();
    if (a.rank() == 3 && b.rank() == 3 && a.dim(0) != b.dim(0)) {
      throw new IllegalArgumentException("bmm: batches " + a + " and " + b + " differ in number");
    }
    return ranked("bmm", other, 3, 3).matmul(other);
  }

  /** A matrix by a vector. */
  public Tensor mv(Tensor vector) {
    return ranked("mv", vector, 2, 1).matmul(vector);
  }

  /** The inner product of two vectors. */
  public Tensor dot(Tensor other) {
    return ranked("dot", other, 1, 1).matmul(other);
  }

  /** The products of all pairs of elements of two vectors, [m] and [n], as [m, n]. */
  public Tensor outer(Tensor other) {
    return ranked("outer", other, 1, 1).unsqueeze(1).mul(other.unsqueeze(0));
  }

  private Tensor ranked(String who, Tensor other, int left, int right) {
    if (self().shape().rank() != left || other.shape().rank() != right) {
      throw new IllegalArgumentException(
          who
              + ": tensors of "
              + left
              + " and "
              + right
              + " dimensions are expected, found shapes "
              + self().shape()
              + " and "
              + other.shape());
    }
    return self();
  }

  /** beta this + alpha a b for matrices; this broadcasts to the product. */
  public Tensor addmm(Tensor a, Tensor b, float beta, float alpha) {
    return scaledSum(a.mm(b), beta, alpha);
  }

  /** beta this + alpha a b for batches of matrices. */
  public Tensor baddbmm(Tensor a, Tensor b, float beta, float alpha) {
    return scaledSum(a.bmm(b), beta, alpha);
  }

  /** beta this + alpha a b for a matrix and a vector. */
  public Tensor addmv(Tensor a, Tensor b, float beta, float alpha) {
    return scaledSum(a.mv(b), beta, alpha);
  }

  private Tensor scaledSum(Tensor product, float beta, float alpha) {
    Tensor scaled = alpha == 1 ? product : product.mul(alpha);
    return beta == 0 ? scaled : scaled.add(beta == 1 ? self() : self().mul(beta));
  }

  /**
   * The sum of products over the given dimensions of this tensor, each with one of the other; the
   * remaining dimensions of this come first.
   */
  public Tensor tensordot(Tensor other, int[] dims, int[] otherDims) {
    Shape a = self().shape();
    Shape b = other.shape();
    if (dims.length != otherDims.length) {
      throw new IllegalArgumentException(
          "tensordot: " + dims.length + " dimensions against " + otherDims.length);
    }
    char[] left = letters('a', a.rank());
    char[] right = letters('A', b.rank());
    for (int i = 0; i < dims.length; i++) {
      right[b.axis("tensordot", otherDims[i])] = left[a.axis("tensordot", dims[i])];
    }
    StringBuilder result = new StringBuilder();
    for (char c : left) {
      if (new String(right).indexOf(c) < 0) {
        result.append(c);
      }
    }
    for (char c : right) {
      if (c < 'a') {
        result.append(c);
      }
    }
    String equation = new String(left) + "," + new String(right) + "->" + result;
    return Einsum.evaluate(equation, self(), other);
  }

  private static char[] letters(char first, int count) {
    char[] letters = new char[count];
    for (int i = 0; i < count; i++) {
      letters[i] = (char) (first + i);
    }
    return letters;
  }

  /**
   * As {@link #tensordot(Tensor, int[], int[])} over the last of this and the first of the other.
   */
  public Tensor tensordot(Tensor other, int count) {
    Shape shape = self().shape();
    if (count < 0 || count > Math.min(shape.rank(), other.shape().rank())) {
      throw new IllegalArgumentException(
          "tensordot: shapes "
              + shape
              + " and "
              + other.shape()
              + " do not have "
              + count
              + " dimensions to sum over");
    }
    int[] dims = new int[count];
    int[] otherDims = new int[count];
    for (int i = 0; i < count; i++) {
      dims[i] = i - count;
      otherDims[i] = i;
    }
    return tensordot(other, dims, otherDims);
  }

  /** The Kronecker product of two tensors with as many dimensions. */
  public Tensor kron(Tensor other) {
    int rank = self().shape().rank();
    if (rank != other.shape().rank()) {
      throw new IllegalArgumentException(
          "kron: shapes " + self().shape() + " and " + other.shape() + " differ in rank");
    }
    int[] a = new int[2 * rank];
    int[] b = new int[2 * rank];
    int[] joined = new int[rank];
    for (int i = 0; i < rank; i++) {
      a[2 * i] = self().shape().dim(i);
      a[2 * i + 1] = 1;
      b[2 * i] = 1;
      b[2 * i + 1] = other.shape().dim(i);
      joined[i] = a[2 * i] * b[2 * i + 1];
    }
    return self().reshape(a).mul(other.reshape(b)).reshape(joined);
  }

  /**
   * A sum of products in Einstein's notation: {@code einsum("bij,bjk->bik", a, b)}. Letters that
   * the result does not name are summed over; {@code ...} stands for dimensions that broadcast.
   */
  public static Tensor einsum(String equation, Tensor... operands) {
    return Einsum.evaluate(equation, operands);
  }

  /** Sums of products over the last dimension of both: [.., n] and [.., n]. */
  public Tensor inner(Tensor other) {
    if (self().shape().rank() == 0 || other.shape().rank() == 0) {
      return self().mul(other);
    }
    return tensordot(other, new int[] {-1}, new int[] {-1});
  }

  /** beta this + alpha Σ_b a_b b_b for batches [B, m, k] and [B, k, n]. */
  public Tensor addbmm(Tensor a, Tensor b, float beta, float alpha) {
    return self().mul(beta).add(a.bmm(b).sum(0).mul(alpha));
  }

  /** beta this + alpha times the outer product of two vectors. */
  public Tensor addr(Tensor a, Tensor b, float beta, float alpha) {
    return self().mul(beta).add(a.outer(b).mul(alpha));
  }

  /** A square matrix times itself, {@code n} factors, n from 0 on. */
  public Tensor matrixPower(int n) {
    Shape shape = self().shape();
    int rank = shape.rank();
    if (rank < 2 || shape.dim(rank - 1) != shape.dim(rank - 2) || n < 0) {
      throw new IllegalArgumentException(
          "matrixPower: square matrices and a power from 0 on are expected, found "
              + shape
              + " and "
              + n);
    }
    if (n == 0) {
      return Tensor.ones(shape.dim(rank - 1)).diag(0).expand(shape.toArray());
    }
    Tensor half = n == 1 ? self() : matrixPower(n / 2);
    Tensor square = n == 1 ? half : half.matmul(half);
    return n % 2 == 0 || n == 1 ? square : square.matmul(self());
  }

  /**
   * Σ_ij this[.., i] weight[k, i, j] other[.., j] + bias[k].
   *
   * @param weight [out, in1, in2]
   * @param bias [out], or null
   * @return [.., out]
   */
  public Tensor bilinear(Tensor other, Tensor weight, @Nullable Tensor bias) {
    Shape w = weight.shape();
    if (w.rank() != 3) {
      throw new IllegalArgumentException("bilinear: weight must be [out, in1, in2], found " + w);
    }
    int rank = self().shape().rank();
    Tensor left = self().linear(weight.transpose(1, 2).reshape(-1, w.dim(1)), null);
    Tensor y = left.unflatten(rank - 1, w.dim(0), w.dim(2)).mul(other.unsqueeze(-2)).sum(-1);
    return bias == null ? y : y.add(bias);
  }

  /** Distances by the p-norm of each of [.., n, d] to each of [.., m, d]: [.., n, m]. */
  public Tensor cdist(Tensor other, float p) {
    return self().unsqueeze(-2).sub(other.unsqueeze(-3)).norm(p, false, -1);
  }

  /** Distances by the p-norm of each two rows of [n, d], each pair once: [n (n - 1) / 2]. */
  public Tensor pdist(float p) {
    Shape shape = self().shape();
    if (shape.rank() != 2) {
      throw new IllegalArgumentException("pdist: rows [n, d] are expected, found " + shape);
    }
    int n = shape.dim(0);
    long[] first = new long[n * (n - 1) / 2];
    long[] second = new long[first.length];
    int pair = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++, pair++) {
        first[pair] = i;
        second[pair] = j;
      }
    }
    Tensor from = self().indexSelect(0, Tensor.ofLongs(first, pair));
    return from.sub(self().indexSelect(0, Tensor.ofLongs(second, pair))).norm(p, false, 1);
  }

  /** The p-norm of the difference of all elements. */
  public Tensor dist(Tensor other, float p) {
    return self().sub(other).norm(p, false);
  }

  /** The vector product along a dimension of size 3. */
  public Tensor cross(Tensor other, int dim) {
    Shape shape = self().shape();
    if (shape.dim(shape.axis("cross", dim)) != 3) {
      throw new IllegalArgumentException(
          "cross: dimension " + dim + " of shape " + shape + " is not 3");
    }
    return self()
        .roll(-1, dim)
        .mul(other.roll(-2, dim))
        .sub(self().roll(-2, dim).mul(other.roll(-1, dim)));
  }
}
