package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.outputs;

import dev.lanewise.op.Conv2d;
import dev.lanewise.op.Window;

/** Fully connected layers, convolution, pooling, small networks. */
final class NeuralCases {
  private NeuralCases() {}

  static void register() {
    op("linear", c -> c.in("x").linear(c.tensor("param.weight"), c.param("bias")));
    op("conv2d", c -> c.in("x").conv2d(c.tensor("param.weight"), c.param("bias"), conv(c)));
    op("max_pool2d", c -> c.in("x").maxPool2d(window(c)));
    op("avg_pool2d", c -> c.in("x").avgPool2d(window(c), c.flag("count_include_pad")));
    outputs("lenet5", ReferenceModels::lenet5);
  }

  private static Conv2d conv(Case c) {
    int[] stride = c.pair("stride", 1);
    int[] padding = c.pair("padding", 0);
    int[] dilation = c.pair("dilation", 1);
    int groups = c.attribute("groups") == null ? 1 : c.integer("groups");
    return new Conv2d(
        stride[0], stride[1], padding[0], padding[1], dilation[0], dilation[1], groups);
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
}
