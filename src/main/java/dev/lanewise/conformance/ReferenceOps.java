package dev.lanewise.conformance;

import dev.lanewise.op.Conv2d;
import dev.lanewise.op.CrossEntropy;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.tensor.TensorOps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** What the operations of the test vectors are here: from a case to its outputs by name. */
final class ReferenceOps {
  private static final Map<String, Function<Case, Map<String, Tensor>>> OPS = new HashMap<>();

  private ReferenceOps() {}

  static boolean supports(String op) {
    return OPS.containsKey(op);
  }

  /**
   * Computes the outputs of a case.
   *
   * @throws UnsupportedCaseException when the operation does not exist here
   */
  static Map<String, Tensor> run(Case c) {
    Function<Case, Map<String, Tensor>> op = OPS.get(c.op);
    if (op == null) {
      throw new UnsupportedCaseException(c.op);
    }
    return op.apply(c);
  }

  private static void op(String name, Function<Case, Tensor> body) {
    OPS.put(name, c -> Map.of("out", body.apply(c)));
  }

  private static void unary(String name, Function<Tensor, Tensor> body) {
    op(name, c -> body.apply(c.in("x")));
  }

  static Reduction reduction(Case c) {
    return Reduction.valueOf(c.text("reduction", "mean").toUpperCase(Locale.ROOT));
  }

  static Conv2d conv(Case c) {
    int[] stride = c.pair("stride", 1);
    int[] padding = c.pair("padding", 0);
    int[] dilation = c.pair("dilation", 1);
    int groups = c.attribute("groups") == null ? 1 : c.integer("groups");
    return new Conv2d(
        stride[0], stride[1], padding[0], padding[1], dilation[0], dilation[1], groups);
  }

  static Window window(Case c) {
    int[] kernel = c.pair("kernel", 1);
    int[] stride = c.attribute("stride") == null ? kernel : c.pair("stride", 1);
    int[] padding = c.pair("padding", 0);
    int[] dilation = c.pair("dilation", 1);
    return new Window(
        kernel[0],
        kernel[1],
        stride[0],
        stride[1],
        padding[0],
        padding[1],
        dilation[0],
        dilation[1],
        c.flag("ceil_mode"));
  }

  private static Tensor reduced(
      Case c, Function<int[], Tensor> dropping, Function<int[], Tensor> keeping) {
    return (c.flag("keepdim") ? keeping : dropping).apply(c.ints("dims"));
  }

  private static List<Tensor> numbered(Case c) {
    List<Tensor> parts = new ArrayList<>();
    while (c.has("in.x" + parts.size())) {
      parts.add(c.in("x" + parts.size()));
    }
    return parts;
  }

  static {
    op("linear", c -> c.in("x").linear(c.tensor("param.weight"), c.param("bias")));
    op("conv2d", c -> c.in("x").conv2d(c.tensor("param.weight"), c.param("bias"), conv(c)));
    op("max_pool2d", c -> c.in("x").maxPool2d(window(c)));
    op("avg_pool2d", c -> c.in("x").avgPool2d(window(c), c.flag("count_include_pad")));
    unary("relu", Tensor::relu);
    unary("sigmoid", Tensor::sigmoid);
    unary("tanh", Tensor::tanh);
    unary("exp", Tensor::exp);
    unary("log", Tensor::log);
    unary("sqrt", Tensor::sqrt);
    unary("neg", Tensor::neg);
    unary("sin", Tensor::sin);
    unary("cos", Tensor::cos);
    unary("square", x -> x.mul(x));
    unary("reciprocal", x -> x.pow(-1));
    unary("pow3", x -> x.pow(3));
    op("softmax", c -> c.in("x").softmax(c.integer("dim")));
    op("log_softmax", c -> c.in("x").logSoftmax(c.integer("dim")));
    op("add", c -> c.in("a").add(c.in("b")));
    op("sub", c -> c.in("a").sub(c.in("b")));
    op("mul", c -> c.in("a").mul(c.in("b")));
    op("div", c -> c.in("a").div(c.in("b")));
    op("pow", c -> c.in("a").pow(c.in("b")));
    op("matmul", c -> c.in("a").matmul(c.in("b")));
    op("reduce_sum", c -> reduced(c, c.in("x")::sum, c.in("x")::sumKeep));
    op("reduce_mean", c -> reduced(c, c.in("x")::mean, c.in("x")::meanKeep));
    op("reduce_max", c -> reduced(c, c.in("x")::max, c.in("x")::maxKeep));
    op("mse_loss", c -> c.in("x").mse(c.in("target"), reduction(c)));
    op(
        "cross_entropy",
        c ->
            c.in("logits")
                .crossEntropy(
                    c.in("target"),
                    c.has("in.class_weight") ? c.in("class_weight") : null,
                    c.attribute("ignore_index") == null
                        ? CrossEntropy.NONE
                        : c.integer("ignore_index"),
                    c.number("label_smoothing", 0),
                    reduction(c)));
    op("transpose", c -> c.in("x").transpose(c.ints("dims")[0], c.ints("dims")[1]));
    op("permute", c -> c.in("x").permute(c.ints("dims")));
    op("reshape", c -> c.in("x").reshape(c.ints("shape")));
    op("expand", c -> c.in("x").expand(c.ints("shape")));
    op("flatten", c -> c.in("x").flatten(c.integer("start"), -1));
    op("unsqueeze", c -> c.in("x").unsqueeze(c.integer("dim")));
    op("concat", c -> TensorOps.concat(numbered(c), c.integer("dim")));
    op("stack", c -> TensorOps.stack(numbered(c), c.integer("dim")));
    for (String name : List.of("slice", "permute_reshape", "diff_views", "graph_reuse")) {
      op(name, c -> Expression.evaluate(c.text("expr", ""), c.all("in.")));
    }
    OPS.put("lenet5", ReferenceModels::lenet5);
  }
}
