package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitTest {
  private static final Samples SAMPLES = new NumberedSamples(1200);

  @Test
  void partsAreDisjointAndCoverAll() {
    Split split = Split.twelfth(SAMPLES, 3);
    assertEquals(100, split.validation().size());
    int[] all =
        IntStream.concat(indices(split.train()), indices(split.validation())).sorted().toArray();
    assertArrayEquals(IntStream.range(0, 1200).toArray(), all);
  }

  @Test
  void aSeedGivesTheSamePartsAndAnotherSeedOthers() {
    int[] first = indices(Split.twelfth(SAMPLES, 3).validation()).toArray();
    assertArrayEquals(first, indices(Split.twelfth(SAMPLES, 3).validation()).toArray());
    assertFalse(Arrays.equals(first, indices(Split.twelfth(SAMPLES, 4).validation()).toArray()));
  }

  @Test
  void aPartReadsTheSamplesOfTheWhole() {
    Subset validation = Split.of(SAMPLES, 7, 1).validation();
    float[] value = new float[2];
    for (int i = 0; i < validation.size(); i++) {
      validation.read(i, value, 0);
      assertEquals(validation.index(i), value[0]);
      assertEquals(SAMPLES.label(validation.index(i)), validation.label(i));
    }
  }

  @Test
  void somethingMustBeLeftToTrainOn() {
    assertEquals(1200, Split.of(SAMPLES, 0, 1).train().size());
    assertThrows(IllegalArgumentException.class, () -> Split.of(SAMPLES, 1200, 1));
    assertThrows(IllegalArgumentException.class, () -> Split.of(SAMPLES, -1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> new Subset(SAMPLES, 0, 1200));
  }

  private static IntStream indices(Subset subset) {
    return IntStream.range(0, subset.size()).map(subset::index);
  }
}
