package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
}
