package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.outputs;

import dev.lanewise.op.Conv2d;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.IndexOps;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Fully connected layers, convolution, pooling, small networks. */
final class NeuralCases {
  private NeuralCases() {}

  static void register() {
    op("linear", c -> c.in("x").linear(c.weight("weight"), c.param("bias")));
    op(
        "conv_transpose2d",
        c -> {
          int[] more = c.pair("output_padding", 0);
          return c.in("x")
              .convTranspose2d(c.weight("weight"), c.param("bias"), conv(c), more[0], more[1]);
        });
    for (String name : List.of("conv2d", "depthwise_conv2d")) {
      op(name, c -> padded(c).conv2d(c.weight("weight"), c.param("bias"), conv(c)));
    }
    for (String name : List.of("conv1d", "depthwise_conv1d")) {
      op(name, c -> padded(c).conv1d(c.weight("weight"), c.param("bias"), row1d(c)));
    }
    op(
        "conv_transpose1d",
        c ->
            c.in("x")
                .convTranspose1d(
                    c.weight("weight"), c.param("bias"), row1d(c), c.pair("output_padding", 0)[0]));
    op(
        "conv3d",
        c ->
            c.in("x")
                .conv3d(
                    c.weight("weight"),
                    c.param("bias"),
                    triple(c, "stride", 1),
                    triple(c, "padding", 0),
                    triple(c, "dilation", 1),
                    c.integer("groups", 1)));
    pooling();
    for (String rank : List.of("", "1d", "2d")) {
      outputs("batch_norm" + rank, NeuralCases::batchNorm);
      op("instance_norm" + rank, NeuralCases::instanceNorm);
    }
    op(
        "layer_norm",
        c ->
            c.in("x")
                .layerNorm(c.ints("normalized_shape"), c.param("weight"), c.param("bias"), eps(c)));
    op(
        "rms_norm",
        c ->
            c.in("x")
                .rmsNorm(
                    c.ints("normalized_shape"), c.param("weight"), c.number("eps", Math.ulp(1f))));
    op(
        "group_norm",
        c ->
            c.in("x")
                .groupNorm(c.integer("num_groups"), c.param("weight"), c.param("bias"), eps(c)));
    op(
        "local_response_norm",
        c ->
            c.in("x")
                .localResponseNorm(
                    c.integer("size"),
                    c.number("alpha", 1e-4f),
                    c.number("beta", 0.75f),
                    c.number("k", 1)));
    outputs("mlp", c -> Map.of("out", ReferenceModels.mlp(c, c.in("x"), c.all("param."))));
    outputs("lenet5", ReferenceModels::lenet5);
    for (String name : List.of("resnet_basic_block", "resnet_block", "basic_block")) {
      outputs(name, ReferenceModels::resNetBlock);
    }
    for (String name : List.of("resnet_bottleneck_block", "resnet_bottleneck", "bottleneck")) {
      outputs(name, ReferenceModels::resNetBottleneck);
    }
  }

  private static void pooling() {
    for (String name : List.of("max_pool2d_with_indices", "max_pool2d_indices")) {
      outputs(
          name,
          c -> {
            IndexOps.Sorted both = c.in("x").maxPool2dWithIndices(window(c));
            return Map.of("out", both.values(), "values", both.values(), "indices", both.indices());
          });
    }
    op("max_pool1d", c -> c.in("x").maxPool1d(row(c)));
    op("max_pool2d", c -> c.in("x").maxPool2d(window(c)));
    op("avg_pool1d", c -> c.in("x").avgPool1d(row(c), c.flag("count_include_pad", true)));
    op(
        "avg_pool2d",
        c ->
            c.in("x")
                .avgPool2d(
                    window(c),
                    c.flag("count_include_pad", true),
                    c.integer("divisor_override", 0)));
    op("lp_pool1d", c -> c.in("x").lpPool1d(c.number("p", 2), row(c)));
    op("lp_pool2d", c -> c.in("x").lpPool2d(c.number("p", 2), window(c)));
    op("adaptive_avg_pool1d", c -> c.in("x").adaptiveAvgPool1d(c.integer("output_size")));
    op("adaptive_max_pool1d", c -> c.in("x").adaptiveMaxPool1d(c.integer("output_size")));
    op("adaptive_avg_pool2d", c -> c.in("x").adaptiveAvgPool2d(output(c, 0), output(c, 1)));
    op("adaptive_max_pool2d", c -> c.in("x").adaptiveMaxPool2d(output(c, 0), output(c, 1)));
    for (String name : List.of("global_avg_pool", "global_avg_pool2d")) {
      op(name, c -> c.in("x").adaptiveAvgPool2d(1, 1));
    }
    for (String name : List.of("global_max_pool", "global_max_pool2d")) {
      op(name, c -> c.in("x").adaptiveMaxPool2d(1, 1));
    }
    op("max_unpool2d", NeuralCases::unpool);
  }

  /** Height or width of an adaptive pooling, where null stands for that of the input. */
  private static int output(Case c, int which) {
    Object size = c.attribute("output_size");
    Object one = size instanceof List<?> list ? list.get(Math.min(which, list.size() - 1)) : size;
    int rank = c.in("x").shape().rank();
    return one instanceof Number number
        ? number.intValue()
        : c.in("x").shape().dim(rank - 2 + which);
  }

  private static Tensor unpool(Case c) {
    Window w = window(c);
    int h = (c.in("x").shape().dim(2) - 1) * w.strideH() - 2 * w.paddingH() + w.kernelH();
    int width = (c.in("x").shape().dim(3) - 1) * w.strideW() - 2 * w.paddingW() + w.kernelW();
    boolean given = c.attribute("output_size") instanceof List<?>;
    int[] size = given ? c.ints("output_size") : new int[] {h, width};
    int last = size.length - 1;
    return c.in("x").maxUnpool2d(c.in("indices"), size[last - 1], size[last]);
  }

  /** The padding is a word, or not of zeros, and so is put around the input beforehand. */
  private static boolean padsBefore(Case c) {
    return c.attribute("padding") instanceof String
        || !c.text("padding_mode", "zeros").equals("zeros");
  }

  /** The input with what {@link #conv} does not pad: "same", and modes other than zeros. */
  private static Tensor padded(Case c) {
    if (!padsBefore(c) || c.text("padding", "").equals("valid")) {
      return c.in("x");
    }
    Shape weight = c.weight("weight").shape();
    int spatial = weight.rank() - 2;
    int[] widths = new int[2 * spatial];
    for (int i = 0; i < spatial; i++) {
      // The last dimension comes first.
      int at = 2 * (spatial - 1 - i);
      if (c.text("padding", "").equals("same")) {
        int total = c.pair("dilation", 1)[i] * (weight.dim(2 + i) - 1);
        widths[at] = total / 2;
        widths[at + 1] = total - total / 2;
      } else {
        widths[at] = c.pair("padding", 0)[i];
        widths[at + 1] = widths[at];
      }
    }
    return c.in("x").pad(ShapeCases.mode(c.text("padding_mode", "zeros")), 0, widths);
  }

  /** Depth, height and width, or one number for all. */
  private static int[] triple(Case c, String name, int otherwise) {
    int[] given = c.attribute(name) == null ? new int[] {otherwise} : c.ints(name);
    return given.length == 3 ? given : new int[] {given[0], given[0], given[0]};
  }

  private static Conv2d conv(Case c) {
    int[] stride = c.pair("stride", 1);
    int[] padding = padsBefore(c) ? new int[] {0, 0} : c.pair("padding", 0);
    int[] dilation = c.pair("dilation", 1);
    return new Conv2d(
        stride[0], stride[1], padding[0], padding[1], dilation[0], dilation[1], groups(c));
  }

  private static Conv2d row1d(Case c) {
    int padding = padsBefore(c) ? 0 : c.pair("padding", 0)[0];
    return Conv2d.row(c.pair("stride", 1)[0], padding, c.pair("dilation", 1)[0], groups(c));
  }

  /** One for each channel of a depthwise convolution. */
  private static int groups(Case c) {
    Shape x = c.in("x").shape();
    int spatial = c.weight("weight").shape().rank() - 2;
    return c.integer("groups", c.op.startsWith("depthwise") ? x.dim(x.rank() - 1 - spatial) : 1);
  }

  /** Windows side by side where nothing else is said. */
  private static Window window(Case c) {
    return window(c, c.pair("kernel", 1));
  }

  /** Windows with this stride where nothing else is said. */
  static Window window(Case c, int[] otherwise) {
    int[] kernel = c.pair("kernel", 1);
    int[] stride = c.attribute("stride") == null ? otherwise : c.pair("stride", 1);
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

  private static float eps(Case c) {
    return c.number("eps", 1e-5f);
  }

  private static Window row(Case c) {
    Window w = window(c);
    return new Window(
        1, w.kernelW(), 1, w.strideW(), 0, w.paddingW(), 1, w.dilationW(), w.ceilMode());
  }

  /** One pass, or some in a row in training, whose running statistics are outputs too. */
  private static Map<String, Tensor> batchNorm(Case c) {
    float momentum = c.number("momentum", 0.1f);
    float eps = eps(c);
    if (!c.flag("training")) {
      return Map.of("out", byRunningStatistics(c));
    }
    Map<String, Tensor> result = new LinkedHashMap<>();
    boolean one = !c.has("in.x1");
    int channels = c.in(one ? "x" : "x1").shape().dim(1);
    Tensor mean = c.has("in.running_mean") ? c.in("running_mean") : Tensor.zeros(channels);
    Tensor variance = c.has("in.running_var") ? c.in("running_var") : Tensor.ones(channels);
    for (int step = 1; one ? step == 1 : c.has("in.x" + step); step++) {
      String suffix = one ? "" : String.valueOf(step);
      Tensor x = c.in("x" + suffix);
      Tensor y =
          x.batchNorm(mean, variance, c.param("weight"), c.param("bias"), true, momentum, eps);
      result.put("out" + suffix, y);
      result.put("running_mean" + suffix, mean.add(0));
      result.put("running_var" + suffix, variance.add(0));
    }
    return result;
  }

  /** With the statistics of each image, or with running ones. */
  private static Tensor instanceNorm(Case c) {
    if (c.flag("use_input_stats", true)) {
      return c.in("x").instanceNorm(c.param("weight"), c.param("bias"), eps(c));
    }
    return byRunningStatistics(c);
  }

  private static Tensor byRunningStatistics(Case c) {
    return c.in("x")
        .batchNorm(
            c.in("running_mean"),
            c.in("running_var"),
            c.param("weight"),
            c.param("bias"),
            false,
            0,
            eps(c));
  }
}
