package dev.lanewise.conformance;

import dev.lanewise.op.BatchNorm;
import dev.lanewise.op.Conv2d;
import dev.lanewise.op.CrossEntropy;
import dev.lanewise.op.Rectifier;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Small networks and whole procedures of the test vectors. */
final class ReferenceModels {
  private ReferenceModels() {}

  static Map<String, Tensor> lenet5(Case c) {
    Tensor logits = lenet5(c, c.in("x"), c.all("param."));
    return Map.of("logits", logits, "loss", logits.crossEntropy(c.in("y")));
  }

  static Tensor lenet5(Case c, Tensor x, Map<String, Tensor> p) {
    String[] parts = c.text("activation_and_pool", "").split(",");
    boolean max = parts.length > 1 && parts[1].strip().startsWith("max_pool2d");
    if (parts.length < 2 || (!max && !parts[1].strip().startsWith("avg_pool2d"))) {
      throw new UnsupportedCaseException("lenet5 with " + c.text("activation_and_pool", "nothing"));
    }
    UnaryOperator<Tensor> activation = ReferenceOps.function(parts[0].strip());
    Tensor y = x.conv2d(get(p, "conv1.weight"), get(p, "conv1.bias"), Conv2d.standard().padding(2));
    y = pool(activation.apply(y), max);
    y = y.conv2d(get(p, "conv2.weight"), get(p, "conv2.bias"), Conv2d.standard());
    y = pool(activation.apply(y), max).flatten();
    y = activation.apply(y.linear(get(p, "fc1.weight"), get(p, "fc1.bias")));
    y = activation.apply(y.linear(get(p, "fc2.weight"), get(p, "fc2.bias")));
    return y.linear(get(p, "fc3.weight"), get(p, "fc3.bias"));
  }

  /**
   * The basic block of a residual network in training, relu(bn2(conv2(relu(bn1(conv1(x))))) +
   * skip), with skip = down_bn(down(x)) where there is such a convolution, and the running
   * statistics after it.
   */
  static Map<String, Tensor> resNetBlock(Case c) {
    Map<String, Tensor> p = c.all("param.");
    Map<String, Tensor> result = new LinkedHashMap<>();
    Conv2d strided = Conv2d.standard().stride(c.integer("stride", 1));
    Tensor x = c.in("x");
    Tensor y = x.conv2d(get(p, "conv1.weight"), null, strided.padding(1));
    y = batchNorm("bn1", y, p, true, null, result);
    y = y.conv2d(get(p, "conv2.weight"), null, Conv2d.standard().padding(1));
    result.put("out", batchNorm("bn2", y, p, true, skip(x, strided, p, result), result));
    return result;
  }

  /**
   * The bottleneck of a residual network in training: three convolutions of 1x1, 3x3, which
   * strides, and 1x1; else as {@link #resNetBlock}.
   */
  static Map<String, Tensor> resNetBottleneck(Case c) {
    Map<String, Tensor> p = c.all("param.");
    Map<String, Tensor> result = new LinkedHashMap<>();
    Conv2d strided = Conv2d.standard().stride(c.integer("stride", 1));
    Tensor x = c.in("x");
    Tensor y = x.conv2d(get(p, "conv1.weight"), null, Conv2d.standard());
    y = batchNorm("bn1", y, p, true, null, result);
    y = y.conv2d(get(p, "conv2.weight"), null, strided.padding(1));
    y = batchNorm("bn2", y, p, true, null, result);
    y = y.conv2d(get(p, "conv3.weight"), null, Conv2d.standard());
    result.put("out", batchNorm("bn3", y, p, true, skip(x, strided, p, result), result));
    return result;
  }

  /** The input, or what a convolution and a normalisation make of it. */
  private static Tensor skip(
      Tensor x, Conv2d strided, Map<String, Tensor> p, Map<String, Tensor> result) {
    if (!p.containsKey("down.weight")) {
      return x;
    }
    Tensor down = x.conv2d(get(p, "down.weight"), null, strided);
    return batchNorm("down_bn", down, p, false, null, result);
  }

  /** In its fused form, with fresh running statistics, which are left in {@code result}. */
  private static Tensor batchNorm(
      String name,
      Tensor x,
      Map<String, Tensor> p,
      boolean relu,
      @Nullable Tensor residual,
      Map<String, Tensor> result) {
    int channels = x.shape().dim(1);
    Tensor mean = Tensor.zeros(channels);
    Tensor variance = Tensor.ones(channels);
    result.put(name + ".running_mean", mean);
    result.put(name + ".running_var", variance);
    return x.batchNorm(
        new BatchNorm(true, 0.1f, 1e-5f, relu ? Rectifier.RELU : Rectifier.NONE),
        mean,
        variance,
        get(p, name + ".weight"),
        get(p, name + ".bias"),
        residual);
  }

  private static Tensor get(Map<String, Tensor> parameters, String name) {
    Tensor found = parameters.get(name);
    if (found == null) {
      throw new UnsupportedCaseException("a network without parameter " + name);
    }
    return found;
  }

  private static Tensor pool(Tensor x, boolean max) {
    return max ? x.maxPool2d(2) : x.avgPool2d(Window.of(2), true);
  }

  /** Layers x @ w^T + b with an activation between them. */
  static Tensor mlp(Case c, Tensor x, Map<String, Tensor> p) {
    int layers = c.ints("sizes").length - 1;
    UnaryOperator<Tensor> activation = ReferenceOps.function(c.text("activation", ""));
    Tensor y = x;
    for (int i = 0; i < layers; i++) {
      y = y.linear(get(p, "w" + i), get(p, "b" + i));
      y = i + 1 < layers ? activation.apply(y) : y;
    }
    return y;
  }

  /** The loss of a network in training. */
  static Tensor loss(Case c, Map<String, Tensor> parameters) {
    Tensor y =
        switch (c.op) {
          case "lenet5_train" -> lenet5(c, c.in("x"), parameters);
          case "mlp_train" -> mlp(c, c.in("x"), parameters);
          default -> throw new UnsupportedCaseException(c.op);
        };
    Tensor target = c.in("y");
    String loss = c.text("loss", "cross_entropy").split("[ (]")[0];
    return switch (loss.endsWith("_loss") ? loss.substring(0, loss.length() - 5) : loss) {
      case "cross_entropy" -> {
        float smoothing = c.number("label_smoothing", 0);
        yield target.dtype() == DType.FLOAT32
            ? y.crossEntropySoft(target, null, smoothing, Reduction.MEAN)
            : y.crossEntropy(target, null, CrossEntropy.NONE, smoothing, Reduction.MEAN);
      }
      case "nll" -> y.logSoftmax(-1).nll(target, null, CrossEntropy.NONE, Reduction.MEAN);
      case "mse", "mean" -> y.mse(target);
      case "l1" -> y.l1(target, Reduction.MEAN);
      case "smooth_l1" -> y.smoothL1(target, 1, Reduction.MEAN);
      case "huber" -> y.huber(target, 1, Reduction.MEAN);
      case "bce_with_logits" -> y.bceWithLogits(target, null, null, Reduction.MEAN);
      default -> throw new UnsupportedCaseException("a network in training with " + loss);
    };
  }

  /** Functions of one variable and their derivatives up to the third: {@code f<i>_d<n>}. */
  static Map<String, Tensor> higherDerivatives(Case c) {
    Map<String, Tensor> result = new LinkedHashMap<>();
    List<?> functions = (List<?>) Objects.requireNonNull(c.attribute("functions"));
    for (int i = 0; i < functions.size(); i++) {
      Tensor x = Tensor.of(c.in("x").toArray(), c.in("x").shape().toArray()).requireGrad();
      Tensor y = Expression.evaluate((String) functions.get(i), Map.of("x", x));
      for (int order = 0; c.has("out.f" + i + "_d" + order); order++) {
        result.put("f" + i + "_d" + order, y);
        if (c.has("out.f" + i + "_d" + (order + 1))) {
          y = Tape.grad(List.of(y.sum()), List.of(x), true)[0];
        }
      }
    }
    return result;
  }

  /** Hessian-vector products and gradients of an MLP's mean squared error. */
  static Map<String, Tensor> hessianVectorProduct(Case c) {
    Map<String, Tensor> parameters = c.all("param.");
    List<String> names = new ArrayList<>(parameters.keySet());
    List<Tensor> inputs = new ArrayList<>(parameters.values());
    Tensor loss = mlp(c, c.in("X"), parameters).mse(c.in("Y"));
    Tensor[] gradients = Tape.grad(List.of(loss), inputs, true);
    Map<String, Tensor> result = new LinkedHashMap<>();
    Tensor along = Tensor.scalar(0);
    for (int i = 0; i < gradients.length; i++) {
      result.put("grad." + names.get(i), gradients[i]);
      along = along.add(gradients[i].mul(c.tensor("v." + names.get(i))).sum());
    }
    Tensor[] products = Tape.grad(List.of(along), inputs, false);
    for (int i = 0; i < products.length; i++) {
      result.put("hvp." + names.get(i), products[i]);
    }
    result.put("loss", loss);
    return result;
  }

  /** f = Σ act(x Wᵀ) w2ᵀ and the mean over rows of (|df/dx| - 1)², with its gradients. */
  static Map<String, Tensor> gradientPenalty(Case c) {
    Tensor x = c.in("x").requireGrad();
    Tensor w = c.tensor("param.W");
    Tensor w2 = c.tensor("param.w2");
    UnaryOperator<Tensor> activation = ReferenceOps.function(c.text("activation", ""));
    Tensor f = activation.apply(x.linear(w, null)).linear(w2, null).sum();
    Tensor slope = Tape.grad(List.of(f), List.of(x), true)[0];
    Tensor loss = slope.norm(1).sub(1).square().mean();
    Tensor[] gradients = Tape.grad(List.of(loss), List.of(x, w, w2), false);
    Map<String, Tensor> result = new LinkedHashMap<>();
    result.put("f", f);
    result.put("dfdx", slope);
    result.put("loss", loss);
    result.put("grad.x", gradients[0]);
    result.put("grad.W", gradients[1]);
    result.put("grad.w2", gradients[2]);
    return result;
  }
}
