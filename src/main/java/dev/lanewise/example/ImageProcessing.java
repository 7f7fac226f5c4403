package dev.lanewise.example;

import static dev.lanewise.example.Matrices.correlate;
import static dev.lanewise.example.Matrices.image;
import static dev.lanewise.example.Matrices.matrix;
import static dev.lanewise.example.Matrices.plain;

import dev.lanewise.op.Conv2d;
import dev.lanewise.op.Window;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;

/** Row 16: convolution, strides and pooling as image processing. */
final class ImageProcessing extends Example {
  ImageProcessing() {
    super(16, "image-processing", "convolution, stride and pooling on a small image");
  }

  @Override
  protected void run(Output out) throws IOException {
    Tensor picture =
        matrix(
            """
            0 0 0 0 0 0 0;
            0 1 1 1 1 1 0;
            0 1 0 0 1 0 0;
            0 1 0 1 0 0 0;
            0 1 1 0 0 0 0;
            0 1 0 0 0 0 0;
            0 0 0 0 0 0 0\
            """);
    Tensor corner = correlate(picture, matrix("0 0 0; 0 1 1; 0 1 0"));
    out.matrix("corner", corner);
    out.check("corner", matrix("3 2 2 3 1; 2 0 2 1 0; 2 2 1 0 0; 3 1 0 0 0; 1 0 0 0 0"), corner, 0);
    Tensor same = correlate(picture, matrix("0 0 0; 0 1 0; 0 0 0"));
    out.check("identity", matrix("1 1 1 1 1; 1 0 0 1 0; 1 0 1 0 0; 1 1 0 0 0; 1 0 0 0 0"), same, 0);
    Tensor blurred = correlate(picture, matrix(".1 .1 .1; .1 .2 .1; .1 .1 .1"));
    out.matrix("blurred", blurred);
    // The document prints .4 .2 .3 at the start of the second row and .4 as the second value of
    // the third: four slips, as its own kernel shows.
    out.check(
        "blurred (four printed values are slips)",
        matrix(".4 .5 .5 .5 .4; .5 .6 .5 .6 .3; .5 .5 .4 .2 .1; .5 .6 .2 .1 0; .4 .3 .1 0 0"),
        blurred,
        1e-6);

    Tensor smaller = image(picture.slice(0, 1, 7).slice(1, 1, 7).contiguous());
    Tensor ones = image(Tensor.ones(2, 2));
    Tensor strided = plain(smaller.conv2d(ones, null, Conv2d.standard().stride(2)));
    out.matrix("stride 2", strided);
    out.check("stride 2", matrix("3 3 1; 3 1 0; 1 0 0"), strided, 0);
    Tensor mean = plain(smaller.avgPool2d(2));
    out.check("mean", matrix(".75 .75 .25; .75 .25 0; .25 0 0"), mean, 0);
    out.check("mean as a convolution", mean, strided.div(4), 0);
    Tensor largest = plain(smaller.maxPool2d(Window.of(2)));
    out.check("largest", matrix("1 1 1; 1 1 0; 1 0 0"), largest, 0);

    float[][][] tiles = {rows(same), rows(corner), rows(blurred)};
    Picture.tiles(tiles, 3, 24, out.picture("filtered.png"));
  }

  private static float[][] rows(Tensor matrix) {
    float[][] rows = new float[matrix.shape().dim(0)][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = matrix.select(0, i).toArray();
    }
    return rows;
  }
}
