package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.product.Attention;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * y = softmax(scale q kᵀ + mask) v with q [.., T, E], k [.., S, E], v [.., S, V] and y [.., T, V]
 * (Vaswani et al., <i>Attention Is All You Need</i>, 2017), in blocks: the matrix of scores never
 * lies in memory as a whole, in backward neither, unless gradients are to be differentiated again
 * or the mask has one. A query that sees no key gets 0.
 *
 * <p>The mask is an optional fourth input of numbers, which broadcasts to [.., T, S]; minus
 * infinity hides a key.
 *
 * @param causal whether query i sees the keys 0 to i only
 */
public record ScaledDotProductAttention(float scale, boolean causal) implements Op {
  private static final Inputs INPUTS = Inputs.floats("query", "key", "value").optional("mask");

  /** Stands for minus infinity where that would make NaN of differences. */
  private static final float HIDDEN = -1e30f;

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape q = inputs[0];
    Shape k = inputs[1];
    Shape v = inputs[2];
    int rank = q.rank();
    boolean fits = rank >= 2 && k.rank() == rank && v.rank() == rank;
    for (int i = 0; fits && i < rank - 2; i++) {
      fits = q.dim(i) == k.dim(i) && q.dim(i) == v.dim(i);
    }
    if (!fits || q.dim(-1) != k.dim(-1) || k.dim(-2) != v.dim(-2)) {
      throw new IllegalArgumentException(
          name()
              + ": query [.., T, E], key [.., S, E] and value [.., S, V] are expected, found "
              + q
              + ", "
              + k
              + " and "
              + v);
    }
    Shape scores = q.with(rank - 1, k.dim(-2));
    if (inputs.length > 3) {
      requireMask(name(), inputs[3], scores);
    }
    return q.with(rank - 1, v.dim(-1));
  }

  /**
   * Refuses a mask that does not stretch to the scores.
   *
   * @param scores [.., T, S]
   */
  static void requireMask(String name, Shape mask, Shape scores) {
    if (mask.rank() > scores.rank() || !Shape.broadcast(name, mask, scores).equals(scores)) {
      throw new IllegalArgumentException(
          name + ": a mask of shape " + mask + " does not stretch to the scores " + scores);
    }
  }

  /** Two products of matrices; the exponentials are few beside them. */
  @Override
  public long flops(Shape shape, Shape... inputs) {
    Shape q = inputs[0];
    return 2 * q.size() / q.dim(-1) * inputs[1].dim(-2) * (q.dim(-1) + shape.dim(-1));
  }

  /** Five products of matrices. */
  @Override
  public long backwardFlops(Shape shape, Shape... inputs) {
    return flops(shape, inputs) / 2 * 5;
  }

  private Attention.Sizes sizes(Shape q, Shape v) {
    int queries = q.dim(-2);
    int depth = q.dim(-1);
    long batch = 1;
    for (int i = 0; i < q.rank() - 2; i++) {
      batch *= q.dim(i);
    }
    return new Attention.Sizes(
        Math.toIntExact(batch), queries, v.dim(-2), depth, v.dim(-1), scale, causal);
  }

  private static Attention.Matrices rows(Tensor x, int batch) {
    return Attention.Matrices.contiguous(x, batch, x.shape().dim(-2), x.shape().dim(-1));
  }

  private static Attention.Matrices matrices(Tensor x, Shape batch) {
    return new Attention.Matrices(MatMul.matrix(x), MatMul.offsets(x, batch));
  }

  /** The mask with its last two dimensions as large as the scores, and contiguous rows. */
  private static Tensor wholeRows(Tensor mask, Shape scores) {
    Tensor wide = mask.shape().rank() < 2 ? mask.expand(1, mask.shape().dim(-1)) : mask;
    int[] dims = wide.shape().toArray();
    dims[dims.length - 1] = scores.dim(-1);
    Tensor stretched = wide.expand(dims);
    return stretched.strides()[dims.length - 1] == 1 ? stretched : stretched.contiguous();
  }

  /** A mask for the kernel. */
  static Attention.Mask mask(Tensor mask, Attention.Sizes sizes, Shape batch) {
    Tensor rows = wholeRows(mask, Shape.of(sizes.queries(), sizes.keys()));
    int rank = rows.shape().rank();
    long rowStride = rows.shape().dim(rank - 2) == 1 ? 0 : rows.strides()[rank - 2];
    return new Attention.Mask(rows, MatMul.offsets(rows, batch), rowStride);
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Shape batch = MatMul.leading(shape);
    Attention.Sizes sizes = sizes(inputs[0].shape(), inputs[2].shape());
    Tensor q = MatMul.readable(inputs[0]);
    Tensor k = MatMul.readable(inputs[1]);
    Tensor v = MatMul.readable(inputs[2]);
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    Tensor logSums =
        Tensor.make(Shape.of(sizes.batch(), sizes.queries()), DType.FLOAT32, Layout.PLAIN, name());
    if (sizes.keys() == 0 || sizes.depth() == 0 || shape.size() == 0) {
      // The mean of nothing, or of equal scores of nothing.
      require(sizes);
      Elementwise.fill(y, 0, shape.size());
      Elementwise.fill(logSums, Float.POSITIVE_INFINITY, logSums.size());
    } else {
      Attention.forward(
          matrices(q, batch),
          matrices(k, batch),
          matrices(v, batch),
          inputs.length > 3 ? mask(inputs[3], sizes, batch) : null,
          rows(y, sizes.batch()),
          logSums,
          sizes);
    }
    inputs[0].release(q);
    inputs[1].release(k);
    inputs[2].release(v);
    Tensor[] saved = Arrays.copyOf(inputs, inputs.length + 2);
    saved[inputs.length] = y;
    saved[inputs.length + 1] = logSums;
    node.saveOwned(1, saved);
    return y;
  }

  private void require(Attention.Sizes sizes) {
    if (sizes.keys() > 0 && sizes.depth() == 0) {
      throw new IllegalArgumentException(name() + ": query and key have no elements to compare");
    }
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    Tensor q = node.saved(0);
    Tensor k = node.saved(1);
    Tensor v = node.saved(2);
    boolean masked = node.inputs() > 3;
    if (node.createGraph() || masked && node.needs(3)) {
      Tensor mask = masked ? node.saved(3) : null;
      return Arrays.copyOf(composed(node, node::needs, q, k, v, mask, dy), node.inputs());
    }
    Tensor y = node.saved(node.inputs());
    Shape batch = MatMul.leading(y.shape());
    Attention.Sizes sizes = sizes(q.shape(), v.shape());
    Tensor dq = Tensor.make(q.shape(), DType.FLOAT32, Layout.PLAIN, name() + "Gradient");
    Tensor dk = Tensor.make(k.shape(), DType.FLOAT32, Layout.PLAIN, name() + "Gradient");
    Tensor dv = Tensor.make(v.shape(), DType.FLOAT32, Layout.PLAIN, name() + "Gradient");
    if (y.size() == 0 || sizes.keys() == 0) {
      for (Tensor zero : new Tensor[] {dq, dk, dv}) {
        Elementwise.fill(zero, 0, zero.size());
      }
    } else {
      Tensor from = MatMul.readable(q);
      Tensor keys = MatMul.readable(k);
      Tensor values = MatMul.readable(v);
      Tensor gradient = dy.contiguous();
      Attention.backward(
          matrices(from, batch),
          matrices(keys, batch),
          matrices(values, batch),
          masked ? mask(node.saved(3), sizes, batch) : null,
          rows(y, sizes.batch()),
          node.saved(node.inputs() + 1),
          rows(gradient, sizes.batch()),
          rows(dq, sizes.batch()),
          rows(dk, sizes.batch()),
          rows(dv, sizes.batch()),
          sizes);
      q.release(from);
      k.release(keys);
      v.release(values);
      dy.release(gradient);
    }
    @Nullable Tensor[] dx = new @Nullable Tensor[node.inputs()];
    dx[0] = dq;
    dx[1] = dk;
    dx[2] = dv;
    return dx;
  }

  /**
   * The gradients in differentiable operations, with all scores in memory.
   *
   * @param needed which of those of query, key, value and mask
   */
  @Nullable Tensor[] composed(
      Node node,
      IntPredicate needed,
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      Tensor dy) {
    Tensor p = weights(q, k, mask, scale, causal);
    Tensor turnedV = v.transpose(-1, -2);
    Tensor dp = dy.matmul(turnedV);
    Tensor ds = p.mul(dp.sub(dp.mul(p).sumKeep(-1)));
    Tensor turnedS = ds.transpose(-1, -2);
    Tensor turnedP = p.transpose(-1, -2);
    @Nullable Tensor[] dx = new @Nullable Tensor[4];
    dx[0] = needed.test(0) ? ds.matmul(k).mul(scale) : null;
    dx[1] = needed.test(1) ? turnedS.matmul(q).mul(scale) : null;
    dx[2] = needed.test(2) ? turnedP.matmul(dy) : null;
    node.letGo(turnedV, turnedS, turnedP);
    dx[3] = mask != null && needed.test(3) ? ds.sumTo(mask.shape()) : null;
    return dx;
  }

  /**
   * The probabilities softmax(scale q kᵀ + mask), [.., T, S]; 0 for a query that sees no key.
   *
   * @param mask numbers that broadcast to the result, or null
   */
  public static Tensor weights(
      Tensor q, Tensor k, @Nullable Tensor mask, float scale, boolean causal) {
    Tensor scores = q.matmul(k.transpose(-1, -2)).mul(scale);
    // What is hidden gets a large negative score instead of minus infinity, and then the factor 0.
    Tensor visible = null;
    if (mask != null) {
      float[] values = mask.toArray();
      float[] factors = new float[values.length];
      float[] shifts = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        factors[i] = values[i] == Float.NEGATIVE_INFINITY ? 0 : 1;
        shifts[i] = factors[i] == 0 ? HIDDEN : 0;
      }
      int[] dims = mask.shape().toArray();
      visible = Tensor.of(factors, dims);
      scores =
          mask.requiresGrad()
              ? scores.add(mask)
              : scores.add(finite(values, dims)).mul(visible).add(Tensor.of(shifts, dims));
    }
    if (causal) {
      int queries = q.shape().dim(-2);
      int keys = k.shape().dim(-2);
      Tensor lower = Tensor.ones(queries, keys).tril(0);
      scores = scores.mul(lower).add(lower.sub(1).mul(-HIDDEN));
      visible = visible == null ? lower : visible.mul(lower);
    }
    Tensor p = scores.softmax(-1);
    return visible == null ? p : p.mul(visible);
  }

  private static Tensor finite(float[] values, int... dims) {
    float[] shown = values.clone();
    for (int i = 0; i < shown.length; i++) {
      shown[i] = shown[i] == Float.NEGATIVE_INFINITY ? 0 : shown[i];
    }
    return Tensor.of(shown, dims);
  }
}
