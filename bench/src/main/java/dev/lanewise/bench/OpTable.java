package dev.lanewise.bench;

import dev.lanewise.op.Conv2d;
import dev.lanewise.op.Recurrence;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.PadMode;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** A call of each operation of the catalogue, by the name that the tape gives it. */
final class OpTable {
  private static final Map<String, Sample> ALL = new LinkedHashMap<>();

  /**
   * A call.
   *
   * @param tensors how many elements inputs and result have together, as a multiple of the rows'
   * @param prepare gives the call on so many rows, with the inputs whose gradients backward
   *     computes
   */
  record Sample(double tensors, Function<Integer, Call> prepare) {}

  /** Inputs, and what is done with them. */
  record Call(List<Tensor> inputs, Supplier<Tensor> body) {}

  private OpTable() {}

  /** The names, in the order of the table. */
  static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  static Sample sample(String op) {
    Sample found = ALL.get(op);
    if (found == null) {
      throw new IllegalArgumentException(
          "There is no operation '%s'; there are: %s."
              .formatted(op, String.join(", ", ALL.keySet())));
    }
    return found;
  }

  /** Elements from low to high, [rows, 1024]. */
  private static Tensor rows(int rows, long seed, float low, float high) {
    float[] values = Numbers.uniform(seed, rows * OpRow.COLUMNS);
    for (int i = 0; i < values.length; i++) {
      values[i] = low + (high - low) * (values[i] + 1) / 2;
    }
    return Tensor.of(values, rows, OpRow.COLUMNS);
  }

  private static void unary(String name, float low, float high, UnaryOperator<Tensor> body) {
    rows(name, 2, low, high, body);
  }

  /** A function of one matrix, whose result makes {@code tensors - 1} of its size. */
  private static void rows(
      String name, double tensors, float low, float high, UnaryOperator<Tensor> body) {
    put(
        name,
        tensors,
        rows -> {
          Tensor x = rows(rows, 1, low, high);
          return new Call(List.of(x), () -> body.apply(x));
        });
  }

  private static void matrix(String name, double tensors, UnaryOperator<Tensor> body) {
    rows(name, tensors, -2, 2, body);
  }

  private static void binary(String name, float low, BinaryOperator<Tensor> body) {
    put(
        name,
        3,
        rows -> {
          Tensor a = rows(rows, 1, low, 2);
          Tensor b = rows(rows, 2, low, 2);
          return new Call(List.of(a, b), () -> body.apply(a, b));
        });
  }

  /** A function of images in the layout that convolutions leave them in. */
  private static void image(String name, double tensors, Function<Tensor, Call> body) {
    put(name, tensors, rows -> body.apply(rows(rows, 1, -1, 1).reshape(-1, 64, 32, 32).lanes()));
  }

  private static void pooling(String name, double tensors, UnaryOperator<Tensor> body) {
    image(name, tensors, x -> new Call(List.of(x), () -> body.apply(x)));
  }

  private static void put(String name, double tensors, Function<Integer, Call> prepare) {
    ALL.put(name, new Sample(tensors, prepare));
  }

  private static Tensor indices(int bound, int... shape) {
    long[] values = new SplittableRandom(3).longs(Numbers.size(shape), 0, bound).toArray();
    return Tensor.ofLongs(values, shape);
  }

  private static Tensor weights(int... shape) {
    return Tensor.of(Numbers.uniform(4, Numbers.size(shape)), shape);
  }

  static {
    functions();
    activations();
    functionsOfTwo();
    shapes();
    reductions();
    gathering();
    products();
    images();
  }

  private static void functions() {
    unary("abs", -2, 2, Tensor::abs);
    unary("acos", -0.9f, 0.9f, Tensor::acos);
    unary("acosh", 1.1f, 3, Tensor::acosh);
    unary("asin", -0.9f, 0.9f, Tensor::asin);
    unary("asinh", -2, 2, Tensor::asinh);
    unary("atan", -2, 2, Tensor::atan);
    unary("atanh", -0.9f, 0.9f, Tensor::atanh);
    unary("ceil", -2, 2, Tensor::ceil);
    unary("clamp", -2, 2, x -> x.clamp(-1, 1));
    unary("cos", -2, 2, Tensor::cos);
    unary("cosh", -2, 2, Tensor::cosh);
    unary("erf", -2, 2, Tensor::erf);
    unary("erfinv", -0.9f, 0.9f, Tensor::erfinv);
    unary("exp", -2, 2, Tensor::exp);
    unary("expm1", -2, 2, Tensor::expm1);
    unary("floor", -2, 2, Tensor::floor);
    unary("log", 0.1f, 2, Tensor::log);
    unary("log10", 0.1f, 2, Tensor::log10);
    unary("log1p", 0.1f, 2, Tensor::log1p);
    unary("log2", 0.1f, 2, Tensor::log2);
    unary("neg", -2, 2, Tensor::neg);
    unary("reciprocal", 0.1f, 2, Tensor::reciprocal);
    unary("round", -2, 2, Tensor::round);
    unary("rsqrt", 0.1f, 2, Tensor::rsqrt);
    unary("sign", -2, 2, Tensor::sign);
    unary("sin", -2, 2, Tensor::sin);
    unary("sinh", -2, 2, Tensor::sinh);
    unary("sqrt", 0.1f, 2, Tensor::sqrt);
    unary("square", -2, 2, Tensor::square);
    unary("tan", -1, 1, Tensor::tan);
    unary("trunc", -2, 2, Tensor::trunc);
  }

  private static void activations() {
    unary("elu", -2, 2, x -> x.elu(1));
    unary("gelu", -2, 2, Tensor::gelu);
    unary("geluTanh", -2, 2, Tensor::geluTanh);
    unary("hardshrink", -2, 2, x -> x.hardshrink(0.5f));
    unary("hardsigmoid", -4, 4, Tensor::hardsigmoid);
    unary("hardswish", -4, 4, Tensor::hardswish);
    unary("hardtanh", -2, 2, x -> x.hardtanh(-1, 1));
    unary("leakyRelu", -2, 2, x -> x.leakyRelu(0.01f));
    unary("logSigmoid", -2, 2, Tensor::logSigmoid);
    unary("mish", -2, 2, Tensor::mish);
    unary("relu", -2, 2, Tensor::relu);
    unary("sigmoid", -2, 2, Tensor::sigmoid);
    unary("silu", -2, 2, Tensor::silu);
    unary("softplus", -2, 2, Tensor::softplus);
    unary("softshrink", -2, 2, x -> x.softshrink(0.5f));
    unary("softsign", -2, 2, Tensor::softsign);
    unary("tanh", -2, 2, Tensor::tanh);
    unary("threshold", -2, 2, x -> x.threshold(0.1f, 0));
    unary("dropout", -2, 2, x -> x.dropout(0.5f, new Generator(1)));
    unary("softmax", -2, 2, x -> x.softmax(1));
    unary("logSoftmax", -2, 2, x -> x.logSoftmax(1));
    unary("normalizeRows", -2, 2, x -> x.layerNorm(new int[] {OpRow.COLUMNS}, null, null, 1e-5f));
  }

  private static void functionsOfTwo() {
    binary("add", -2, Tensor::add);
    binary("sub", -2, Tensor::sub);
    binary("mul", -2, Tensor::mul);
    binary("div", 0.1f, Tensor::div);
    binary("pow", 0.1f, Tensor::pow);
    binary("atan2", 0.1f, Tensor::atan2);
    binary("maximum", -2, Tensor::maximum);
    binary("minimum", -2, Tensor::minimum);
    put(
        "where",
        3.25,
        rows -> {
          Tensor a = rows(rows, 1, -1, 1);
          Tensor b = rows(rows, 2, -1, 1);
          Tensor condition = a.gt(0);
          return new Call(List.of(a, b), () -> Tensor.where(condition, a, b));
        });
  }

  private static void shapes() {
    // A view costs nothing: what is timed is a negation that reads through it.
    matrix("reshape", 3, x -> x.transpose(0, 1).reshape(-1));
    matrix("permute", 2, x -> x.permute(1, 0).neg());
    matrix("slice", 1, x -> x.slice(1, 0, OpRow.COLUMNS, 2).neg());
    matrix("expand", 2, x -> x.slice(1, 0, 1).expand(x.shape().toArray()).neg());
    matrix("diagonal", 0.01, x -> x.diagonal(0, 0, 1).neg());
    matrix("unfold", 2, x -> x.unfold(1, 64, 64).contiguous());
    matrix("flip", 2, x -> x.flip(1));
    matrix("pad", 2, x -> x.pad(PadMode.CONSTANT, 0, 1, 1));
    matrix("triangle", 2, x -> x.tril(0));
    binary("concat", -2, (a, b) -> Tensor.concat(List.of(a, b), 1));
  }

  private static void reductions() {
    matrix("sum", 1, x -> x.sum(1));
    matrix("max", 1, x -> x.max(1));
    matrix("cumsum", 2, x -> x.cumsum(1));
  }

  private static void gathering() {
    put(
        "gather",
        4,
        rows -> {
          Tensor x = rows(rows, 1, -1, 1);
          Tensor index = indices(OpRow.COLUMNS, rows, OpRow.COLUMNS);
          return new Call(List.of(x), () -> x.gather(1, index));
        });
    put(
        "scatter",
        5,
        rows -> {
          Tensor x = rows(rows, 1, -1, 1);
          Tensor source = rows(rows, 2, -1, 1);
          Tensor index = indices(OpRow.COLUMNS, rows, OpRow.COLUMNS);
          return new Call(List.of(x, source), () -> x.scatter(1, index, source));
        });
    put(
        "indexSelect",
        2,
        rows -> {
          Tensor x = rows(rows, 1, -1, 1);
          Tensor index = indices(rows, rows);
          return new Call(List.of(x), () -> x.indexSelect(0, index));
        });
    put(
        "crossEntropy",
        1,
        rows -> {
          Tensor x = rows(rows, 1, -1, 1);
          Tensor labels = indices(OpRow.COLUMNS, rows);
          return new Call(List.of(x), () -> x.crossEntropy(labels));
        });
  }

  private static void products() {
    put(
        "matMul",
        2,
        rows -> {
          Tensor x = rows(rows, 1, -1, 1);
          Tensor w = weights(OpRow.COLUMNS, OpRow.COLUMNS);
          return new Call(List.of(x, w), () -> x.matmul(w));
        });
    put(
        "linear",
        2,
        rows -> {
          Tensor x = rows(rows, 1, -1, 1);
          Tensor w = weights(OpRow.COLUMNS, OpRow.COLUMNS);
          Tensor bias = weights(OpRow.COLUMNS);
          return new Call(List.of(x, w, bias), () -> x.linear(w, bias));
        });
    put(
        "scaledDotProductAttention",
        4,
        rows -> {
          List<Tensor> qkv = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            // Sequences of 64 steps, 16 heads of 64 features.
            qkv.add(rows(rows, i, -1, 1).reshape(-1, 16, 64, 64));
          }
          return new Call(
              qkv, () -> qkv.get(0).scaledDotProductAttention(qkv.get(1), qkv.get(2), null, true));
        });
    put(
        "selfAttention",
        4,
        rows -> {
          // Of the same sizes.
          Tensor qkv = rows(3 * rows, 0, -1, 1).reshape(-1, 64, 3 * 16 * 64);
          return new Call(List.of(qkv), () -> qkv.selfAttention(16, null, true));
        });
    put(
        "recurrence",
        2,
        rows -> {
          // An LSTM of 256 values on 64 sequences.
          Tensor x = rows(rows, 0, -1, 1).reshape(-1, 64, 256);
          Tensor ih = rows(256, 1, -0.1f, 0.1f).reshape(1024, 256);
          Tensor hh = rows(256, 2, -0.1f, 0.1f).reshape(1024, 256);
          var start = new Recurrence.State(Tensor.zeros(64, 256), Tensor.zeros(64, 256));
          var layer = new Recurrence(Recurrence.Kind.LSTM, false);
          return new Call(List.of(x, ih, hh), () -> x.recurrence(layer, ih, hh, start, null, null));
        });
  }

  private static void images() {
    pooling("maxPool2d", 1.25, x -> x.maxPool2d(2));
    pooling("avgPool2d", 1.25, x -> x.avgPool2d(Window.of(2), true));
    pooling("adaptiveAvgPool2d", 1, x -> x.adaptiveAvgPool2d(1, 1));
    image(
        "batchNorm",
        2,
        x -> {
          int channels = x.shape().dim(1);
          Tensor mean = Tensor.zeros(channels);
          Tensor variance = Tensor.ones(channels);
          Tensor weight = Tensor.ones(channels);
          Tensor bias = Tensor.zeros(channels);
          return new Call(
              List.of(x, weight, bias),
              () -> x.batchNorm(mean, variance, weight, bias, true, 0.1f, 1e-5f));
        });
    image(
        "conv2d",
        2,
        x -> {
          Tensor w = weights(64, 64, 3, 3);
          return new Call(List.of(x, w), () -> x.conv2d(w, null, Conv2d.standard().padding(1)));
        });
  }
}
