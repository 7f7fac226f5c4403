package dev.lanewise.kernel.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.HeapMeter;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PhiloxTest {
  private static int[] block(long seed, long stream, long counter) {
    int[] words = new int[4];
    Philox.block(seed, stream, counter, words);
    return words;
  }

  /** The known answers that the authors publish with their code. */
  @Test
  void publishedKnownAnswers() {
    assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0));
    assertArrayEquals(
        new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1));
    assertArrayEquals(
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
        block(0x299f31d0_a4093822L, 0x03707344_13198a2eL, 0x85a308d3_243f6a88L));
  }

  @Test
  void aStreamIsReadInOrderAndFromAnyPlace() {
    Philox random = new Philox(7, 3);
    int[] words = new int[40];
    for (int i = 0; i < words.length; i++) {
      words[i] = random.nextInt();
      assertEquals(i + 1, random.position());
    }
    assertArrayEquals(block(7, 3, 2), Arrays.copyOfRange(words, 8, 12));
    for (int i = 0; i < words.length; i++) {
      Philox other = new Philox(7, 3);
      other.position(i);
      assertEquals(words[i], other.nextInt());
    }
    assertNotEquals(words[0], new Philox(8, 3).nextInt());
    assertNotEquals(words[0], new Philox(7, 4).nextInt());
    assertThrows(IllegalArgumentException.class, () -> random.position(-1));
  }

  @Test
  void scalarValuesHaveTheirDistribution() {
    Philox random = new Philox(1, 0);
    int n = 100_000;
    double uniform = 0;
    double normal = 0;
    double squares = 0;
    int[] counts = new int[7];
    for (int i = 0; i < n; i++) {
      float value = random.nextFloat();
      assertTrue(value >= 0 && value < 1);
      uniform += value;
      double gauss = random.nextNormal();
      normal += gauss;
      squares += gauss * gauss;
      counts[random.nextInt(7)]++;
      float narrow = random.nextFloat(1, 1 + 0x1p-22f);
      assertTrue(narrow >= 1 && narrow < 1 + 0x1p-22f);
    }
    assertEquals(0.5, uniform / n, 0.005);
    assertEquals(0, normal / n, 0.02);
    assertEquals(1, squares / n, 0.02);
    for (int count : counts) {
      assertEquals(n / 7.0, count, 600);
    }
    assertThrows(IllegalArgumentException.class, () -> random.nextInt(0));
    int large = Integer.MAX_VALUE;
    for (int i = 0; i < 1000; i++) {
      int value = random.nextInt(large);
      assertTrue(value >= 0 && value < large);
    }
  }

  @Test
  void permutationsAreReproducibleAndComplete() {
    int[] order = Philox.permutation(1000, 5, 1);
    assertArrayEquals(order, Philox.permutation(1000, 5, 1));
    assertTrue(!Arrays.equals(order, Philox.permutation(1000, 5, 2)));
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      assertEquals(i, sorted[i]);
    }
    assertEquals(0, Philox.permutation(0, 5, 1).length);
    int[][] counts = new int[4][4];
    for (int i = 0; i < 40_000; i++) {
      int[] four = Philox.permutation(4, 9, i);
      for (int place = 0; place < 4; place++) {
        counts[place][four[place]]++;
      }
    }
    for (int[] row : counts) {
      for (int count : row) {
        assertEquals(10_000, count, 500);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 63, 64, 65, 200, 100_003})
  void uniformFillEqualsItsScalarTwin(int n) {
    float low = -0.3f;
    float high = 0.7f;
    long seed = 0x1234_5678_9abc_def0L;
    long stream = 0xfedc_ba98_0000_0001L;
    float[] filled = fill(n, address -> Philox.fillUniform(address, n, seed, stream, low, high));
    for (int i = 0; i < n; i++) {
      float unit = Philox.unit(word(seed, stream, i));
      float expected = Math.min(Math.fma(unit, high - low, low), Math.nextDown(high));
      if (expected != filled[i]) {
        assertEquals(expected, filled[i], "value " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64, 65, 100_003})
  void normalFillIsNearItsScalarTwin(int n) {
    float[] filled = fill(n, address -> Philox.fillNormal(address, n, 11, 12, 2, 3));
    for (int i = 0; i < n; i++) {
      boolean second = (i / 16 & 1) == 1;
      double radius =
          Math.sqrt(-2 * Math.log(Philox.unit(word(11, 12, second ? i - 16 : i)) + 0x1p-24));
      double angle = 2 * Math.PI * Philox.unit(word(11, 12, second ? i : i + 16));
      double expected = 2 + 3 * radius * (second ? Math.sin(angle) : Math.cos(angle));
      if (Math.abs(expected - filled[i]) > 4e-6) {
        assertEquals(expected, filled[i], 4e-6, "value " + i);
      }
    }
  }

  @Test
  void fillsDoNotDependOnThreadsOrLength() {
    int n = 200_000;
    int before = Team.global().threads();
    try {
      Team.global().setThreads(1);
      final float[] one = fill(n, address -> Philox.fillNormal(address, n, 1, 2, 0, 1));
      Team.global().setThreads(4);
      assertArrayEquals(one, fill(n, address -> Philox.fillNormal(address, n, 1, 2, 0, 1)));
      int less = 77_777;
      float[] shorter = fill(less, address -> Philox.fillNormal(address, less, 1, 2, 0, 1));
      assertArrayEquals(Arrays.copyOf(one, less), shorter);
    } finally {
      Team.global().setThreads(before);
    }
  }

  /** A few bits for good: whatever the width or the processor, a seed means the same numbers. */
  @Test
  void aSeedMeansTheSameNumbersEverywhere() {
    float[] uniform = fill(1000, address -> Philox.fillUniform(address, 1000, 42, 0, 0, 1));
    float[] normal = fill(1000, address -> Philox.fillNormal(address, 1000, 42, 0, 0, 1));
    assertEquals(-1830665937, Arrays.hashCode(uniform));
    assertEquals(-431792795, Arrays.hashCode(normal));
  }

  @Test
  void momentsOfANormalFill() {
    int n = 1_000_000;
    float[] values = fill(n, address -> Philox.fillNormal(address, n, 3, 0, 0, 1));
    double sum = 0;
    double squares = 0;
    double fourth = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
      fourth += Math.pow(value, 4);
    }
    assertEquals(0, sum / n, 0.005);
    assertEquals(1, squares / n, 0.01);
    assertEquals(3, fourth / n, 0.05);
  }

  @Test
  void aHotFillAllocatesNextToNothing() {
    Block block = Pool.global().allocate(4 * 6400, "test");
    long bytes = Long.MAX_VALUE;
    for (int round = 0; round < 300 && bytes > 100 * 500; round++) {
      long before = HeapMeter.bytes();
      for (int i = 0; i < 100; i++) {
        Philox.fillUniform(block.address(), 6400, i, 0, 0, 1);
        Philox.fillNormal(block.address(), 6400, i, 0, 0, 1);
      }
      bytes = HeapMeter.bytes() - before;
    }
    assertTrue(bytes <= 100 * 500, bytes + " bytes in 200 fills of 6400 values");
    block.free();
  }

  /** The word that value i of a fill is made of, see {@link PhiloxFill}. */
  private static int word(long seed, long stream, int i) {
    return block(seed, stream, i / 64 * 16L + i % 16)[i / 16 % 4];
  }

  private static float[] fill(int n, java.util.function.LongConsumer filler) {
    Block block = Pool.global().allocate(4L * n + 4, "test");
    Mem.set(block.address() + 4L * n, 12345);
    filler.accept(block.address());
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = Mem.get(block.address() + 4L * i);
    }
    assertEquals(12345, Mem.get(block.address() + 4L * n), "beyond the end");
    block.free();
    return values;
  }
}
