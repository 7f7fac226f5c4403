package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DigestTest {
  @Test
  void scaleFirstThenElementsFromFirstToLast() {
    float[] digest = Digest.of(new float[] {3, -4, 3, -4});
    assertEquals(Math.sqrt(12.5), digest[0], 1e-6);
    assertEquals(3, digest[1]);
    assertEquals(-4, digest[digest.length - 1]);
  }

  @Test
  void differencesCountRelativeToTheScale() {
    float[] a = {100, 1, 2};
    assertTrue(Digest.same(new float[] {100, 1.05f, 2}, a, 1e-3));
    assertFalse(Digest.same(new float[] {100, 1.2f, 2}, a, 1e-3));
    assertFalse(Digest.same(new float[] {100, Float.NaN, 2}, a, 1e-3));
    assertFalse(Digest.same(new float[] {100, 1}, a, 1e-3));
  }
}
