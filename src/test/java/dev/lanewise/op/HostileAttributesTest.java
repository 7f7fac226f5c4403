package dev.lanewise.op;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.memory.OutOfPoolMemoryException;
import dev.lanewise.tensor.DType;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Operations with attributes that make no sense: kernels, strides, paddings, dimensions, sizes and
 * factors that are negative, zero, huge or no number. Each is refused in one sentence, or computed
 * forward and backward; nothing else may happen, least of all to the memory around.
 */
class HostileAttributesTest {
  /** Results with more elements, or more work, are only asked for their shape. */
  private static final long LARGEST = 1 << 16;

  private static final long MOST_WORK = 1 << 22;

  /** Samples of one op beyond these tell nothing new. */
  private static final int SAMPLES = 4;

  @Test
  void oneAttributeOfEachKind() {
    Set<Object> done = new HashSet<>();
    for (Sample sample : few()) {
      for (Object op : Mutants.of(sample.op())) {
        if (done.add(List.of(op, shapes(sample)))) {
          call(sample, (Op) op);
        }
      }
    }
  }

  @Test
  void twoAttributesAtOnce() {
    Random random = new Random(20261122);
    for (Sample sample : few()) {
      List<Object> once = Mutants.of(sample.op());
      for (int i = 0; i < Math.min(once.size(), 20); i++) {
        List<Object> twice = Mutants.of(once.get(random.nextInt(once.size())));
        if (!twice.isEmpty()) {
          call(sample, (Op) twice.get(random.nextInt(twice.size())));
        }
      }
    }
  }

  /** Two elements three apart, of an image of two by two with a frame of one: all in the frame. */
  @Test
  void aWindowThatLiesInThePaddingAlone() {
    Tensor x = Tensor.ones(1, 1, 2, 2).requireGrad();
    Window window = new Window(2, 2, 1, 1, 1, 1, 3, 3, false);
    Tensor y = x.maxPool2d(window);
    assertArrayEquals(new float[] {Float.NEGATIVE_INFINITY}, y.toArray());
    y.sum().backward();
    assertArrayEquals(new float[4], requireNonNull(x.grad()).toArray());
  }

  @Test
  void sizesThatOnlyMeetBeyondTheRangeOfInt() {
    Tensor x = Tensor.ones(1, 1, 5, 5);
    refused("weight is larger", () -> x.conv2d(x, null, Conv2d.standard().dilation(1 << 30)));
    refused("more than 2^30", () -> x.conv2d(x, null, Conv2d.standard().padding(1 << 30)));
    refused("at most 2^24", () -> x.maxPool2d(Window.of(1 << 20)));
    refused(
        "is larger than the padded input",
        () -> x.maxPool2d(new Window(3, 3, 1, 1, 0, 0, 1 << 30, 1 << 30, false)));
    refused("would have 2147483652 elements", () -> x.pad(Integer.MAX_VALUE, 0));
  }

  @Test
  void methodsThatComputeAttributes() {
    Tensor x = Tensor.ones(4, 2, 2);
    Tensor index = Tensor.ofLongs(new long[] {-1}, 1);
    refused("pixelShuffle: shape", () -> x.pixelShuffle(1 << 30));
    refused("do not have -1 dimensions", () -> x.tensordot(x, -1));
    refused("do not have 4 dimensions", () -> x.tensordot(x, 4));
    refused("index -1 is no row", () -> Tensor.ones(2, 3).renormRows(index, 1, 2));
    refused("more than 2^31 - 1", () -> Tensor.ones(1).expand(1 << 30, 4).max());
    refused("pad: dimension 2", () -> x.pad(Integer.MAX_VALUE, Integer.MAX_VALUE));
    assertEquals(Shape.of(1, 2, 2), x.slice(0, -1, 0, Integer.MIN_VALUE).shape());
  }

  private static void refused(String message, Runnable call) {
    String found = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(found.contains(message), () -> "the message is: " + found);
  }

  private static List<Sample> few() {
    Map<Class<?>, Integer> seen = new HashMap<>();
    return OpSamples.all().stream()
        .filter(sample -> seen.merge(sample.op().getClass(), 1, Integer::sum) <= SAMPLES)
        .toList();
  }

  private static List<Shape> shapes(Sample sample) {
    return sample.inputs().stream().map(Sample.Input::shape).toList();
  }

  private static void call(Sample sample, Op op) {
    try (Scope scope = Scope.open()) {
      Shape[] shapes = shapes(sample).toArray(Shape[]::new);
      Shape shape = op.shape(shapes);
      if (shape.size() > LARGEST || op.flops(shape, shapes) > MOST_WORK) {
        return;
      }
      List<Tensor> leaves = new ArrayList<>();
      Tensor y = new Sample(op, sample.variant(), sample.inputs()).apply(x -> x, leaves);
      assertEquals(shape, y.shape());
      if (y.dtype() == DType.FLOAT32) {
        y.toArray();
      }
      if (y.requiresGrad()) {
        y.backward(Tensor.ones(shape.toArray()), true, false);
        y.backward(Tensor.ones(shape.toArray()), false, true);
      }
    } catch (IllegalArgumentException | IllegalStateException | OutOfPoolMemoryException refused) {
      String message = refused.getMessage();
      assertNotNull(message, op.toString());
      assertFalse(message.contains("\n") || message.isBlank(), message);
    } catch (RuntimeException raw) {
      fail(op + " on " + shapes(sample) + ": " + raw, raw);
    }
  }
}
