package dev.lanewise.conformance;

import static dev.lanewise.conformance.ReferenceOps.op;

import dev.lanewise.op.Window;
import dev.lanewise.tensor.Interpolation;
import dev.lanewise.tensor.PadMode;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Views, copies and matrix products. */
final class ShapeCases {
  private ShapeCases() {}

  static void register() {
    op("matmul", c -> c.in("a").matmul(c.in("b")));
    op("transpose", c -> c.in("x").transpose(c.ints("dims")[0], c.ints("dims")[1]));
    op("permute", c -> c.in("x").permute(c.ints("dims")));
    op("reshape", c -> c.in("x").reshape(c.ints("shape")));
    op("expand", c -> c.in("x").expand(c.ints("shape")));
    op("flatten", c -> c.in("x").flatten(c.integer("start"), -1));
    op("unsqueeze", c -> c.in("x").unsqueeze(c.integer("dim")));
    op("concat", c -> Tensor.concat(numbered(c), c.integer("dim")));
    op("stack", c -> Tensor.stack(numbered(c), c.integer("dim")));
    op("cat", c -> Tensor.concat(numbered(c), c.integer("dim")));
    op("view", c -> c.in("x").reshape(c.ints("shape")));
    op("broadcast_to", c -> c.in("x").expand(c.ints("shape")));
    op("t", c -> c.in("x").t());
    op("squeeze", c -> c.attribute("dim") == null ? c.in("x").squeeze() : squeeze(c));
    op("movedim", c -> c.in("x").movedim(c.integer("source"), c.integer("destination")));
    op("narrow", c -> c.in("x").narrow(c.integer("dim"), c.integer("start"), c.integer("length")));
    op("select", c -> c.in("x").select(c.integer("dim"), c.integer("index")));
    op("unflatten", c -> c.in("x").unflatten(c.integer("dim"), c.ints(first(c, "sizes", "shape"))));
    op("flip", c -> c.in("x").flip(c.ints(first(c, "dims", "dim"))));
    op("roll", c -> roll(c, c.ints(first(c, "shifts", "shift"))));
    op("rot90", c -> c.in("x").rot90(c.integer("k"), c.ints("dims")[0], c.ints("dims")[1]));
    op("repeat", c -> c.in("x").repeat(c.ints(first(c, "repeats", "sizes"))));
    op("tile", c -> c.in("x").tile(c.ints(first(c, "dims", "repeats"))));
    op(
        "repeat_interleave",
        c -> c.in("x").repeatInterleave(c.integer("repeats"), c.integer("dim")));
    op("tril", c -> c.in("x").tril(integer(c, "diagonal", 0)));
    op("triu", c -> c.in("x").triu(integer(c, "diagonal", 0)));
    op(
        "diagonal",
        c ->
            c.in("x")
                .diagonal(integer(c, "offset", 0), integer(c, "dim1", 0), integer(c, "dim2", 1)));
    op("diag", c -> c.in("x").diag(integer(c, "diagonal", 0)));
    op("diag_embed", c -> c.in("x").diagEmbed(integer(c, "offset", 0)));
    op("trace", c -> c.in("x").trace());
    op("pad", ShapeCases::pad);
    op(
        "pixel_shuffle",
        c -> c.in("x").pixelShuffle(c.integer(first(c, "upscale_factor", "factor"))));
    op(
        "pixel_unshuffle",
        c -> c.in("x").pixelUnshuffle(c.integer(first(c, "downscale_factor", "factor"))));
    op("channel_shuffle", c -> c.in("x").channelShuffle(c.integer("groups")));
    op("interpolate", ShapeCases::interpolate);
    op("upsample", ShapeCases::interpolate);
    op("unfold", ShapeCases::unfold);
    op(
        "fold",
        c -> c.in("x").fold(c.pair("output_size", 1)[0], c.pair("output_size", 1)[1], window(c)));
    op("mm", c -> c.in("a").mm(c.in("b")));
    op("bmm", c -> c.in("a").bmm(c.in("b")));
    op("mv", c -> c.in("a").mv(c.in("b")));
    op("dot", c -> c.in("a").dot(c.in("b")));
    op("outer", c -> c.in("a").outer(c.in("b")));
    op("kron", c -> c.in("a").kron(c.in("b")));
    op("einsum", c -> Tensor.einsum(c.text("equation", c.text("expr", "")), operands(c)));
    op("tensordot", ShapeCases::tensordot);
    op(
        "addmm",
        c -> added(c).addmm(c.in("a"), c.in("b"), c.number("beta", 1), c.number("alpha", 1)));
    op(
        "baddbmm",
        c -> added(c).baddbmm(c.in("a"), c.in("b"), c.number("beta", 1), c.number("alpha", 1)));
    for (String name : List.of("slice", "permute_reshape", "diff_views", "graph_reuse")) {
      op(name, c -> Expression.evaluate(c.text("expr", ""), c.all("in.")));
    }
  }

  private static List<Tensor> numbered(Case c) {
    List<Tensor> parts = new ArrayList<>();
    while (c.has("in.x" + parts.size())) {
      parts.add(c.in("x" + parts.size()));
    }
    return parts;
  }

  private static int integer(Case c, String name, int otherwise) {
    return c.attribute(name) == null ? otherwise : c.integer(name);
  }

  /** The one of two attributes that the case has. */
  private static String first(Case c, String name, String otherwise) {
    return c.attribute(name) == null ? otherwise : name;
  }

  private static Tensor squeeze(Case c) {
    return c.in("x").squeeze(c.integer("dim"));
  }

  private static Tensor roll(Case c, int[] shifts) {
    String dims = first(c, "dims", "dim");
    return c.attribute(dims) == null
        ? c.in("x").reshape(-1).roll(shifts[0], 0).reshapeAs(c.in("x"))
        : c.in("x").roll(shifts, c.ints(dims));
  }

  private static Tensor pad(Case c) {
    PadMode mode = PadMode.valueOf(c.text("mode", "constant").toUpperCase(Locale.ROOT));
    String widths = first(c, "pad_last_dims", first(c, "pad", "padding"));
    return c.in("x").pad(mode, c.number("value", 0), c.ints(widths));
  }

  private static Tensor interpolate(Case c) {
    Interpolation mode =
        switch (c.text("mode", "nearest")) {
          case "nearest" -> Interpolation.NEAREST;
          case "nearest-exact" -> Interpolation.NEAREST_EXACT;
          case "linear", "bilinear", "trilinear" -> Interpolation.LINEAR;
          case "bicubic" -> Interpolation.CUBIC;
          case "area" -> Interpolation.AREA;
          default -> throw new UnsupportedCaseException("interpolate with " + c.text("mode", ""));
        };
    int spatial = c.shape("in.x").rank() - 2;
    if (c.attribute("size") != null) {
      int[] size = c.ints("size");
      int[] sizes = new int[spatial];
      Arrays.setAll(sizes, i -> size[Math.min(i, size.length - 1)]);
      return c.in("x").interpolate(mode, c.flag("align_corners"), sizes);
    }
    Object scale = c.attribute(first(c, "scale_factor", "scale"));
    double[] factors =
        scale instanceof List<?> list
            ? list.stream().mapToDouble(value -> ((Number) value).doubleValue()).toArray()
            : new double[] {scale instanceof Number number ? number.doubleValue() : 1};
    return c.in("x").upsample(mode, c.flag("align_corners"), factors);
  }

  /** Of a tensor's dimension, or the columns of images. */
  private static Tensor unfold(Case c) {
    return c.attribute("size") == null
        ? c.in("x").unfold(window(c))
        : c.in("x")
            .unfold(c.integer(first(c, "dimension", "dim")), c.integer("size"), c.integer("step"));
  }

  private static Window window(Case c) {
    int[] kernel = c.pair(first(c, "kernel_size", "kernel"), 1);
    int[] stride = c.pair("stride", 1);
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
        false);
  }

  private static Tensor[] operands(Case c) {
    return c.all("in.").values().toArray(new Tensor[0]);
  }

  private static Tensor added(Case c) {
    return c.in(c.has("in.input") ? "input" : c.has("in.c") ? "c" : "x");
  }

  private static Tensor tensordot(Case c) {
    if (c.attribute("dims") instanceof List<?> pair && pair.getFirst() instanceof List<?> left) {
      int[] a = left.stream().mapToInt(value -> ((Number) value).intValue()).toArray();
      int[] b =
          ((List<?>) pair.getLast())
              .stream().mapToInt(value -> ((Number) value).intValue()).toArray();
      return c.in("a").tensordot(c.in("b"), a, b);
    }
    return c.in("a").tensordot(c.in("b"), integer(c, "dims", 2));
  }
}
