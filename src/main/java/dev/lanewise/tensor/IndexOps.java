package dev.lanewise.tensor;

import dev.lanewise.kernel.elementwise.Conversion;
import dev.lanewise.kernel.reduce.Sorting;
import dev.lanewise.op.Gather;
import dev.lanewise.op.IndexSelect;
import dev.lanewise.op.Scatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Operations on a {@link Tensor}, gathering, scattering and sorting by indices. */
public abstract sealed class IndexOps extends JoinOps permits PoolingOps {
  IndexOps() {}

  /**
   * This tensor's elements in another type; this tensor itself where it has that type. Floats are
   * cut towards zero, and all but 0 is true. Not differentiable.
   */
  public Tensor to(DType type) {
    if (self().dtype() == type) {
      return self();
    }
    Tensor x = self().contiguous();
    Tensor y = Tensor.make(x.shape(), type, Layout.PLAIN, "to");
    Conversion.convert(x, kernelType(x.dtype()), y, kernelType(type), x.size());
    self().release(x);
    return y;
  }

  private static Conversion.Type kernelType(DType type) {
    return Conversion.Type.valueOf(type.name());
  }

  /** Indices of any integer type as INT64. */
  private static Tensor indices(String who, Tensor index) {
    if (index.dtype() == DType.FLOAT32) {
      throw new IllegalArgumentException(who + ": indices must be integers, found FLOAT32");
    }
    return index.to(DType.INT64);
  }

  /**
   * y[i][j].. = x[index[i][j]..][j].. along dimension 0, and alike for others: the index has as
   * many dimensions as this tensor, and its shape.
   *
   * @throws IllegalArgumentException when an index lies outside
   */
  public Tensor gather(int dim, Tensor index) {
    int axis = self().shape().axis("gather", dim);
    return Tensor.apply(new Gather(axis), self(), indices("gather", index));
  }

  /** As {@link #gather}, where all other dimensions of tensor and index broadcast. */
  public Tensor takeAlongDim(Tensor index, int dim) {
    Shape shape = self().shape();
    int axis = shape.axis("takeAlongDim", dim);
    if (index.shape().rank() != shape.rank()) {
      throw new IllegalArgumentException(
          "takeAlongDim: indices of shape " + index.shape() + " for shape " + shape);
    }
    Shape common =
        Shape.broadcast("takeAlongDim", shape.with(axis, 1), index.shape().with(axis, 1));
    return expand(common.with(axis, shape.dim(axis)).toArray())
        .gather(axis, index.expand(common.with(axis, index.shape().dim(axis)).toArray()));
  }

  /**
   * A copy of this tensor with the elements of {@code source} at the places that {@link #gather}
   * would take; of equal indices the last one counts.
   *
   * @param source at least as large as the index; what lies beyond is not used
   */
  public Tensor scatter(int dim, Tensor index, Tensor source) {
    int axis = self().shape().axis("scatter", dim);
    return Tensor.apply(
        new Scatter(axis), self(), indices("scatter", index), part(source, index.shape()));
  }

  /** A copy of this tensor with a value at the places that {@link #gather} would take. */
  public Tensor scatter(int dim, Tensor index, float value) {
    return scatter(dim, index, Tensor.scalar(value).expand(index.shape().toArray()));
  }

  /** This tensor plus the elements of {@code source} at the places that {@link #gather} takes. */
  public Tensor scatterAdd(int dim, Tensor index, Tensor source) {
    Shape shape = self().shape();
    Gather gather = new Gather(shape.axis("scatterAdd", dim));
    Tensor sums =
        Tensor.apply(
            new Gather.Gradient(gather, shape),
            part(source, index.shape()),
            indices("scatterAdd", index));
    return self().add(sums);
  }

  /**
   * The elements of this tensor together with those of {@code source} at the places that {@link
   * #gather} takes.
   *
   * @param includeSelf whether the elements of this tensor count where others fall
   */
  public Tensor scatterReduce(
      int dim, Tensor index, Tensor source, ScatterMode mode, boolean includeSelf) {
    int axis = self().shape().rank() == 0 ? 0 : self().shape().axis("scatterReduce", dim);
    Tensor places = indices("scatterReduce", index);
    return ScatterReduction.of(
        self(), axis, places, part(source, index.shape()), mode, includeSelf);
  }

  private static Tensor part(Tensor x, Shape shape) {
    Tensor y = x;
    for (int i = 0; i < shape.rank() && x.shape().rank() == shape.rank(); i++) {
      if (shape.dim(i) < x.shape().dim(i)) {
        y = y.slice(i, 0, shape.dim(i));
      }
    }
    return y;
  }

  /**
   * The slices of a dimension that a vector of indices names.
   *
   * @throws IllegalArgumentException when an index lies outside
   */
  public Tensor indexSelect(int dim, Tensor index) {
    int axis = self().shape().axis("indexSelect", dim);
    return Tensor.apply(new IndexSelect(axis, -1), self(), indices("indexSelect", index));
  }

  /** This tensor plus the slices of {@code source} at the places that the indices name. */
  public Tensor indexAdd(int dim, Tensor index, Tensor source) {
    int axis = self().shape().axis("indexAdd", dim);
    IndexSelect.Gradient sum =
        new IndexSelect.Gradient(new IndexSelect(axis, -1), self().shape().dim(axis));
    return self().add(Tensor.apply(sum, source, indices("indexAdd", index)));
  }

  /** A copy of this tensor with slices of {@code source} at the places that the indices name. */
  public Tensor indexCopy(int dim, Tensor index, Tensor source) {
    Shape shape = self().shape();
    int axis = shape.axis("indexCopy", dim);
    int[] line = new int[shape.rank()];
    Arrays.fill(line, 1);
    line[axis] = -1;
    return scatter(axis, index.reshape(line).expand(source.shape().toArray()), source);
  }

  /** Elements of the flattened tensor at the given places, in the shape of the index. */
  public Tensor take(Tensor index) {
    return reshape(-1).indexSelect(0, index.reshape(-1)).reshape(index.shape().toArray());
  }

  /** The elements where the mask, which broadcasts to this shape, is not 0, in row-major order. */
  public Tensor maskedSelect(Tensor mask) {
    Shape common = Shape.broadcast("maskedSelect", self().shape(), mask.shape());
    byte[] values = mask.to(DType.BOOL).expand(common.toArray()).toByteArray();
    long[] places = new long[values.length];
    int count = 0;
    for (int i = 0; i < values.length; i++) {
      if (values[i] != 0) {
        places[count++] = i;
      }
    }
    Tensor index = Tensor.ofLongs(Arrays.copyOf(places, count), count);
    return expand(common.toArray()).reshape(-1).indexSelect(0, index);
  }

  /**
   * Rows of this table [num, dim] for indices of any shape; the gradient of a row is the sum over
   * all its uses, in their order.
   *
   * @param paddingIndex a row that gets no gradient; -1 for none
   * @return [index.., dim]
   * @throws IllegalArgumentException when an index lies outside
   */
  public Tensor embedding(Tensor index, int paddingIndex) {
    Shape table = self().shape();
    if (table.rank() != 2) {
      throw new IllegalArgumentException(
          "embedding: a table [num, dim] is expected, found " + table);
    }
    Tensor flat = indices("embedding", index).reshape(-1);
    Shape shape = index.shape().insert(index.shape().rank(), table.dim(1));
    return Tensor.apply(new IndexSelect(0, paddingIndex), self(), flat).reshape(shape.toArray());
  }

  /**
   * Vectors of 0 with a 1 at these indices, as FLOAT32: [..] becomes [.., classes].
   *
   * @throws IllegalArgumentException when an index is not below {@code classes}
   */
  public Tensor oneHot(int classes) {
    Shape shape = self().shape();
    Tensor index = indices("oneHot", self()).unsqueeze(-1);
    return Tensor.zeros(shape.insert(shape.rank(), classes).toArray()).scatter(-1, index, 1);
  }

  /** Elements in an order, and where they stood. */
  public record Sorted(Tensor values, Tensor indices) {}

  /** The INT64 indices that sort a dimension; equal elements keep their order, NaN is largest. */
  public Tensor argsort(int dim, boolean descending) {
    Shape shape = self().shape();
    int axis = shape.rank() == 0 ? 0 : shape.axis("argsort", dim);
    if (self().dtype() != DType.FLOAT32) {
      throw new IllegalArgumentException("argsort: expected FLOAT32, found " + self().dtype());
    }
    if (shape.rank() == 0) {
      return Tensor.ofLongs(new long[1]);
    }
    Tensor moved = self().detach().movedim(axis, -1);
    Tensor x = moved.contiguous();
    Tensor index = Tensor.make(x.shape(), DType.INT64, Layout.PLAIN, "argsort");
    int columns = shape.dim(axis);
    if (shape.size() > 0) {
      Sorting.order(x, index, shape.size() / columns, columns, descending);
    }
    moved.release(x);
    return index.movedim(-1, axis);
  }

  /** A dimension sorted; equal elements keep their order, NaN is largest. */
  public Sorted sort(int dim, boolean descending) {
    Tensor index = argsort(dim, descending);
    return new Sorted(self().shape().rank() == 0 ? self() : gather(dim, index), index);
  }

  /** The {@code k} largest (or smallest) elements of a dimension, sorted. */
  public Sorted topk(int k, int dim, boolean largest) {
    Shape shape = self().shape();
    int axis = shape.axis("topk", dim);
    if (k < 0 || k > shape.dim(axis)) {
      throw new IllegalArgumentException(
          "topk: " + k + " elements of dimension " + dim + " of shape " + shape);
    }
    Tensor index = argsort(axis, largest).slice(axis, 0, k);
    return new Sorted(gather(axis, index), index);
  }

  /** The {@code k}-th smallest elements of a dimension (k from 1 on), which is dropped. */
  public Sorted kthvalue(int k, int dim) {
    int axis = self().shape().axis("kthvalue", dim);
    if (k < 1 || k > self().shape().dim(axis)) {
      throw new IllegalArgumentException(
          "kthvalue: element " + k + " of dimension " + dim + " of shape " + self().shape());
    }
    Sorted sorted = topk(k, axis, false);
    return new Sorted(sorted.values.select(axis, k - 1), sorted.indices.select(axis, k - 1));
  }

  /** The lower median of a dimension, which is dropped. */
  public Sorted median(int dim) {
    int size = self().shape().dim(self().shape().axis("median", dim));
    return kthvalue((size + 1) / 2, dim);
  }

  /** The largest (or least) element so far along a dimension, and its index, the last of equals. */
  public Sorted cummax(int dim) {
    return running(dim, true);
  }

  /** As {@link #cummax} for the least element. */
  public Sorted cummin(int dim) {
    return running(dim, false);
  }

  private Sorted running(int dim, boolean largest) {
    Shape shape = self().shape();
    int axis = shape.axis(largest ? "cummax" : "cummin", dim);
    int n = shape.dim(axis);
    Tensor index = Tensor.zeros(shape.toArray()).to(DType.INT64);
    if (n > 0) {
      List<Tensor> best = new ArrayList<>();
      best.add(index.slice(axis, 0, 1));
      for (int i = 1; i < n; i++) {
        Tensor last = best.getLast();
        Tensor now = self().detach().slice(axis, i, i + 1);
        Tensor before = self().detach().gather(axis, last);
        Tensor wins = Logic.floats(largest ? now.ge(before) : now.le(before));
        Tensor place = Logic.floats(last);
        best.add(place.add(wins.mul(place.neg().add(i))).to(DType.INT64));
      }
      index = Tensor.concat(best, axis);
    }
    return new Sorted(gather(axis, index), index);
  }

  /** The most frequent element of a dimension, which is dropped; the least of equally frequent. */
  public Sorted mode(int dim) {
    Shape shape = self().shape();
    int axis = shape.axis("mode", dim);
    Tensor x = self().detach();
    // How often each element occurs; a stable sort by value puts the least of equals first, and the
    // last of its occurrences is what PyTorch names.
    Tensor order = argsort(axis, false);
    Tensor sorted = x.gather(axis, order);
    Tensor counts = Logic.floats(sorted.unsqueeze(axis).eq(sorted.unsqueeze(axis + 1))).sum(axis);
    Tensor last = Logic.floats(counts.argmax(axis)).add(counts.max(axis)).sub(1).to(DType.INT64);
    Tensor place = order.gather(axis, last.unsqueeze(axis));
    return new Sorted(gather(axis, place).squeeze(axis), place.squeeze(axis));
  }

  /** The value below which a share {@code q} of a dimension lies, between two by a line. */
  public Tensor quantile(float q, int dim) {
    Shape shape = self().shape();
    int axis = shape.axis("quantile", dim);
    if (!(q >= 0 && q <= 1) || shape.dim(axis) == 0) {
      throw new IllegalArgumentException(
          "quantile: a share from 0 to 1 of elements is expected, found " + q + " of " + shape);
    }
    double at = (double) q * (shape.dim(axis) - 1);
    int low = (int) at;
    Tensor sorted = sort(axis, false).values();
    Tensor least = sorted.select(axis, low);
    Tensor most = sorted.select(axis, Math.min(low + 1, shape.dim(axis) - 1));
    return least.lerp(most, Tensor.scalar((float) (at - low)));
  }

  /** {@code value} at the given indices of a dimension. */
  public Tensor indexFill(int dim, Tensor index, float value) {
    Shape shape = self().shape();
    int axis = shape.axis("indexFill", dim);
    int count = Math.toIntExact(index.size());
    return indexCopy(axis, index, Tensor.full(value, shape.with(axis, count).toArray()));
  }

  /** Where the mask, which broadcasts, is true, the elements of {@code source} one by one. */
  public Tensor maskedScatter(Tensor mask, Tensor source) {
    Tensor truth = Logic.floats(mask.to(DType.BOOL)).expand(self().shape().toArray());
    Tensor place = truth.reshape(-1).cumsum(0).sub(1).clamp(0, Float.POSITIVE_INFINITY);
    Tensor spread = source.take(place.to(DType.INT64)).reshape(self().shape().toArray());
    return Tensor.where(truth.ne(0), spread, self());
  }

  /**
   * Reduces rows of this table [num, dim] for each bag of indices.
   *
   * @param index INT64 [bags, size], or all bags one after the other with {@code offsets}
   * @param offsets INT64 [bags]: where each bag begins; null where the index has a row for each
   * @param reduction SUM or MEAN
   * @return [bags, dim]; 0 for an empty bag
   */
  public Tensor embeddingBag(Tensor index, @Nullable Tensor offsets, Reduction reduction) {
    if (reduction != Reduction.SUM && reduction != Reduction.MEAN) {
      throw new IllegalArgumentException(
          "embeddingBag: a sum or a mean of each bag is expected, found " + reduction);
    }
    Tensor rows = embedding(index, -1);
    if (offsets == null) {
      return reduction == Reduction.SUM ? rows.sum(1) : rows.mean(1);
    }
    long[] starts = offsets.toLongArray();
    int n = Math.toIntExact(index.size());
    float[] shares = new float[starts.length * n];
    for (int bag = 0; bag < starts.length; bag++) {
      int from = (int) starts[bag];
      int to = bag + 1 < starts.length ? (int) starts[bag + 1] : n;
      if (from < 0 || to < from || to > n) {
        throw new IllegalArgumentException(
            "embeddingBag: bags must begin one after the other within "
                + n
                + " indices, found "
                + Arrays.toString(starts));
      }
      Arrays.fill(
          shares, bag * n + from, bag * n + to, reduction == Reduction.SUM ? 1 : 1f / (to - from));
    }
    return Tensor.of(shares, starts.length, n).matmul(rows);
  }

  /**
   * Shortens, in place and outside the tape, the rows of this table that the indices name, where
   * their p-norm is above {@code most}: what {@code max_norm} of PyTorch's embeddings does.
   */
  public void renormRows(Tensor index, float most, float p) {
    Tensor norms = Tape.noGrad(() -> self().norm(p, true, 1));
    float[] norm = norms.toArray();
    float[] values = self().toArray();
    int columns = self().shape().dim(1);
    for (long row : indices("renormRows", index).reshape(-1).toLongArray()) {
      if (row < 0 || row >= norm.length) {
        throw new IllegalArgumentException(
            "renormRows: index " + row + " is no row of a table of shape " + self().shape());
      }
      float size = norm[(int) row];
      for (int i = 0; i < columns && size > most; i++) {
        values[(int) row * columns + i] *= most / (size + 1e-7f);
      }
      norm[(int) row] = 0;
    }
    self().copyFrom(values);
  }
}
