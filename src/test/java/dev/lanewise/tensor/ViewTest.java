package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.InScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ops that only say where elements are, against index arithmetic. */
@ExtendWith(InScope.class)
class ViewTest {
  /** 0, 1, 2, ... in row-major order. */
  private static Tensor count(int... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return Tensor.of(values, dims);
  }

  /** Checks each element of y against the element of {@link #count} that {@code source} names. */
  private static void assertElements(
      Tensor y, int[] from, int[] to, Function<int[], int[]> source) {
    assertEquals(Shape.of(to), y.shape());
    float[] values = y.toArray();
    long[] strides = Shape.of(from).strides();
    for (int i = 0; i < values.length; i++) {
      int[] index = index(i, to);
      int[] at = source.apply(index);
      long expected = 0;
      for (int d = 0; d < at.length; d++) {
        expected += at[d] * strides[d];
      }
      int position = i;
      assertEquals(expected, values[i], () -> y + ", element " + position);
    }
  }

  private static int[] index(int position, int[] dims) {
    int[] index = new int[dims.length];
    int rest = position;
    for (int d = dims.length - 1; d >= 0; d--) {
      index[d] = rest % dims[d];
      rest /= dims[d];
    }
    return index;
  }

  private static void assertRefused(Runnable call, String... parts) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is missing in: " + message);
    }
  }

  @Test
  void permutations() {
    Random random = new Random(3);
    for (int round = 0; round < 100; round++) {
      int rank = random.nextInt(6);
      int[] dims = random.ints(rank, 1, 5).toArray();
      List<Integer> shuffled = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
      java.util.Collections.shuffle(shuffled, random);
      int[] order = shuffled.stream().mapToInt(i -> i).toArray();
      int[] to = IntStream.of(order).map(i -> dims[i]).toArray();
      assertElements(
          count(dims).permute(order),
          dims,
          to,
          index -> {
            int[] at = new int[rank];
            for (int d = 0; d < rank; d++) {
              at[order[d]] = index[d];
            }
            return at;
          });
    }
    assertElements(
        count(2, 3, 4).transpose(0, -1),
        new int[] {2, 3, 4},
        new int[] {4, 3, 2},
        i -> new int[] {i[2], i[1], i[0]});
    assertRefused(() -> count(2, 3).permute(0), "permute", "[0]", "[2, 3]");
    assertRefused(() -> count(2, 3).transpose(0, 2), "transpose: dimension 2", "[2, 3]");
  }

  @Test
  void slices() {
    Random random = new Random(4);
    for (int round = 0; round < 100; round++) {
      int rank = 1 + random.nextInt(4);
      int[] dims = random.ints(rank, 1, 8).toArray();
      int dim = random.nextInt(rank);
      int start = random.nextInt(dims[dim] + 1);
      int end = start + random.nextInt(dims[dim] + 1 - start);
      int step = 1 + random.nextInt(3);
      int[] to = dims.clone();
      to[dim] = (end - start + step - 1) / step;
      assertElements(
          count(dims).slice(dim, start, end, step),
          dims,
          to,
          index -> {
            int[] at = index.clone();
            at[dim] = start + index[dim] * step;
            return at;
          });
    }
  }

  @Test
  void slicesOfSlicesAndTransposes() {
    Tensor y = count(6, 8).slice(0, 1, 6, 2).transpose(0, 1).slice(0, 2, 8, 3).slice(1, 1, 3);
    assertElements(
        y, new int[] {6, 8}, new int[] {2, 2}, i -> new int[] {1 + 2 * (i[1] + 1), 2 + 3 * i[0]});
  }

  @Test
  void sliceBoundsAreThoseOfPython() {
    Tensor x = count(6);
    assertArrayEquals(new float[] {4, 5}, x.slice(0, -2, Integer.MAX_VALUE).toArray());
    assertArrayEquals(new float[] {0, 1, 2, 3}, x.slice(0, 0, -2).toArray());
    assertArrayEquals(new float[] {}, x.slice(0, 4, 2).toArray());
    assertArrayEquals(new float[] {}, x.slice(0, 9, 12).toArray());
    assertArrayEquals(new float[] {0, 5}, x.slice(0, -100, 100, 5).toArray());
    assertRefused(() -> x.slice(0, 0, 6, 0), "slice", "0:6:0");
    assertRefused(() -> x.slice(1, 0, 6), "slice: dimension 1 does not exist", "[6]");
  }

  @Test
  void selections() {
    assertArrayEquals(new float[] {4, 5, 6, 7}, count(3, 4).select(0, 1).toArray());
    assertArrayEquals(new float[] {3, 7, 11}, count(3, 4).select(1, -1).toArray());
    assertEquals(Shape.of(3), count(3, 4).select(1, -1).shape());
    assertEquals(5, count(8).select(0, 5).item());
    assertRefused(() -> count(3, 4).select(0, 3), "select: index 3", "[3, 4]");
  }

  @Test
  void expansions() {
    assertElements(
        count(3, 1).expand(2, 3, 4),
        new int[] {3, 1},
        new int[] {2, 3, 4},
        i -> new int[] {i[1], 0});
    assertElements(
        count(2, 3).expand(4, -1, -1),
        new int[] {2, 3},
        new int[] {4, 2, 3},
        i -> new int[] {i[1], i[2]});
    assertRefused(() -> count(2, 3).expand(2, 4), "expand", "[2, 3]", "[2, 4]");
    assertRefused(() -> count(2, 3).expand(3), "expand", "[2, 3]", "[3]");
  }

  @Test
  void reshapes() {
    assertElements(
        count(4, 6).reshape(3, -1),
        new int[] {24},
        new int[] {3, 8},
        i -> new int[] {i[0] * 8 + i[1]});
    assertElements(
        count(2, 3).transpose(0, 1).reshape(6),
        new int[] {2, 3},
        new int[] {6},
        i -> new int[] {i[0] % 2, i[0] / 2});
    assertRefused(() -> count(4, 6).reshape(5, -1), "reshape", "[4, 6]", "[5, -1]");
    assertRefused(() -> count(4, 6).reshape(-1, -1), "reshape");
    assertRefused(() -> count(4, 6).reshape(23), "reshape", "[4, 6]", "[23]");
  }

  @Test
  void flattenSqueezeUnsqueeze() {
    assertEquals(Shape.of(2, 12), count(2, 3, 4).flatten().shape());
    assertEquals(Shape.of(6, 4), count(2, 3, 4).flatten(0, 1).shape());
    assertEquals(Shape.of(1), Tensor.scalar(2).flatten(0, -1).shape());
    assertEquals(Shape.of(2, 1, 3), count(2, 3).unsqueeze(1).shape());
    assertEquals(Shape.of(2, 3, 1), count(2, 3).unsqueeze(-1).shape());
    assertEquals(Shape.of(2, 3), count(2, 1, 3).squeeze(1).shape());
    assertEquals(Shape.of(2, 3), count(2, 3).squeeze(1).shape());
    assertRefused(() -> count(2, 3, 4).flatten(2, 1), "flatten", "start 2", "end 1");
    assertRefused(() -> count(2, 3).unsqueeze(4), "unsqueeze", "4", "[2, 3]");
  }

  @Test
  void concatAndStack() {
    Tensor a = count(2, 3);
    Tensor b = count(2, 1).add(100);
    assertArrayEquals(
        new float[] {0, 1, 2, 100, 3, 4, 5, 101}, Tensor.concat(List.of(a, b), -1).toArray());
    assertArrayEquals(
        new float[] {0, 3, 1, 4, 2, 5, 0, 3},
        Tensor.concat(List.of(a.transpose(0, 1), a.transpose(0, 1).slice(0, 0, 1)), 0).toArray());
    assertEquals(Shape.of(2, 2, 3), Tensor.stack(List.of(a, a), 0).shape());
    assertEquals(Shape.of(2, 3, 2), Tensor.stack(List.of(a, a), -1).shape());
    assertArrayEquals(
        new float[] {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}, Tensor.stack(List.of(a, a), 2).toArray());
    assertArrayEquals(
        new long[] {1, 2, 3},
        Tensor.concat(
                List.of(Tensor.ofLongs(new long[] {1, 2}, 2), Tensor.ofLongs(new long[] {3}, 1)), 0)
            .toLongArray());
    assertRefused(() -> Tensor.concat(List.of(), 0), "concat: found 0 inputs, expected at least 1");
    assertRefused(() -> Tensor.concat(List.of(a, b), 0), "concat: tensor 1", "[2, 1]", "[2, 3]");
    assertRefused(
        () -> Tensor.concat(List.of(a, Tensor.ofLongs(new long[3], 1, 3)), 0),
        "concat",
        "FLOAT32",
        "INT64");
  }

  @Test
  void viewsShareTheElements() {
    Tensor x = count(3, 4);
    Tensor column = x.select(1, 2);
    Tensor row = x.slice(0, 1, 2).transpose(0, 1);
    x.copyFrom(new float[] {9, 9, 1, 9, 5, 6, 2, 8, 9, 9, 3, 9});
    assertArrayEquals(new float[] {5, 6, 2, 8}, row.toArray());
    // A view of elements with gaps becomes a copy only where its shape asks for it.
    assertEquals(Shape.of(3), column.shape());
    assertFalse(x.reshape(12).closed());
    x.reshape(12).copyFrom(new float[12]);
    assertArrayEquals(new float[12], x.toArray());
  }

  @Test
  void aViewKeepsTheMemoryOfAClosedTensor() {
    Tensor x = count(2, 3);
    Tensor y = x.transpose(0, 1);
    x.close();
    assertTrue(x.closed());
    assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, y.toArray());
    y.close();
    assertThrows(IllegalStateException.class, y::toArray);
  }

  @Test
  void writingNeedsPlainContiguousElements() {
    Tensor x = count(2, 3);
    assertThrows(
        IllegalStateException.class,
        () -> x.transpose(0, 1).copyFrom(new float[] {1, 2, 3, 4, 5, 6}));
    assertRefused(() -> x.copyFrom(new float[5]), "copyFrom: 5 values", "[2, 3]", "6 elements");
    assertRefused(() -> Tensor.of(new float[5], 2, 3), "5 values", "[2, 3]");
    assertRefused(() -> Tensor.zeros(2, -1), "shape", "[2, -1]");
  }

  @Test
  void readingNamesWhatIsWrong() {
    String item = assertThrows(IllegalStateException.class, () -> count(2, 3).item()).getMessage();
    assertTrue(item.contains("item") && item.contains("[2, 3]"), item);
    String type =
        assertThrows(IllegalStateException.class, () -> count(2).toLongArray()).getMessage();
    assertTrue(type.contains("FLOAT32") && type.contains("INT64"), type);
  }

  @Test
  void emptyTensors() {
    Tensor empty = Tensor.zeros(0, 3);
    assertEquals(0, empty.exp().toArray().length);
    assertEquals(Shape.of(0, 3), empty.add(Tensor.ones(3)).shape());
    assertEquals(Shape.of(3, 0), empty.transpose(0, 1).reshape(3, 0).shape());
    assertEquals(0, empty.sum().item());
    assertArrayEquals(new float[3], empty.sum(0).toArray());
    assertEquals(Shape.of(0, 2), empty.matmul(Tensor.ones(3, 2)).shape());
    assertArrayEquals(new float[6], Tensor.zeros(2, 0).matmul(Tensor.zeros(0, 3)).toArray());
    assertArrayEquals(
        new float[] {1, 2, 1, 2},
        Tensor.zeros(2, 0).linear(Tensor.zeros(2, 0), Tensor.of(new float[] {1, 2}, 2)).toArray());
    assertArrayEquals(new float[4], Tensor.zeros(2, 0).linear(Tensor.zeros(2, 0), null).toArray());
    assertEquals(Shape.of(2, 0), Tensor.zeros(2, 3).linear(Tensor.zeros(0, 3), null).shape());
    assertEquals(Shape.of(2, 3), Tensor.concat(List.of(empty, Tensor.ones(2, 3)), 0).shape());
  }
}
