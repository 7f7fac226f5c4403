package dev.lanewise.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What nobody does on purpose is refused in a sentence and never reads or writes beyond a tensor:
 * other types than floats, sizes beyond all memory, views beyond their elements, operations that
 * are put together by hand.
 */
class HostileUseTest {
  private static void refused(String message, Runnable call) {
    try (Scope scope = Scope.open()) {
      String found = assertThrows(IllegalArgumentException.class, call::run).getMessage();
      assertTrue(found.contains(message), () -> "the message is: " + found);
    }
  }

  /** An operation either moves elements of any type or refuses all but its own. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.lanewise.op.OpSamples#all")
  void otherTypesAreMovedOrRefused(Sample sample) {
    for (int i = 0; i < sample.inputs().size(); i++) {
      for (DType type : DType.values()) {
        try (Scope scope = Scope.open()) {
          Tensor[] inputs = sample.inputs().stream().map(Sample.Input::make).toArray(Tensor[]::new);
          if (inputs[i].dtype() == type) {
            continue;
          }
          inputs[i] = inputs[i].to(type);
          Tensor y;
          try {
            y = Tensor.apply(sample.op(), inputs);
          } catch (IllegalArgumentException refused) {
            continue;
          }
          assertEquals(type, y.dtype(), "input " + i);
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.lanewise.op.OpSamples#all")
  void anotherNumberOfInputsIsRefused(Sample sample) {
    try (Scope scope = Scope.open()) {
      Tensor[] inputs = sample.inputs().stream().map(Sample.Input::make).toArray(Tensor[]::new);
      String name = sample.op().name() + ": ";
      refused(name + "found 0 inputs, expected ", () -> Tensor.apply(sample.op()));
      for (int n = 1; n < inputs.length; n++) {
        Tensor[] some = Arrays.copyOf(inputs, n);
        try {
          Tensor.apply(sample.op(), some);
        } catch (IllegalArgumentException refused) {
          assertTrue(refused.getMessage().startsWith(name), refused.getMessage());
        }
      }
      if (!(sample.op() instanceof Concat)) {
        Tensor[] more = Arrays.copyOf(inputs, 10);
        Arrays.fill(more, inputs.length, 10, inputs[0]);
        refused(name + "found 10 inputs, expected ", () -> Tensor.apply(sample.op(), more));
      }
    }
  }

  @Test
  void whatAnOperationTakesIsSaidWhereItIsNotThat() {
    Tensor x = Tensor.ones(1, 1, 2, 2);
    refused(
        "conv2d: found 1 input, expected 2 or 3: input, weight, bias (optional)",
        () -> Tensor.apply(Conv2d.standard(), x));
    refused(
        "conv2d: bias [1] holds INT64, expected FLOAT32",
        () -> Tensor.apply(Conv2d.standard(), x, x, Tensor.ofLongs(new long[] {1}, 1)));
    refused("concat: found 0 inputs, expected at least 1", () -> Tensor.apply(new Concat(0)));
    refused("concat: input 1 is null", () -> Tensor.apply(new Concat(0), x, null));
  }

  @Test
  void sizesBeyondAllMemory() {
    refused("more than 2^52 elements", () -> Tensor.zeros(1 << 30, 1 << 30, 2)); // 2^63 bytes
    refused("more than 2^52 elements", () -> Tensor.zeros(1 << 30, 1 << 30, 4)); // 2^64
    refused("more than 2^52 elements", () -> Tensor.zeros(0, 1 << 30, 1 << 30, 1 << 30));
    refused("more than 2^52 elements", () -> Tensor.ones(1).expand(1 << 30, 1 << 30));
    refused(
        "2147483648",
        () -> {
          Tensor half = Tensor.ones(1).expand(1 << 30);
          Tensor.concat(List.of(half, half), 0);
        });
  }

  @Test
  void viewsBeyondTheElements() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.ones(2, 3);
      assertEquals(3, x.view(Shape.of(3), new long[] {-1}, 5).size());
      assertEquals(0, x.view(Shape.of(0), null, 6).size());
      refused("does not fit", () -> x.view(Shape.of(7), null, 0));
      refused("does not fit", () -> x.view(Shape.of(3), null, 4));
      refused("does not fit", () -> x.view(Shape.of(1), null, -1));
      refused("does not fit", () -> x.view(Shape.of(1), null, Long.MAX_VALUE));
      refused("does not fit", () -> x.view(Shape.of(3), new long[] {3}, 0));
      refused("does not fit", () -> x.view(Shape.of(3), new long[] {-1}, 1));
      refused("does not fit", () -> x.view(Shape.of(3), new long[] {Long.MAX_VALUE}, 0));
      refused("does not fit", () -> x.view(Shape.of(3), new long[] {Long.MIN_VALUE}, 0));
      refused("does not fit", () -> x.view(Shape.of(2, 3), new long[] {1}, 0));
    }
  }

  @Test
  void batchLanesHoldFloats() {
    Shape images = Shape.of(1, 1, 2, 2);
    refused("batch lanes", () -> Tensor.make(images, DType.UINT8, Layout.BATCH_LANES, "x"));
    refused("batch lanes", () -> Tensor.make(Shape.of(4), DType.FLOAT32, Layout.BATCH_LANES, "x"));
    refused("batch lanes", () -> Tensor.ones(1, 1, 2, 2).to(DType.BOOL).lanes());
  }

  @Test
  void bytesThatAreNoWholeElement() {
    refused(
        "7 bytes are no whole number of FLOAT32",
        () -> Tensor.zeros(1).copyFrom(MemorySegment.ofArray(new byte[7])));
  }

  @Test
  void dimensionsFromTheEndInOperationsMadeByHand() {
    String message = "dimension -1 does not exist";
    refused(message, () -> Tensor.apply(new Slice(-1, 0, 1, 1), Tensor.ones(2, 3)));
    refused(message, () -> Tensor.apply(new Concat(-1), Tensor.ones(2, 3)));
    refused(message, () -> Tensor.apply(new Diagonal(0, 0, -1), Tensor.ones(2, 3)));
    refused(message, () -> Tensor.apply(new Unfold(-1, 1, 1, 1), Tensor.ones(2, 3)));
    IndexSelect select = new IndexSelect(-1, -1);
    Tensor index = Tensor.ofLongs(new long[] {0, 1, 1}, 3);
    refused(message, () -> Tensor.apply(select, Tensor.ones(2, 3), index));
    refused(
        message, () -> Tensor.apply(new IndexSelect.Gradient(select, 4), Tensor.ones(2, 3), index));
  }

  @Test
  void whatAForwardHandsToItsBackwardIsCheckedInItsKind() {
    Tensor far = Tensor.ofLongs(new long[] {0, 1L << 40}, 2);
    refused("lies outside", () -> Tensor.apply(new Max.Gather(), Tensor.ones(2, 3), far));
    refused("lies outside", () -> Tensor.apply(new Max.Scatter(3), Tensor.ones(2), far));
    refused(
        "holds INT32, expected INT64",
        () -> Tensor.apply(new Max.Gather(), Tensor.ones(2, 3), far.to(DType.INT32)));
    Tensor few = Tensor.zeros(3).to(DType.UINT8);
    Window window = Window.of(2);
    refused(
        "contiguous elements of UINT8",
        () ->
            Tensor.apply(
                new MaxPool2d.Gradient(window, Shape.of(1, 1, 4, 4)),
                Tensor.ones(1, 1, 2, 2),
                few));
    refused(
        "contiguous elements of UINT8",
        () -> Tensor.apply(new MaxPool2d.Gather(window), Tensor.ones(1, 1, 4, 4), few));
    refused(
        "mask [64] holds FLOAT32, expected UINT8",
        () -> Tensor.apply(new Kept.Gradient(2), Tensor.ones(64), Tensor.zeros(64)));
  }

  /** Three floats in, three out; backward gives what it was made with. */
  private record Strange(Supplier<@Nullable Tensor[]> gradients) implements CustomOp {
    @Override
    public Shape shape(Shape... inputs) {
      return inputs[0];
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... inputs) {
      return Tensor.ones(3);
    }

    @Override
    public @Nullable Tensor[] backward(Node node, Tensor dy) {
      return gradients.get();
    }
  }

  private static void refusedBackward(String message, Tensor... gradients) {
    Tensor x = Tensor.ones(3).requireGrad();
    Tensor y = Tensor.apply(new Strange(() -> gradients), x.relu());
    refused(message, () -> y.sum().backward());
  }

  @Test
  void gradientsThatDoNotFit() {
    Tensor bytes = Tensor.ones(3).to(DType.UINT8);
    Tensor x = Tensor.ones(3).requireGrad();
    refused("holds UINT8", () -> x.relu().backward(bytes));
    refused("holds UINT8", () -> x.setGrad(bytes));
    refused("has shape [4]", () -> x.setGrad(Tensor.ones(4)));
    refused("has shape [1]", () -> x.relu().onGradient(dy -> Tensor.ones(1)).sum().backward());
    refused("holds UINT8", () -> x.relu().onGradient(dy -> bytes).sum().backward());
    refusedBackward("input 0 has shape [4096], the input [3]", Tensor.ones(4096));
    refusedBackward("holds UINT8", bytes);
    refusedBackward("found 2 gradients", Tensor.ones(3), Tensor.ones(3));
    refusedBackward("found 0 gradients");
  }
}
