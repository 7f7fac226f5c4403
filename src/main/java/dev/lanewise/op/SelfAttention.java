package dev.lanewise.op;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.product.Attention;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@link ScaledDotProductAttention} of sequences to themselves, in several heads, where one product
 * has made queries, keys and values side by side: x [.., T, 3 E] is [.., T, 3, heads, E / heads],
 * and y [.., T, E] has the heads side by side, too. Nothing is copied on the way, and the gradient
 * arrives as one tensor.
 *
 * <p>The mask is an optional second input of numbers, which broadcasts to [.., heads, T, T]; minus
 * infinity hides a key.
 *
 * @param causal whether step i sees the steps 0 to i only
 */
public record SelfAttention(int heads, float scale, boolean causal) implements Op {
  private static final Inputs INPUTS = Inputs.floats("queriesKeysValues").optional("mask");

  /** Queries, keys and values. */
  private static final int PARTS = 3;

  public SelfAttention {
    if (heads < 1) {
      throw new IllegalArgumentException("selfAttention needs at least one head, found " + heads);
    }
  }

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape x = inputs[0];
    int rank = x.rank();
    if (rank < 2 || x.dim(-1) == 0 || x.dim(-1) % ((long) PARTS * heads) != 0) {
      throw new IllegalArgumentException(
          name()
              + ": queries, keys and values side by side are expected, [.., T, 3 E] with an E that "
              + heads
              + " heads divide, found "
              + x);
    }
    if (inputs.length > 1) {
      ScaledDotProductAttention.requireMask(name(), inputs[1], scores(x));
    }
    return x.with(rank - 1, x.dim(-1) / PARTS);
  }

  /** [.., heads, T, T]. */
  private Shape scores(Shape x) {
    int[] dims = new int[x.rank() + 1];
    System.arraycopy(x.toArray(), 0, dims, 0, x.rank() - 2);
    dims[x.rank() - 2] = heads;
    dims[x.rank() - 1] = x.dim(-2);
    dims[x.rank()] = x.dim(-2);
    return Shape.of(dims);
  }

  /** Two products of matrices; the exponentials are few beside them. */
  @Override
  public long flops(Shape shape, Shape... inputs) {
    return 4 * shape.size() * shape.dim(-2);
  }

  /** Five products of matrices. */
  @Override
  public long backwardFlops(Shape shape, Shape... inputs) {
    return flops(shape, inputs) / 2 * 5;
  }

  /** What the kernel works on: sequences of steps, each with some parts of all heads. */
  private record Form(int sequences, int steps, int heads, int depth) {
    Attention.Matrices of(Tensor x, int parts, int part) {
      return Attention.Matrices.heads(x, sequences, steps, parts, part, heads, depth);
    }
  }

  private Form form(Shape y) {
    int steps = y.dim(-2);
    int embed = y.dim(-1);
    int sequences = 1;
    for (int i = 0; i < y.rank() - 2; i++) {
      sequences = Math.multiplyExact(sequences, y.dim(i));
    }
    return new Form(sequences, steps, heads, embed / heads);
  }

  private Attention.Sizes sizes(Form f) {
    int batch = Math.multiplyExact(f.sequences, heads);
    return new Attention.Sizes(batch, f.steps, f.steps, f.depth, f.depth, scale, causal);
  }

  private Attention.@Nullable Mask mask(@Nullable Tensor mask, Shape x, Attention.Sizes sizes) {
    return mask == null
        ? null
        : ScaledDotProductAttention.mask(mask, sizes, MatMul.leading(scores(x)));
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Form f = form(shape);
    Attention.Sizes sizes = sizes(f);
    Tensor x = inputs[0].contiguous();
    Tensor mask = inputs.length > 1 ? inputs[1] : null;
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    Tensor logSums =
        Tensor.make(Shape.of(sizes.batch(), f.steps), DType.FLOAT32, Layout.PLAIN, name());
    if (shape.size() > 0) {
      Attention.forward(
          f.of(x, PARTS, 0),
          f.of(x, PARTS, 1),
          f.of(x, PARTS, 2),
          mask(mask, x.shape(), sizes),
          f.of(y, 1, 0),
          logSums,
          sizes);
    }
    inputs[0].release(x);
    Tensor[] saved = Arrays.copyOf(inputs, inputs.length + 2);
    saved[inputs.length] = y;
    saved[inputs.length + 1] = logSums;
    node.saveOwned(1, saved);
    return y;
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    boolean masked = node.inputs() > 1;
    Tensor mask = masked ? node.saved(1) : null;
    if (node.createGraph() || masked && node.needs(1)) {
      return composed(node, mask, dy);
    }
    Tensor saved = node.saved(0);
    Tensor y = node.saved(node.inputs());
    Form f = form(y.shape());
    Attention.Sizes sizes = sizes(f);
    Tensor dx = Tensor.make(saved.shape(), DType.FLOAT32, Layout.PLAIN, name() + "Gradient");
    if (y.size() > 0) {
      Tensor x = saved.contiguous();
      Tensor gradient = dy.contiguous();
      Attention.backward(
          f.of(x, PARTS, 0),
          f.of(x, PARTS, 1),
          f.of(x, PARTS, 2),
          mask(mask, x.shape(), sizes),
          f.of(y, 1, 0),
          node.saved(node.inputs() + 1),
          f.of(gradient, 1, 0),
          f.of(dx, PARTS, 0),
          f.of(dx, PARTS, 1),
          f.of(dx, PARTS, 2),
          sizes);
      saved.release(x);
      dy.release(gradient);
    } else {
      Elementwise.fill(dx, 0, dx.size());
    }
    return masked ? new @Nullable Tensor[] {dx, null} : new Tensor[] {dx};
  }

  /** The gradients in differentiable operations. */
  private @Nullable Tensor[] composed(Node node, @Nullable Tensor mask, Tensor dy) {
    Tensor[] parts = new Tensor[PARTS];
    Tensor x = node.saved(0);
    int embed = x.shape().dim(-1) / PARTS;
    for (int i = 0; i < PARTS; i++) {
      Tensor part = x.slice(-1, i * embed, (i + 1) * embed);
      parts[i] = eachHead(node, part);
      node.letGo(part);
    }
    Tensor dheads = eachHead(node, dy);
    @Nullable Tensor[] gradients =
        new ScaledDotProductAttention(scale, causal)
            .composed(
                node, i -> i < PARTS || node.needs(1), parts[0], parts[1], parts[2], mask, dheads);
    Tensor[] side = new Tensor[PARTS];
    for (int i = 0; i < PARTS; i++) {
      side[i] = Objects.requireNonNull(gradients[i]).transpose(-2, -3).flatten(-2, -1);
    }
    node.letGo(parts);
    node.letGo(dheads);
    Tensor dx = Tensor.concat(List.of(side), -1);
    return mask == null ? new Tensor[] {dx} : new @Nullable Tensor[] {dx, gradients[PARTS]};
  }

  /** [.., T, E] as [.., heads, T, E / heads]. */
  private Tensor eachHead(Node node, Tensor x) {
    Tensor apart = x.unflatten(-1, heads, x.shape().dim(-1) / heads);
    Tensor turned = apart.transpose(-2, -3);
    node.letGo(apart);
    return turned;
  }
}
