package dev.lanewise.cli;

import dev.lanewise.data.Batch;
import dev.lanewise.example.Picture;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The images of a batch as a picture, to see whether they are still what their labels say. */
final class SamplePicture {
  private static final int MOST = 64;
  private static final int COLUMNS = 8;
  private static final int SCALE = 2;

  private SamplePicture() {}

  /** Writes up to {@value #MOST} images side by side, each the mean of its channels. */
  static void write(Batch batch, Path file) throws IOException {
    if (Files.isDirectory(file)) { // the JDK's complaint would not name it
      throw new FileSystemException(file.toString(), null, "it is a folder, expected a file");
    }
    int count = Math.min(MOST, batch.size());
    float[][][] images;
    try (Scope scope = Scope.open()) {
      Tensor grey = batch.images().mean(1);
      int height = grey.shape().dim(1);
      int width = grey.shape().dim(2);
      float[] values = grey.toArray();
      images = new float[count][height][width];
      for (int i = 0; i < count * height; i++) {
        System.arraycopy(values, i * width, images[i / height][i % height], 0, width);
      }
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Picture.tiles(images, Math.min(COLUMNS, count), SCALE, file);
  }
}
