package dev.lanewise.op;

import dev.lanewise.kernel.norm.RowNormKernel;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Each row x of a matrix becomes y = x̂ · weight + bias with x̂ = (x - μ) r and r = 1 / √(mean((x -
 * μ)²) + ε), where μ is the mean of the row if {@code centred} (Ba, Kiros and Hinton, <i>Layer
 * Normalization</i>, 2016), else 0 (Zhang and Sennrich, <i>Root Mean Square Layer
 * Normalization</i>, 2019). The inputs are x [rows, columns] and perhaps weight [columns], and with
 * a weight perhaps bias [columns].
 *
 * <p>With g = dy · weight, means over a row and sums over the rows:
 *
 * <pre>
 * dx = (g - mean(g) - x̂ mean(g x̂)) r, the first mean only if centred
 * dweight = Σ dy x̂
 * dbias = Σ dy
 * </pre>
 *
 * <p>Backward takes x̂ from x, the means and r, so of the size of x nothing new is kept.
 */
public record NormalizeRows(boolean centred, float eps) implements Op {
  private static final Inputs INPUTS = Inputs.floats("input").optional("weight", "bias");

  private static final int WEIGHT = 1;
  private static final int BIAS = 2;

  /** Checks the attributes. */
  public NormalizeRows {
    if (!(eps >= 0)) {
      throw new IllegalArgumentException("normalizeRows: eps must not be negative, found " + eps);
    }
  }

  @Override
  public Inputs inputs() {
    return INPUTS;
  }

  @Override
  public Shape shape(Shape... inputs) {
    Shape x = inputs[0];
    if (x.rank() != 2 || x.dim(1) == 0) {
      throw new IllegalArgumentException(
          name() + ": expected rows of at least one element, found shape " + x);
    }
    for (int i = WEIGHT; i < inputs.length; i++) {
      if (!inputs[i].equals(Shape.of(x.dim(1)))) {
        throw new IllegalArgumentException(
            name()
                + ": rows have "
                + x.dim(1)
                + " elements, so "
                + (i == WEIGHT ? "weight" : "bias")
                + " must have shape ["
                + x.dim(1)
                + "], found "
                + inputs[i]
                + " (input "
                + x
                + ")");
      }
    }
    return x;
  }

  /**
   * The mean and the differences from it, if centred, the sum of squares, a factor; then one more
   * for the weight and one for the bias.
   */
  @Override
  public long flops(Shape shape, Shape... inputs) {
    return shape.size() * ((centred ? 5 : 3) + inputs.length - 1);
  }

  /**
   * If centred, x̂ takes two operations, its two sums three and dx four, else one, two and three;
   * then there are g and a sum of products for the weight, and a sum for the bias.
   */
  @Override
  public long backwardFlops(Shape shape, Shape... inputs) {
    int plain = centred ? 9 : 6;
    return shape.size()
        * (plain + (inputs.length > WEIGHT ? 3 : 0) + (inputs.length > BIAS ? 1 : 0));
  }

  @Override
  public Tensor forward(Node node, Shape shape, Tensor... inputs) {
    Tensor x = inputs[0].contiguous();
    Tensor weight = inputs.length > WEIGHT ? inputs[WEIGHT].contiguous() : null;
    Tensor bias = inputs.length > BIAS ? inputs[BIAS].contiguous() : null;
    Tensor y = Tensor.make(shape, DType.FLOAT32, Layout.PLAIN, name());
    Tensor inverse = oneEach(shape.dim(0));
    Tensor mean = centred ? oneEach(shape.dim(0)) : null;
    RowNormKernel.forward(x, weight, bias, y, mean, inverse, shape.dim(0), shape.dim(1), eps);
    inputs[0].release(x);
    List<Tensor> kept = new ArrayList<>(List.of(inputs[0]));
    if (weight != null) {
      inputs[WEIGHT].release(weight);
      kept.add(inputs[WEIGHT]);
    }
    if (bias != null) {
      inputs[BIAS].release(bias);
    }
    kept.add(inverse);
    if (mean != null) {
      kept.add(mean);
    }
    node.saveOwned(mean == null ? 1 : 2, kept.toArray(Tensor[]::new));
    return y;
  }

  private Tensor oneEach(int n) {
    return Tensor.make(Shape.of(n), DType.FLOAT32, Layout.PLAIN, name());
  }

  @Override
  public @Nullable Tensor[] backward(Node node, Tensor dy) {
    return node.createGraph() ? composed(node, dy) : fused(node, dy);
  }

  private @Nullable Tensor[] fused(Node node, Tensor dy) {
    int rows = dy.shape().dim(0);
    int columns = dy.shape().dim(1);
    @Nullable Tensor[] gradients = new @Nullable Tensor[node.inputs()];
    for (int i = WEIGHT; i < gradients.length; i++) {
      gradients[i] = node.needs(i) ? oneEach(columns) : null;
    }
    Tensor x = node.saved(0).contiguous();
    Tensor weight = gradients.length > WEIGHT ? node.saved(WEIGHT).contiguous() : null;
    int inverse = weight == null ? 1 : 2;
    Tensor g = dy.contiguous();
    if (node.needs(0)) {
      gradients[0] = g == dy ? node.inPlaceOf(dy) : g;
      if (gradients[0] == null) {
        gradients[0] = Tensor.make(dy.shape(), DType.FLOAT32, Layout.PLAIN, name() + "Gradient");
      }
    }
    RowNormKernel.gradient(
        g,
        x,
        weight,
        centred ? node.saved(inverse + 1) : null,
        node.saved(inverse),
        gradients[0],
        gradients.length > WEIGHT ? gradients[WEIGHT] : null,
        gradients.length > BIAS ? gradients[BIAS] : null,
        rows,
        columns);
    if (gradients[0] != g) {
      dy.release(g);
    }
    node.saved(0).release(x);
    if (weight != null) {
      node.saved(WEIGHT).release(weight);
    }
    return gradients;
  }

  /** The same in differentiable operations, the statistics of the rows written out. */
  private @Nullable Tensor[] composed(Node node, Tensor dy) {
    Tensor x = node.saved(0);
    Tensor difference = centred ? x.sub(x.meanKeep(1)) : x;
    Tensor inverse = difference.mul(difference).meanKeep(1).add(eps).pow(-0.5f);
    Tensor normal = difference.mul(inverse);
    @Nullable Tensor[] gradients = new @Nullable Tensor[node.inputs()];
    if (node.needs(0)) {
      Tensor g = gradients.length > WEIGHT ? dy.mul(node.saved(WEIGHT)) : dy;
      Tensor rest = g.sub(normal.mul(g.mul(normal).meanKeep(1)));
      gradients[0] = (centred ? rest.sub(g.meanKeep(1)) : rest).mul(inverse);
    }
    if (gradients.length > WEIGHT && node.needs(WEIGHT)) {
      gradients[WEIGHT] = dy.mul(normal).sum(0);
    }
    if (gradients.length > BIAS && node.needs(BIAS)) {
      gradients[BIAS] = dy.sum(0);
    }
    return gradients;
  }
}
