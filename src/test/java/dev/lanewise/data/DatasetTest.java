package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
  @TempDir Path folder;

  @Test
  void aFolderIsLoadedWhateverItsPrefixAndTestName() throws IOException {
    for (String prefix : List.of("", "mini-", "emnist-letters-")) {
      for (String testName : List.of("t10k", "test")) {
        Path set = Files.createDirectory(folder.resolve("set" + prefix + testName));
        IdxBytes.writeSet(set, prefix, testName, 9, 5);
        Dataset dataset = Dataset.open(set.toString(), 0);
        assertEquals("set" + prefix + testName, dataset.name());
        assertEquals(9, dataset.train().size());
        assertEquals(5, dataset.test().size());
        assertEquals(4, dataset.train().classes());
        assertEquals("[1, 3, 2]", dataset.train().shape().toString());
        assertEquals(3, dataset.train().label(7));
        assertEquals(2 * 6 + 2 * 2 + 1, dataset.test().pixel(2, 0, 2, 1));
      }
    }
  }

  @Test
  void plainNamesWinOverPrefixes() throws IOException {
    IdxBytes.writeSet(folder, "letters-", "test", 9, 5);
    IdxBytes.writeSet(folder, "", "t10k", 7, 3);
    assertEquals(7, IdxFolder.load(folder).train().size());
  }

  @Test
  void whatIsMissingOrDoesNotBelongTogetherIsNamed() throws IOException {
    assertFails(folder.resolve("nowhere"), "nowhere does not exist");
    assertFails(folder, "has no file t10k-images-idx3-ubyte or test-images-idx3-ubyte");

    IdxBytes.writeSet(folder, "", "t10k", 9, 5);
    Files.delete(folder.resolve("train-labels-idx1-ubyte"));
    assertFails(folder, "has no file train-labels-idx1-ubyte; expected it there, plain or as .gz");

    Files.write(folder.resolve("train-labels-idx1-ubyte"), IdxBytes.counting(4, 8));
    assertFails(folder, "holds 9 images, but");
    assertFails(folder, "holds 8 labels");

    Files.write(folder.resolve("train-labels-idx1-ubyte"), IdxBytes.counting(4, 9));
    Files.write(folder.resolve("train-images-idx3-ubyte"), IdxBytes.counting(256, 9, 2, 2));
    assertFails(folder, "do not belong together");

    Files.write(folder.resolve("train-labels-idx1-ubyte"), IdxBytes.counting(4, 0));
    Files.write(folder.resolve("train-images-idx3-ubyte"), IdxBytes.counting(256, 0, 3, 2));
    assertFails(folder, "holds no image");
  }

  @Test
  void severalSetsInOneFolderAreAnError() throws IOException {
    IdxBytes.writeSet(folder, "a-", "test", 9, 5);
    IdxBytes.writeSet(folder, "b-", "test", 9, 5);
    assertFails(folder, "holds several data sets, with the prefixes a-, b-; expected one");
  }

  @Test
  void countsAndLabelsOfAnImageSetAreChecked() {
    assertMessage("has 2 images but 3 labels", () -> images(new byte[8], 0, 1, 2));
    assertMessage("Label 1 of the set s is 3; expected 0 to 2", () -> images(new byte[8], 0, 3));
    assertMessage("holds no image", () -> images(new byte[0]));
  }

  private static ImageSet images(byte[] pixels, int... labels) {
    return new ImageSet("s", 1, 2, 2, pixels, labels, 3);
  }

  @Test
  void normalisationIsThatOfThePixels() {
    byte[] pixels = {0, 51, (byte) 255, (byte) 102, 7, 7, 7, 7};
    ImageSet images = new ImageSet("two", 2, 2, 2, pixels, new int[] {0}, 1);
    Normalization scale = Normalization.of(images);
    assertEquals(0.4f, scale.mean().get(0), 1e-6);
    assertEquals(Math.sqrt((0 + 0.04 + 1 + 0.16) / 4 - 0.16), scale.deviation().get(0), 1e-6);
    assertEquals(1, scale.deviation().get(1));

    float[] values = new float[10];
    images.normalized(new Normalization(List.of(0.2f, 0f), List.of(0.5f, 2f))).read(0, values, 1);
    float seven = 7 / 255f / 2;
    assertArrayEquals(
        new float[] {0, -0.4f, 0, 1.6f, 0.4f, seven, seven, seven, seven, 0}, values, 1e-6f);
  }

  @Test
  void normalisationMustFitTheChannels() {
    ImageSet images = images(new byte[4], 0);
    Normalization two = Normalization.uniform(2, 0.5f, 0.5f);
    assertThrows(IllegalArgumentException.class, () -> images.normalized(two));
    assertThrows(IllegalArgumentException.class, () -> Normalization.uniform(1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> Normalization.uniform(1, Float.NaN, 1));
  }

  @Test
  void realMnist() {
    Dataset mnist = IdxFolder.load(realData("mnist"));
    assertEquals("mnist-train: 60000 images 1x28x28, 10 classes", mnist.train().toString());
    assertEquals("mnist-test: 10000 images 1x28x28, 10 classes", mnist.test().toString());
    assertEquals(5, mnist.train().label(0));
    assertEquals(7, mnist.test().label(0));
    Normalization scale = Normalization.of(mnist.train());
    assertEquals(0.1307f, scale.mean().getFirst(), 5e-5);
    assertEquals(0.3081f, scale.deviation().getFirst(), 5e-5);
    Split split = Split.twelfth(mnist.train().normalized(scale), 1);
    assertEquals(55_000, split.train().size());
    assertEquals(5_000, split.validation().size());
  }

  @Test
  void realFashionMnist() {
    Dataset fashion = IdxFolder.load(realData("fashion-mnist"));
    assertTrue(fashion.train().size() >= 720, fashion::toString);
    assertEquals(10, fashion.test().classes());
  }

  private static Path realData(String name) {
    String environment = System.getenv("LANEWISE_DATA");
    String data = System.getProperty("lanewise.data", environment == null ? "" : environment);
    Path set = Path.of(data, name);
    assumeTrue(
        !data.isEmpty() && Files.isDirectory(set),
        "skipped: no folder " + name + " in lanewise.data or LANEWISE_DATA");
    return set;
  }

  private static void assertFails(Path set, String expected) {
    assertMessage(expected, () -> IdxFolder.load(set));
  }

  private static void assertMessage(String expected, Executable executable) {
    String message = assertThrows(DataException.class, executable).getMessage();
    assertTrue(message.contains(expected), message);
  }
}
