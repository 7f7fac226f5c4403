package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.many;
import static dev.lanewise.conformance.ReferenceOps.op;
import static dev.lanewise.conformance.ReferenceOps.unary;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Interpolation;
import dev.lanewise.tensor.PadMode;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** Views, copies and matrix products. */
final class ShapeCases {
  private ShapeCases() {}

  static void register() {
    views();
    joins();
    images();
    products();
    for (String name :
        List.of("slice", "permute_reshape", "diff_views", "graph_reuse", "view_chain", "expr")) {
      op(name, c -> Expression.evaluate(c.text("equation", ""), c.all("in.")));
    }
  }

  private static void views() {
    for (String name : List.of("transpose", "swapaxes", "swapdims")) {
      op(name, ShapeCases::transpose);
    }
    op("permute", c -> c.in("x").permute(c.ints("dims")));
    for (String name : List.of("reshape", "view", "view_as", "reshape_as")) {
      op(name, c -> c.in("x").reshape(c.ints("shape")));
    }
    for (String name : List.of("expand", "broadcast_to", "expand_as")) {
      op(name, c -> c.in("x").expand(c.ints("shape")));
    }
    op("flatten", c -> c.in("x").flatten(c.integer("start", 0), c.integer("end", -1)));
    unary("ravel", x -> x.reshape(-1));
    op("unsqueeze", c -> c.in("x").unsqueeze(c.integer("dims")));
    op("t", c -> c.in("x").t());
    op("squeeze", ShapeCases::squeeze);
    op("movedim", ShapeCases::movedim);
    op("moveaxis", ShapeCases::movedim);
    op("narrow", c -> c.in("x").narrow(c.integer("dims"), c.integer("start"), c.integer("length")));
    op("select", c -> c.in("x").select(c.integer("dims"), c.integer("index")));
    op("unflatten", c -> c.in("x").unflatten(c.integer("dims"), c.ints("sizes")));
    op("flip", c -> c.in("x").flip(c.ints("dims")));
    unary("fliplr", x -> x.flip(1));
    unary("flipud", x -> x.flip(0));
    op("roll", c -> roll(c, c.ints("shifts")));
    op("rot90", c -> c.in("x").rot90(c.integer("k", 1), pair(c)[0], pair(c)[1]));
    op("repeat", c -> c.in("x").repeat(c.ints("repeats")));
    op("tile", c -> c.in("x").tile(c.ints("repeats")));
    op("repeat_interleave", ShapeCases::interleave);
    op("tril", c -> c.in("x").tril(c.integer("diagonal", 0)));
    op("triu", c -> c.in("x").triu(c.integer("diagonal", 0)));
    op(
        "diagonal",
        c ->
            c.in("x").diagonal(c.integer("offset", 0), c.integer("dim1", 0), c.integer("dim2", 1)));
    op("diag", c -> c.in("x").diag(c.integer("diagonal", 0)));
    op("diag_embed", c -> c.in("x").diagEmbed(c.integer("offset", 0)));
    op("trace", c -> c.in("x").trace());
    for (String name : List.of("pad", "constant_pad")) {
      op(name, c -> pad(c, c.text("mode", "constant")));
    }
    for (String rank : List.of("1d", "2d")) {
      op("constant_pad" + rank, c -> pad(c, "constant"));
      op("zero_pad" + rank, c -> pad(c, "constant"));
      op("reflection_pad" + rank, c -> pad(c, "reflect"));
      op("replication_pad" + rank, c -> pad(c, "replicate"));
      op("circular_pad" + rank, c -> pad(c, "circular"));
    }
    op("reflect_pad", c -> pad(c, "reflect"));
    op("replicate_pad", c -> pad(c, "replicate"));
    op("circular_pad", c -> pad(c, "circular"));
  }

  private static void joins() {
    for (String name : List.of("concat", "cat", "concatenate")) {
      op(name, c -> Tensor.concat(parts(c), c.integer("dims", 0)));
    }
    op("stack", c -> Tensor.stack(parts(c), c.integer("dims", 0)));
    op("hstack", c -> Tensor.hstack(parts(c)));
    op("vstack", c -> Tensor.vstack(parts(c)));
    op("dstack", c -> Tensor.dstack(parts(c)));
    op("column_stack", c -> Tensor.columnStack(parts(c)));
    op("block_diag", c -> Tensor.blockDiag(parts(c)));
    many("meshgrid", c -> Tensor.meshgrid(parts(c)));
    many("split", ShapeCases::split);
    many("chunk", c -> c.in("x").chunk(c.integer("chunks"), c.integer("dims", 0)));
    many("unbind", c -> c.in("x").unbind(c.integer("dims", 0)));
    many("tensor_split", c -> c.in("x").tensorSplit(c.integer("sections"), c.integer("dims", 0)));
  }

  private static void images() {
    op("pixel_shuffle", c -> c.in("x").pixelShuffle(c.integer("factor")));
    op("pixel_unshuffle", c -> c.in("x").pixelUnshuffle(c.integer("factor")));
    op("channel_shuffle", c -> c.in("x").channelShuffle(c.integer("groups")));
    for (String name : List.of("interpolate", "upsample")) {
      op(name, c -> interpolate(c, c.text("mode", "nearest")));
    }
    for (String mode : List.of("nearest", "linear", "bilinear", "bicubic")) {
      for (String rank : List.of("", "1d", "2d")) {
        op("upsample_" + mode + rank, c -> interpolate(c, mode));
      }
    }
    op("unfold", ShapeCases::unfold);
    op("im2col", c -> c.in("x").unfold(window(c)));
    for (String name : List.of("fold", "col2im")) {
      op(
          name,
          c -> c.in("x").fold(c.pair("output_size", 1)[0], c.pair("output_size", 1)[1], window(c)));
    }
  }

  private static void products() {
    op("matmul", c -> c.in("a").matmul(c.in("b")));
    op("mm", c -> c.in("a").mm(c.in("b")));
    op("bmm", c -> c.in("a").bmm(c.in("b")));
    op("mv", c -> c.in("a").mv(c.in("b")));
    for (String name : List.of("dot", "vdot")) {
      op(name, c -> c.in("a").dot(c.in("b")));
    }
    op("inner", c -> c.in("a").inner(c.in("b")));
    for (String name : List.of("outer", "ger")) {
      op(name, c -> c.in("a").outer(c.in("b")));
    }
    op("kron", c -> c.in("a").kron(c.in("b")));
    op("cross", c -> c.in("a").cross(c.in("b"), c.integer("dims", -1)));
    op("dist", c -> c.in("a").dist(c.in("b"), c.number("p", 2)));
    op("cdist", c -> c.in("a").cdist(c.in("b"), c.number("p", 2)));
    op("pdist", c -> c.in("x").pdist(c.number("p", 2)));
    op("einsum", c -> Tensor.einsum(c.text("equation", ""), operands(c)));
    op("tensordot", ShapeCases::tensordot);
    for (String name : List.of("chain_matmul", "multi_dot")) {
      op(name, c -> parts(c).stream().reduce(Tensor::matmul).orElseThrow());
    }
    op("matrix_power", c -> c.in("x").matrixPower(c.integer("n")));
    op("bilinear", c -> c.in("a").bilinear(c.in("b"), c.weight("weight"), c.param("bias")));
    sum("addmm", Tensor::addmm);
    sum("addmv", Tensor::addmv);
    sum("addr", Tensor::addr);
    sum("addbmm", Tensor::addbmm);
    sum("baddbmm", Tensor::baddbmm);
  }

  /** beta times a tensor plus alpha times a product. */
  private interface Sum {
    Tensor of(Tensor x, Tensor a, Tensor b, float beta, float alpha);
  }

  private static void sum(String name, Sum body) {
    op(
        name,
        c -> {
          Tensor x = c.in(c.has("in.c") ? "c" : c.has("in.input") ? "input" : "x");
          // What is called a and b stands before what could also be the summand.
          Tensor a = product(c, "a", "mat1", "batch1", "vec1", "mat");
          Tensor b = product(c, "b", "mat2", "batch2", "vec2", "vec");
          return body.of(x, a, b, c.number("beta", 1), c.number("alpha", 1));
        });
  }

  private static Tensor product(Case c, String... names) {
    for (String name : names) {
      if (c.has("in." + name)) {
        return c.in(name);
      }
    }
    return c.in(names[0]);
  }

  private static int[] pair(Case c) {
    return c.attribute("dims") == null ? new int[] {0, 1} : c.ints("dims");
  }

  private static Tensor transpose(Case c) {
    for (String name : List.of("dim", "axis")) {
      if (c.attribute(name + "0") != null) {
        return c.in("x").transpose(c.integer(name + "0"), c.integer(name + "1"));
      }
    }
    return c.in("x").transpose(c.ints("dims")[0], c.ints("dims")[1]);
  }

  private static Tensor movedim(Case c) {
    int[] from = c.ints("source");
    int[] to = c.ints("destination");
    int rank = c.in("x").shape().rank();
    int[] order = new int[rank];
    Arrays.fill(order, -1);
    List<Integer> rest = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
    for (int i = 0; i < from.length; i++) {
      int source = Math.floorMod(from[i], rank);
      order[Math.floorMod(to[i], rank)] = source;
      rest.remove((Integer) source);
    }
    for (int i = 0; i < rank; i++) {
      order[i] = order[i] < 0 ? rest.removeFirst() : order[i];
    }
    return c.in("x").permute(order);
  }

  private static Tensor interleave(Case c) {
    return c.attribute("dims") == null
        ? c.in("x").reshape(-1).repeatInterleave(c.integer("repeats"), 0)
        : c.in("x").repeatInterleave(c.integer("repeats"), c.integer("dims"));
  }

  private static List<Tensor> split(Case c) {
    int dim = c.integer("dims", 0);
    return c.attribute("sizes") instanceof List<?>
        ? c.in("x").split(c.ints("sizes"), dim)
        : c.in("x").split(c.integer("split_size"), dim);
  }

  /** All inputs in the order of their names: x0, x1, ..., x10 or a, b, ... */
  private static List<Tensor> parts(Case c) {
    Map<String, Tensor> found = c.all("in.");
    return found.keySet().stream().sorted(ReferenceOps.NUMBERED).map(found::get).toList();
  }

  private static Tensor squeeze(Case c) {
    Tensor y = c.in("x");
    if (c.attribute("dims") == null) {
      return y.squeeze();
    }
    Shape shape = y.shape();
    int[] axes = IntStream.of(c.ints("dims")).map(d -> shape.axis(c.op, d)).sorted().toArray();
    for (int i = axes.length - 1; i >= 0; i--) {
      y = shape.dim(axes[i]) == 1 ? y.squeeze(axes[i]) : y;
    }
    return y;
  }

  private static Tensor roll(Case c, int[] shifts) {
    return c.attribute("dims") == null
        ? c.in("x").reshape(-1).roll(shifts[0], 0).reshapeAs(c.in("x"))
        : c.in("x").roll(shifts, c.ints("dims"));
  }

  private static Tensor pad(Case c, String mode) {
    int[] widths = c.ints("pad");
    if (widths.length == 1) {
      widths = new int[2 * (c.in("x").shape().rank() - 2)];
      Arrays.fill(widths, c.integer("pad"));
    }
    return c.in("x").pad(mode(mode), c.number("value", 0), widths);
  }

  static PadMode mode(String name) {
    return switch (name) {
      case "constant", "zeros" -> PadMode.CONSTANT;
      case "reflect", "reflection" -> PadMode.REFLECT;
      case "replicate", "replication", "edge" -> PadMode.REPLICATE;
      case "circular", "wrap" -> PadMode.CIRCULAR;
      default -> throw new UnsupportedCaseException("padding " + name);
    };
  }

  private static Tensor interpolate(Case c, String name) {
    Interpolation mode =
        switch (name) {
          case "nearest" -> Interpolation.NEAREST;
          case "nearest-exact" -> Interpolation.NEAREST_EXACT;
          case "linear", "bilinear", "trilinear" -> Interpolation.LINEAR;
          case "bicubic" -> Interpolation.CUBIC;
          case "area" -> Interpolation.AREA;
          default -> throw new UnsupportedCaseException("interpolate with " + name);
        };
    int spatial = c.in("x").shape().rank() - 2;
    if (c.attribute("size") != null) {
      int[] size = c.ints("size");
      int[] sizes = new int[spatial];
      Arrays.setAll(sizes, i -> size[Math.min(i, size.length - 1)]);
      return c.in("x").interpolate(mode, c.flag("align_corners"), sizes);
    }
    double[] factors =
        c.attribute("scale") instanceof List<?> list
            ? list.stream().mapToDouble(value -> ((Number) value).doubleValue()).toArray()
            : new double[] {((Number) Objects.requireNonNull(c.attribute("scale"))).doubleValue()};
    if (c.flag("recompute_scale_factor")) {
      int[] sizes = new int[spatial];
      Arrays.setAll(
          sizes,
          i -> (int) (c.in("x").shape().dim(i + 2) * factors[Math.min(i, factors.length - 1)]));
      return c.in("x").interpolate(mode, c.flag("align_corners"), sizes);
    }
    return c.in("x").upsample(mode, c.flag("align_corners"), factors);
  }

  /** Of a tensor's dimension, or the columns of images. */
  private static Tensor unfold(Case c) {
    return c.attributes().get("size") == null
        ? c.in("x").unfold(window(c))
        : c.in("x")
            .unfold(
                c.integer(c.attributes().containsKey("dimension") ? "dimension" : "dims"),
                c.integer("size"),
                c.integer("step", 1));
  }

  /** Of columns: at every pixel where nothing else is said. */
  private static Window window(Case c) {
    return NeuralCases.window(c, new int[] {1, 1});
  }

  private static Tensor[] operands(Case c) {
    return c.all("in.").values().toArray(new Tensor[0]);
  }

  private static Tensor tensordot(Case c) {
    if (c.attribute("dims") instanceof List<?> pair && pair.getFirst() instanceof List<?> left) {
      int[] a = left.stream().mapToInt(value -> ((Number) value).intValue()).toArray();
      int[] b =
          ((List<?>) pair.getLast())
              .stream().mapToInt(value -> ((Number) value).intValue()).toArray();
      return c.in("a").tensordot(c.in("b"), a, b);
    }
    return c.in("a").tensordot(c.in("b"), c.integer("dims", 2));
  }
}
