package dev.lanewise.conformance;

import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A function or a method of an {@link Expression}. */
final class Call {
  /** What is called with: integers and lists of them, tensors, and what has a keyword. */
  static final class Arguments {
    final List<int[]> integers = new ArrayList<>();
    final List<Tensor> tensors = new ArrayList<>();
    final Map<String, int[]> keywords = new HashMap<>();
  }

  private final String name;
  private final Tensor x;
  private final Arguments arguments;

  Call(String name, Tensor x, Arguments arguments) {
    this.name = name;
    this.x = x;
    this.arguments = arguments;
  }

  /**
   * The value.
   *
   * @throws UnsupportedCaseException when there is no such function here
   */
  Tensor result() {
    return switch (name) {
      case "permute" -> x.permute(integers());
      case "reshape", "view" -> x.reshape(integers());
      case "expand" -> x.expand(integers());
      case "repeat" -> x.repeat(integers());
      case "flip" -> x.flip(integers());
      case "flatten" -> x.flatten(integer(0, 0), integer(1, -1));
      case "unsqueeze" -> x.unsqueeze(integer(0, 0));
      case "squeeze" -> integers().length == 0 ? x.squeeze() : x.squeeze(integer(0, 0));
      case "transpose" -> x.transpose(integer(0, 0), integer(1, 1));
      case "t" -> x.t();
      case "sum" -> reduced(x.sumKeep(integers()));
      case "mean" -> reduced(x.meanKeep(integers()));
      case "prod" -> reduced(x.prodKeep(integers()));
      case "max", "amax" -> reduced(x.maxKeep(integers()));
      case "min", "amin" -> reduced(x.minKeep(integers()));
      case "logsumexp" -> reduced(x.logsumexpKeep(integers()));
      case "norm" -> reduced(x.norm(2, true, integers()));
      case "var" -> reduced(x.var(1, true, integers()));
      case "std" -> reduced(x.std(1, true, integers()));
      case "cumsum" -> x.cumsum(integer(0, 0));
      case "softmax" -> x.softmax(integer(0, -1));
      case "log_softmax" -> x.logSoftmax(integer(0, -1));
      case "pow" -> arguments.tensors.isEmpty() ? x.pow(integer(0, 1)) : x.pow(other());
      case "matmul", "mm", "bmm" -> x.matmul(other());
      case "dot" -> x.dot(other());
      case "clamp", "clip" -> x.clamp(bound("min", -1), bound("max", 1));
      case "maximum" -> x.maximum(other());
      case "minimum" -> x.minimum(other());
      default -> {
        if (!arguments.tensors.isEmpty() || integers().length > 0) {
          throw new UnsupportedCaseException("function " + name + " with arguments");
        }
        yield ReferenceOps.function(name).apply(x);
      }
    };
  }

  /** An integer by a keyword, or none in that direction. */
  private float bound(String keyword, int direction) {
    int[] given = arguments.keywords.get(keyword);
    return given == null ? direction * Float.POSITIVE_INFINITY : given[0];
  }

  private Tensor other() {
    if (arguments.tensors.size() != 1) {
      throw new UnsupportedCaseException("function " + name + " of one tensor");
    }
    return arguments.tensors.getFirst();
  }

  /** Integers one by one, in brackets, or by a keyword. */
  private int[] integers() {
    for (String keyword : List.of("dim", "dims", "axis")) {
      int[] dims = arguments.keywords.get(keyword);
      if (dims != null) {
        return dims;
      }
    }
    return arguments.integers.stream().flatMapToInt(IntStream::of).toArray();
  }

  private int integer(int index, int otherwise) {
    int[] all = integers();
    return index < all.length ? all[index] : otherwise;
  }

  /** Without the dimensions that were reduced, unless they shall stay. */
  private Tensor reduced(Tensor kept) {
    if (arguments.keywords.getOrDefault("keepdim", new int[] {0})[0] == 1) {
      return kept;
    }
    int rank = x.shape().rank();
    int[] dims = integers();
    int[] gone = IntStream.of(dims).map(dim -> Math.floorMod(dim, rank)).toArray();
    return kept.reshape(
        IntStream.range(0, rank)
            .filter(i -> dims.length > 0 && Arrays.stream(gone).noneMatch(dim -> dim == i))
            .map(i -> x.shape().dim(i))
            .toArray());
  }
}
