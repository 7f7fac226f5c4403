package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AugmentationTest {
  private static final Shape SHAPE = Shape.of(2, 3, 4);
  private static final int SIZE = 24;

  /** Every result is one of the shifted and mirrored images, and all of those occur. */
  @Test
  void drawsEveryShiftAndBothMirrors() {
    Augmentation augmentation = new Augmentation(1, true);
    Set<String> expected = new HashSet<>();
    for (int down = -1; down <= 1; down++) {
      for (int right = -1; right <= 1; right++) {
        expected.add(Arrays.toString(moved(down, right, false)));
        expected.add(Arrays.toString(moved(down, right, true)));
      }
    }
    assertEquals(18, expected.size());
    Set<String> found = new HashSet<>();
    for (int image = 0; image < 500; image++) {
      found.add(Arrays.toString(apply(augmentation, 1, 1, image)));
    }
    assertEquals(expected, found);
  }

  @Test
  void isAFunctionOfSeedEpochAndImage() {
    Augmentation augmentation = Augmentation.STANDARD;
    assertArrayEquals(apply(augmentation, 1, 2, 3), apply(augmentation, 1, 2, 3));
    Set<String> found = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      found.add(Arrays.toString(apply(new Augmentation(2, true), 1, i, 0)));
      found.add(Arrays.toString(apply(new Augmentation(2, true), i, 1, 0)));
    }
    assertTrue(found.size() > 10, found.toString());
  }

  @Test
  void theLoaderChangesImagesInEveryEpochAnew() {
    Samples samples = new Counted(7);
    BatchLoader.Options options =
        new BatchLoader.Options(3, false, false, new Augmentation(1, false), 4);
    try (BatchLoader loader = new BatchLoader(samples, options);
        BatchLoader larger =
            new BatchLoader(
                samples, new BatchLoader.Options(7, false, false, new Augmentation(1, false), 4))) {
      List<float[]> first = images(loader, 1);
      List<float[]> second = images(loader, 2);
      List<float[]> again = images(larger, 1);
      boolean differ = false;
      for (int i = 0; i < 7; i++) {
        assertArrayEquals(first.get(i), again.get(i), "whatever the batch size");
        differ |= !Arrays.equals(first.get(i), second.get(i));
      }
      assertTrue(differ);
    }
  }

  @Test
  void nothingToDoChangesNothing() {
    assertArrayEquals(image(), apply(Augmentation.NONE, 1, 1, 1));
    assertTrue(Augmentation.NONE.isNone());
    assertFalse(new Augmentation(0, true).isNone());
  }

  @Test
  void refusesWhatHasNoMeaning() {
    assertThrows(IllegalArgumentException.class, () -> new Augmentation(-1, true));
    assertThrows(
        DataException.class,
        () -> BatchLoader.augmented(new Vectors(3), 1, Augmentation.STANDARD, 1));
  }

  private static float[] image() {
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      values[i] = i + 1;
    }
    return values;
  }

  private static float[] apply(Augmentation augmentation, long seed, int epoch, int image) {
    float[] values = new float[SIZE + 5];
    System.arraycopy(image(), 0, values, 5, SIZE);
    augmentation.apply(SHAPE, values, 5, new float[SIZE], seed, epoch, image);
    assertArrayEquals(new float[5], Arrays.copyOf(values, 5), "what stands before");
    return Arrays.copyOfRange(values, 5, SIZE + 5);
  }

  /** The image of the definition: moved, then mirrored. */
  private static float[] moved(int down, int right, boolean mirror) {
    float[] image = image();
    float[] result = new float[SIZE];
    for (int c = 0; c < 2; c++) {
      for (int y = 0; y < 3; y++) {
        for (int x = 0; x < 4; x++) {
          int toY = y + down;
          int toX = x + right;
          if (toY >= 0 && toY < 3 && toX >= 0 && toX < 4) {
            result[(c * 3 + toY) * 4 + (mirror ? 3 - toX : toX)] = image[(c * 3 + y) * 4 + x];
          }
        }
      }
    }
    return result;
  }

  private static List<float[]> images(BatchLoader loader, int epoch) {
    List<float[]> images = new ArrayList<>();
    for (Batch batch : loader.epoch(epoch)) {
      for (int i = 0; i < batch.size(); i++) {
        images.add(Arrays.copyOfRange(batch.values(), i * SIZE, (i + 1) * SIZE));
      }
    }
    return images;
  }

  /** Images that all look like {@link #image}. */
  private record Counted(int size) implements Samples {
    @Override
    public Shape shape() {
      return SHAPE;
    }

    @Override
    public int classes() {
      return 1;
    }

    @Override
    public int label(int index) {
      return 0;
    }

    @Override
    public void read(int index, float[] values, int offset) {
      System.arraycopy(image(), 0, values, offset, SIZE);
    }
  }

  private record Vectors(int size) implements Samples {
    @Override
    public Shape shape() {
      return Shape.of(SIZE);
    }

    @Override
    public int classes() {
      return 1;
    }

    @Override
    public int label(int index) {
      return 0;
    }

    @Override
    public void read(int index, float[] values, int offset) {}
  }
}
