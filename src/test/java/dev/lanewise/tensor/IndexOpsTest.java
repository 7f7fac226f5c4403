package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class IndexOpsTest {
  private static Tensor longs(long... values) {
    return Tensor.ofLongs(values, values.length);
  }

  @Test
  void gathersAndScatters() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor index = Tensor.ofLongs(new long[] {2, 0, 1, 1}, 2, 2);
    assertArrayEquals(new float[] {3, 1, 5, 5}, x.gather(1, index).toArray());
    assertArrayEquals(
        new float[] {3, 6}, x.takeAlongDim(Tensor.ofLongs(new long[] {2}, 1, 1), 1).toArray());
    Tensor source = Tensor.of(new float[] {10, 20, 30, 40}, 2, 2);
    assertArrayEquals(new float[] {20, 2, 10, 4, 40, 6}, x.scatter(1, index, source).toArray());
    assertArrayEquals(new float[] {9, 2, 9, 4, 9, 6}, x.scatter(1, index, 9).toArray());
    assertArrayEquals(new float[] {21, 2, 13, 4, 75, 6}, x.scatterAdd(1, index, source).toArray());
    assertArrayEquals(new float[] {4, 5, 6, 1, 2, 3}, x.indexSelect(0, longs(1, 0)).toArray());
    assertArrayEquals(
        new float[] {1, 2, 3, 34, 65, 6},
        x.indexAdd(0, longs(1), Tensor.of(new float[] {30, 60, 0}, 1, 3)).toArray());
    assertArrayEquals(
        new float[] {7, 2, 8, 9, 5, 0},
        x.indexCopy(1, longs(0, 2), Tensor.of(new float[] {7, 8, 9, 0}, 2, 2)).toArray());
    assertArrayEquals(new float[] {6, 1}, x.take(longs(5, 0)).toArray());
    assertArrayEquals(new long[] {3, 0}, longs(5, 0, 3).indexSelect(0, longs(2, 1)).toLongArray());
    assertArrayEquals(new float[] {0, 0, 1, 1, 0, 0}, longs(2, 0).oneHot(3).toArray());
    Tensor mask = longs(1, 0, 1).to(DType.BOOL);
    assertArrayEquals(new float[] {1, 3, 4, 6}, x.maskedSelect(mask).toArray());
    assertThrows(IllegalArgumentException.class, () -> longs(3).oneHot(3));
  }

  /** Lines along each dimension, in several chunks; of equal indices the last one counts. */
  @Test
  void gathersAndScattersAlongEachDimension() {
    int[] dims = {9, 70, 110};
    int n = dims[0] * dims[1] * dims[2];
    int[] strides = {dims[1] * dims[2], dims[2], 1};
    Random random = new Random(2);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(1000);
    }
    Tensor x = Tensor.of(values, dims);
    for (int axis = 0; axis < 3; axis++) {
      long[] index = new long[n];
      float[] gathered = new float[n];
      float[] scattered = values.clone();
      float[] added = values.clone();
      for (int i = 0; i < n; i++) {
        index[i] = random.nextInt(dims[axis]);
        int own = i / strides[axis] % dims[axis];
        int there = i + (int) (index[i] - own) * strides[axis];
        gathered[i] = values[there];
        scattered[there] = values[i];
        added[there] += values[i];
      }
      Tensor indices = Tensor.ofLongs(index, dims);
      String along = "dimension " + axis;
      assertArrayEquals(gathered, x.gather(axis, indices).toArray(), along);
      assertArrayEquals(scattered, x.scatter(axis, indices, x).toArray(), along);
      assertArrayEquals(added, x.scatterAdd(axis, indices, x).toArray(), along);
      index[n - 1] = dims[axis];
      Tensor wrong = Tensor.ofLongs(index, dims);
      int at = axis;
      String message =
          assertThrows(IllegalArgumentException.class, () -> x.gather(at, wrong)).getMessage();
      assertTrue(message.contains("index " + dims[axis] + " at position " + (n - 1)), message);
    }
  }

  @Test
  void sortsStablyWithNaNLast() {
    float nan = Float.NaN;
    Tensor x = Tensor.of(new float[] {0, 3, -1, nan, -0f, Float.NEGATIVE_INFINITY}, 6);
    assertArrayEquals(new long[] {5, 2, 0, 4, 1, 3}, x.argsort(0, false).toLongArray());
    assertArrayEquals(new long[] {3, 1, 0, 4, 2, 5}, x.argsort(0, true).toLongArray());
    Tensor y = Tensor.of(new float[] {1, 5, 3, 4, 2, 6}, 2, 3);
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, y.sort(0, false).values().toArray());
    IndexOps.Sorted top = y.topk(2, 1, true);
    assertArrayEquals(new float[] {5, 3, 6, 4}, top.values().toArray());
    assertArrayEquals(new long[] {1, 2, 2, 0}, top.indices().toLongArray());
    assertArrayEquals(new float[] {3, 4}, y.median(1).values().toArray());
  }

  @Test
  void embeddingSumsRepeatsAndSkipsThePadding() {
    Tensor table = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2).requireGrad();
    Tensor index = Tensor.ofLongs(new long[] {0, 2, 2, 1}, 2, 2);
    Tensor y = table.embedding(index, 1);
    assertEquals(Shape.of(2, 2, 2), y.shape());
    assertArrayEquals(new float[] {1, 2, 5, 6, 5, 6, 3, 4}, y.toArray());
    y.sum().backward();
    assertArrayEquals(new float[] {1, 1, 0, 0, 2, 2}, table.grad().toArray());
    Tensor small = index.to(DType.INT32);
    assertArrayEquals(y.toArray(), table.embedding(small, 1).toArray());
  }

  /** Large enough for several chunks, which must not change the sums. */
  @Test
  void equalIndicesAddUpInOrder() {
    int n = 5000;
    int columns = 33;
    long[] index = new long[n];
    float[] rows = new Generator(5).uniformValues((long) n * columns, -1, 1);
    float[] expected = new float[7 * columns];
    for (int i = 0; i < n; i++) {
      index[i] = i * 31L % 7;
      for (int j = 0; j < columns; j++) {
        expected[(int) index[i] * columns + j] += rows[i * columns + j];
      }
    }
    Tensor x = Tensor.of(rows, n, columns);
    assertArrayEquals(expected, Tensor.zeros(7, columns).indexAdd(0, longs(index), x).toArray(), 0);
    Tensor wide = longs(index).unsqueeze(1).expand(n, columns);
    assertArrayEquals(expected, Tensor.zeros(7, columns).scatterAdd(0, wide, x).toArray(), 0);
  }

  @Test
  void convertsBetweenTypes() {
    Tensor x = Tensor.of(new float[] {0, 1.9f, -1.9f, 300}, 4);
    assertArrayEquals(new long[] {0, 1, -1, 300}, x.to(DType.INT64).toLongArray());
    assertArrayEquals(new byte[] {0, 1, 1, 1}, x.to(DType.BOOL).toByteArray());
    assertArrayEquals(new float[] {0, 1, 1, 1}, x.to(DType.BOOL).to(DType.FLOAT32).toArray());
    assertArrayEquals(new float[] {0, 1, -1, 300}, x.to(DType.INT32).to(DType.FLOAT32).toArray());
    assertArrayEquals(new float[] {0, 1, 255, 44}, x.to(DType.UINT8).to(DType.FLOAT32).toArray());
  }
}
