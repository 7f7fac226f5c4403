package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.outputs;

import dev.lanewise.op.Conv2d;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** Fully connected layers, convolution, pooling, small networks. */
final class NeuralCases {
  private NeuralCases() {}

  static void register() {
    op("linear", c -> c.in("x").linear(c.tensor("param.weight"), c.param("bias")));
    op(
        "conv_transpose2d",
        c -> {
          int[] more = c.pair("output_padding", 0);
          return c.in("x")
              .convTranspose2d(
                  c.tensor("param.weight"), c.param("bias"), conv(c), more[0], more[1]);
        });
    op("conv2d", c -> c.in("x").conv2d(c.tensor("param.weight"), c.param("bias"), conv(c)));
    op("conv1d", c -> c.in("x").conv1d(c.tensor("param.weight"), c.param("bias"), row1d(c)));
    op(
        "conv_transpose1d",
        c ->
            c.in("x")
                .convTranspose1d(
                    c.tensor("param.weight"),
                    c.param("bias"),
                    row1d(c),
                    c.pair("output_padding", 0)[0]));
    op("max_pool2d", c -> c.in("x").maxPool2d(window(c)));
    op("avg_pool2d", c -> c.in("x").avgPool2d(window(c), c.flag("count_include_pad")));
    op(
        "adaptive_avg_pool2d",
        c -> {
          int[] size = c.pair("output_size", 1);
          return c.in("x").adaptiveAvgPool2d(size[0], size[1]);
        });
    outputs("batch_norm", NeuralCases::batchNorm);
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
    op("instance_norm", c -> c.in("x").instanceNorm(c.param("weight"), c.param("bias"), eps(c)));
    op(
        "local_response_norm",
        c ->
            c.in("x")
                .localResponseNorm(
                    c.integer("size"),
                    c.number("alpha", 1e-4f),
                    c.number("beta", 0.75f),
                    c.number("k", 1)));
    op("max_pool1d", c -> c.in("x").maxPool1d(row(c)));
    op(
        "avg_pool1d",
        c -> c.in("x").avgPool1d(row(c), !Boolean.FALSE.equals(c.attribute("count_include_pad"))));
    op("adaptive_avg_pool1d", c -> c.in("x").adaptiveAvgPool1d(c.integer("output_size")));
    outputs("lenet5", ReferenceModels::lenet5);
    outputs("resnet_basic_block", ReferenceModels::resNetBlock);
  }

  private static Conv2d conv(Case c) {
    int[] stride = c.pair("stride", 1);
    int[] padding = c.pair("padding", 0);
    int[] dilation = c.pair("dilation", 1);
    int groups = c.attribute("groups") == null ? 1 : c.integer("groups");
    return new Conv2d(
        stride[0], stride[1], padding[0], padding[1], dilation[0], dilation[1], groups);
  }

  private static Conv2d row1d(Case c) {
    int groups = c.attribute("groups") == null ? 1 : c.integer("groups");
    return Conv2d.row(
        c.pair("stride", 1)[0], c.pair("padding", 0)[0], c.pair("dilation", 1)[0], groups);
  }

  private static Window window(Case c) {
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
      Tensor y =
          c.in("x")
              .batchNorm(
                  c.in("running_mean"),
                  c.in("running_var"),
                  c.param("weight"),
                  c.param("bias"),
                  false,
                  momentum,
                  eps);
      return Map.of("out", y);
    }
    Map<String, Tensor> result = new LinkedHashMap<>();
    int channels = c.in("x1").shape().dim(1);
    Tensor mean = c.has("in.running_mean") ? c.in("running_mean") : Tensor.zeros(channels);
    Tensor variance = c.has("in.running_var") ? c.in("running_var") : Tensor.ones(channels);
    for (int step = 1; c.has("in.x" + step); step++) {
      Tensor x = c.in("x" + step);
      Tensor y =
          x.batchNorm(mean, variance, c.param("weight"), c.param("bias"), true, momentum, eps);
      result.put("out" + step, y);
      result.put("running_mean" + step, mean.add(0));
      result.put("running_var" + step, variance.add(0));
    }
    return result;
  }
}
