package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SyntheticDigitsTest {
  @Test
  void imageNumberIIsAlwaysTheSame() {
    Dataset few = SyntheticDigits.dataset(7, 50, 20);
    Dataset many = SyntheticDigits.dataset(7, 200, 40);
    byte[] start = Arrays.copyOf(many.train().pixels(), few.train().pixels().length);
    assertTrue(Arrays.equals(start, few.train().pixels()));
    assertNotEquals(hash(few.train()), hash(SyntheticDigits.dataset(8, 50, 20).train()));
  }

  /** The same on every machine and in every version: results on the set stay comparable. */
  @Test
  void theSetIsPinned() {
    Dataset dataset = SyntheticDigits.dataset(1, 500, 100);
    assertEquals(-678253438, hash(dataset.train()));
    assertEquals(1468992724, hash(dataset.test()));
  }

  @Test
  void imagesDifferAndClassesAreBalanced() {
    Dataset dataset = SyntheticDigits.dataset(1, 2000, 500);
    int[] counts = new int[10];
    Set<Integer> hashes = new HashSet<>();
    for (ImageSet set : new ImageSet[] {dataset.train(), dataset.test()}) {
      for (int i = 0; i < set.size(); i++) {
        counts[set.label(i)]++;
        int from = i * 784;
        hashes.add(Arrays.hashCode(Arrays.copyOfRange(set.pixels(), from, from + 784)));
      }
    }
    for (int count : counts) {
      assertEquals(250, count);
    }
    assertEquals(2500, hashes.size());
  }

  @Test
  void everyImageHasInkAndMostlyWhitePaper() {
    ImageSet images = SyntheticDigits.dataset(1, 2000, 10).train();
    for (int i = 0; i < images.size(); i++) {
      int ink = 0;
      for (int p = 0; p < 784; p++) {
        ink += (images.pixels()[i * 784 + p] & 0xFF) > 127 ? 1 : 0;
      }
      assertTrue(ink > 12 && ink < 784 / 2, "image " + i + " has " + ink + " dark pixels");
    }
  }

  private static int hash(ImageSet images) {
    return Arrays.hashCode(images.pixels());
  }
}
