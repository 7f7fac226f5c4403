package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarFolderTest {
  private static final int RECORD = 3073;

  @TempDir Path folder;

  @Test
  void readsAllTrainingFilesInOrder() throws IOException {
    byte[] first = records(3, 1);
    byte[] second = records(2, 2);
    byte[] test = records(4, 3);
    Files.write(folder.resolve("data_batch_2.bin"), second);
    Files.write(folder.resolve("data_batch_1.bin"), first);
    Files.write(folder.resolve("test_batch.bin"), test);
    Files.writeString(folder.resolve("batches.meta.txt"), "airplane\n");
    Dataset set = Dataset.open(folder.toString(), 1);
    assertEquals(5, set.train().size());
    assertEquals(4, set.test().size());
    assertEquals(10, set.train().classes());
    assertEquals(Shape.of(3, 32, 32), set.train().shape());
    for (int i = 0; i < 5; i++) {
      byte[] file = i < 3 ? first : second;
      int at = (i < 3 ? i : i - 3) * RECORD;
      assertEquals(file[at], set.train().label(i));
      assertEquals(file[at + 1] & 0xFF, set.train().pixel(i, 0, 0, 0));
      assertEquals(file[at + 1 + 2 * 1024 + 5 * 32 + 7] & 0xFF, set.train().pixel(i, 2, 5, 7));
    }
    assertEquals(test[3 * RECORD + 3072] & 0xFF, set.test().pixel(3, 2, 31, 31));
  }

  @Test
  void whatIsWrongIsNamed() throws IOException {
    Path train = folder.resolve("data_train_10.bin");
    Files.write(train, records(2, 1));
    assertTrue(message().contains("has no file test_batch.bin"), message());
    Path test = folder.resolve("data_test_10.bin");
    Files.write(test, Arrays.copyOf(records(2, 1), 2 * RECORD - 1));
    assertTrue(message().contains("data_test_10.bin has 6145 bytes; expected a multiple of 3073"));
    byte[] wrong = records(2, 1);
    wrong[RECORD] = 77;
    Files.write(test, wrong);
    assertTrue(message().startsWith("Record 1 of " + test + " has class 77; expected 0 to 9"));
  }

  private String message() {
    return assertThrows(DataException.class, () -> Dataset.open(folder.toString(), 1)).getMessage();
  }

  @Test
  void theRealSetHasItsClassesInEqualParts() {
    String data = System.getProperty("lanewise.data", "");
    Path real = Path.of(data, "cifar10-subset");
    Assumptions.assumeTrue(!data.isEmpty() && Files.isDirectory(real), "no CIFAR-10 here");
    Dataset set = CifarFolder.load(real);
    assertEquals(10_000, set.train().size());
    assertEquals(2_000, set.test().size());
    int[] counts = new int[10];
    for (int i = 0; i < 2_000; i++) {
      counts[set.test().label(i)]++;
    }
    for (int count : counts) {
      assertEquals(200, count);
    }
    // Near the published mean and deviation of all 50,000 images.
    Normalization normalization = Normalization.of(set.train());
    float[] mean = {0.4914f, 0.4822f, 0.4465f};
    float[] deviation = {0.2470f, 0.2435f, 0.2616f};
    for (int c = 0; c < 3; c++) {
      assertEquals(mean[c], normalization.mean().get(c), 0.005);
      assertEquals(deviation[c], normalization.deviation().get(c), 0.005);
    }
  }

  /** Random pixels, and labels that count. */
  private static byte[] records(int count, long seed) {
    byte[] bytes = new byte[count * RECORD];
    new Random(seed).nextBytes(bytes);
    for (int i = 0; i < count; i++) {
      bytes[i * RECORD] = (byte) ((i + seed) % 10);
    }
    return bytes;
  }
}
