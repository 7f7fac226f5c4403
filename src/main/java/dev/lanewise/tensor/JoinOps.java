package dev.lanewise.tensor;

import dev.lanewise.op.Concat;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Operations on a {@link Tensor}, putting tensors together and taking them apart. */
public abstract sealed class JoinOps extends ImageOps permits IndexOps {
  JoinOps() {}

  /** Tensors one after the other along a dimension. */
  public static Tensor concat(List<Tensor> tensors, int dim) {
    int axis = tensors.isEmpty() ? dim : tensors.getFirst().shape().axis("concat", dim);
    return Tensor.apply(new Concat(axis), tensors.toArray(new Tensor[0]));
  }

  /** Tensors of one shape along a new dimension. */
  public static Tensor stack(List<Tensor> tensors, int dim) {
    int axis = dim < 0 && !tensors.isEmpty() ? dim + tensors.getFirst().shape().rank() + 1 : dim;
    List<Tensor> parts = new ArrayList<>();
    for (Tensor tensor : tensors) {
      parts.add(tensor.unsqueeze(axis));
    }
    return concat(parts, axis);
  }

  /** Side by side: along dimension 1, vectors along dimension 0. */
  public static Tensor hstack(List<Tensor> tensors) {
    boolean vectors = tensors.stream().allMatch(x -> x.shape().rank() < 2);
    return concat(each(tensors, x -> x.shape().rank() == 0 ? x.reshape(1) : x), vectors ? 0 : 1);
  }

  /** One below the other: along dimension 0, vectors as rows. */
  public static Tensor vstack(List<Tensor> tensors) {
    return concat(each(tensors, JoinOps::row), 0);
  }

  /** Behind each other: along dimension 2, where matrices [H, W] count as [H, W, 1]. */
  public static Tensor dstack(List<Tensor> tensors) {
    return concat(each(tensors, x -> x.shape().rank() > 2 ? x : row(x).unsqueeze(-1)), 2);
  }

  /** Side by side, vectors as columns. */
  public static Tensor columnStack(List<Tensor> tensors) {
    return hstack(each(tensors, x -> x.shape().rank() < 2 ? x.reshape(-1, 1) : x));
  }

  private static Tensor row(Tensor x) {
    return x.shape().rank() < 2 ? x.reshape(1, -1) : x;
  }

  private static List<Tensor> each(List<Tensor> tensors, UnaryOperator<Tensor> change) {
    return tensors.stream().map(change).toList();
  }

  /** Matrices (vectors as rows) along the diagonal of one of zeros. */
  public static Tensor blockDiag(List<Tensor> tensors) {
    List<Tensor> blocks = each(tensors, JoinOps::row);
    int columns = blocks.stream().mapToInt(x -> x.shape().dim(1)).sum();
    List<Tensor> rows = new ArrayList<>();
    int at = 0;
    for (Tensor block : blocks) {
      int width = block.shape().dim(1);
      rows.add(block.pad(at, columns - at - width));
      at += width;
    }
    return concat(rows, 0);
  }

  /** The coordinates of a grid: vector i along dimension i, constant along the others. */
  public static List<Tensor> meshgrid(List<Tensor> vectors) {
    int[] grid = vectors.stream().mapToInt(x -> Math.toIntExact(x.size())).toArray();
    List<Tensor> coordinates = new ArrayList<>();
    for (int i = 0; i < grid.length; i++) {
      int[] line = new int[grid.length];
      Arrays.fill(line, 1);
      line[i] = -1;
      coordinates.add(vectors.get(i).reshape(line).expand(grid));
    }
    return coordinates;
  }

  /** Pieces of the given sizes along a dimension, which they fill. */
  public List<Tensor> split(int[] sizes, int dim) {
    Shape shape = self().shape();
    int axis = shape.axis("split", dim);
    if (IntStream.of(sizes).sum() != shape.dim(axis) || IntStream.of(sizes).anyMatch(s -> s < 0)) {
      throw new IllegalArgumentException(
          "split: sizes "
              + Arrays.toString(sizes)
              + " do not add up to dimension "
              + dim
              + " of shape "
              + shape);
    }
    List<Tensor> parts = new ArrayList<>();
    int start = 0;
    for (int size : sizes) {
      parts.add(self().slice(axis, start, start + size));
      start += size;
    }
    return parts;
  }

  /** Pieces of {@code size} along a dimension; the last one may be smaller. */
  public List<Tensor> split(int size, int dim) {
    Shape shape = self().shape();
    int axis = shape.axis("split", dim);
    if (size < 1) {
      throw new IllegalArgumentException("split: pieces must have a size, found " + size);
    }
    int extent = shape.dim(axis);
    List<Tensor> parts = new ArrayList<>();
    for (int start = 0; start < Math.max(1, extent); start += size) {
      parts.add(self().slice(axis, start, Math.min(start + size, extent)));
    }
    return parts;
  }

  /** At most {@code chunks} pieces of equal size along a dimension; the last one may be smaller. */
  public List<Tensor> chunk(int chunks, int dim) {
    if (chunks < 1) {
      throw new IllegalArgumentException("chunk: at least one piece is expected, found " + chunks);
    }
    int size = self().shape().dim(self().shape().axis("chunk", dim));
    return split(Math.max(1, Math.ceilDiv(size, chunks)), dim);
  }

  /** All indices of a dimension, each without it. */
  public List<Tensor> unbind(int dim) {
    int size = self().shape().dim(self().shape().axis("unbind", dim));
    return IntStream.range(0, size).mapToObj(i -> self().select(dim, i)).toList();
  }

  /**
   * {@code sections} pieces along a dimension, of which the first ones may be longer by one. Where
   * there are more than elements, those behind are empty, one and the same tensor.
   */
  public List<Tensor> tensorSplit(int sections, int dim) {
    if (sections < 1) {
      throw new IllegalArgumentException(
          "tensorSplit: at least one piece is expected, found " + sections);
    }
    int axis = self().shape().axis("tensorSplit", dim);
    int size = self().shape().dim(axis);
    if (sections <= size) {
      return split(
          IntStream.range(0, sections).map(i -> (size + sections - 1 - i) / sections).toArray(),
          axis);
    }
    List<Tensor> pieces = new ArrayList<>(size == 0 ? List.of() : split(1, axis));
    pieces.add(self().slice(axis, size, size));
    return new AbstractList<>() {
      @Override
      public Tensor get(int index) {
        return pieces.get(Math.min(Objects.checkIndex(index, sections), size));
      }

      @Override
      public int size() {
        return sections;
      }
    };
  }
}
