package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.random.Philox;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GeneratorTest {
  @Test
  void boundsHoldEvenWhereRoundingWouldReachThem() {
    float high = Math.nextUp(1f);
    for (float value : new Generator(1).uniformValues(1000, 1, high)) {
      assertEquals(1f, value);
    }
    for (float value : new Generator(1).uniformValues(100_000, -2, 3)) {
      assertTrue(value >= -2 && value < 3);
    }
  }

  @Test
  void goesOnFromAStoredPlace() {
    Generator first = new Generator(9);
    first.normalValues(10, 0, 1);
    long draws = first.draws();
    float[] expected = first.uniformValues(10, 0, 1);
    Generator second = new Generator(9);
    second.skipTo(draws);
    assertArrayEquals(expected, second.uniformValues(10, 0, 1));
  }

  @Test
  void drawsDiffer() {
    Generator random = new Generator(2);
    float[] first = random.uniform(Shape.of(2, 3), 0, 1).toArray();
    float[] second = random.uniform(Shape.of(2, 3), 0, 1).toArray();
    assertTrue(!Arrays.equals(first, second));
    assertEquals(Shape.of(2, 3), random.normal(Shape.of(2, 3), 0, 1).shape());
  }

  @Test
  void fillsInTheOrderOfTheStream() {
    int count = 40_001; // several chunks
    float[] uniform = new Generator(5).uniformValues(count, -1, 1);
    float[] normal = new Generator(5).normalValues(count, 3, 2);
    Philox floats = new Philox(5, 0);
    Philox normals = new Philox(5, 0);
    for (int i = 0; i < count; i++) {
      assertEquals(floats.nextFloat(-1, 1), uniform[i]);
      assertEquals((float) (3 + 2f * normals.nextNormal()), normal[i]);
    }
  }

  @Test
  void zerosForWhatIsLoadedLater() {
    Generator zeros = Generator.zeros();
    assertArrayEquals(new float[3], zeros.normalValues(3, 5, 1));
    assertArrayEquals(new float[3], zeros.uniform(Tensor.ones(3), 1, 2).toArray());
  }
}
