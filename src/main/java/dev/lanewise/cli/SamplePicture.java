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

  /** Writes up to {@value #MOST} images side by side, those of three channels in colours. */
  static void write(Batch batch, Path file) throws IOException {
    if (Files.isDirectory(file)) { // the JDK's complaint would not name it
      throw new FileSystemException(file.toString(), null, "it is a folder, expected a file");
    }
    int count = Math.min(MOST, batch.size());
    float[][][][] images;
    try (Scope scope = Scope.open()) {
      Tensor all = batch.images();
      int channels = all.shape().dim(1);
      int height = all.shape().dim(2);
      int width = all.shape().dim(3);
      float[] values = all.toArray();
      images = new float[count][channels][height][width];
      for (int row = 0; row < count * channels * height; row++) {
        float[][] plane = images[row / height / channels][row / height % channels];
        System.arraycopy(values, row * width, plane[row % height], 0, width);
      }
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Picture.sheet(images, Math.min(COLUMNS, count), SCALE, file);
  }
}
