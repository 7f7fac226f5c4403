package dev.lanewise.kernel.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.SameThreads;
import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.vector.Lanes;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two threads give the bits of one, in every form of convolution. */
@ExtendWith({Place.Guards.class, SameThreads.class})
class ConvThreadsTest {
  @ParameterizedTest(name = "{0} channels to {3}, {4}x{4} stride {5}, groups {7}")
  @CsvSource({
    "64, 16, 16, 64, 3, 1, 1, 1", // Winograd
    "256, 4, 4, 96, 3, 1, 1, 1",
    "32, 17, 15, 70, 3, 2, 1, 1", // tiles with a stride of their own
    "3, 40, 40, 64, 7, 2, 3, 1", // phases as channels
    "3, 32, 32, 64, 3, 1, 1, 1", // backward-weights by tiles of a first layer
    "6, 14, 14, 16, 5, 1, 0, 1", // Winograd along the rows
    "1, 28, 28, 6, 5, 1, 2, 1", // by images
    "64, 16, 16, 128, 1, 2, 0, 1", // by taps
    "24, 15, 15, 40, 3, 3, 1, 1", // by channels
    "12, 9, 9, 18, 3, 1, 1, 3",
    "16, 12, 12, 16, 3, 1, 1, 16" // depthwise
  })
  void sameBits(int c, int h, int w, int k, int taps, int stride, int padding, int groups) {
    int n = 2 * Lanes.L + 1;
    Conv2dDims d =
        new Conv2dDims(n, c, h, w, k, taps, taps, stride, stride, padding, padding, 1, 1, groups);
    Random random = new Random(c + 31L * k + taps);
    long images = Lanes.roundUp(n);
    Place x = Place.random(images * c * h * w, random);
    Place dy = Place.random(images * k * d.OH() * d.OW(), random);
    Place weight = Place.random((long) k * d.groupC() * taps * taps, random);
    float[][] one = passes(1, x, dy, weight, d);
    float[][] two = passes(2, x, dy, weight, d);
    String[] names = {"forward", "backward-data", "backward-weights"};
    for (int i = 0; i < names.length; i++) {
      assertArrayEquals(one[i], two[i], names[i]);
    }
  }

  @ParameterizedTest(name = "{0} channels to {3}, stride {4}")
  @CsvSource({"16, 20, 20, 48, 1", "80, 4, 4, 64, 1", "3, 25, 19, 32, 2"})
  void sameBitsOfOneImage(int c, int h, int w, int k, int stride) {
    Conv2dDims d = new Conv2dDims(1, c, h, w, k, 3, 3, stride, stride, 1, 1, 1, 1, 1);
    Random random = new Random(c);
    Place x = Place.random((long) c * h * w, random);
    Place weight = Place.random((long) k * c * 9, random);
    float[][] results = new float[3][];
    for (int count = 1; count <= results.length; count++) {
      Team.global().setThreads(count);
      Team.global().useAllProcessors();
      Place y = Place.floats((long) k * d.OH() * d.OW());
      ConvChannelsLast.forward(x, weight, null, y, d);
      results[count - 1] = y.toArray();
    }
    assertArrayEquals(results[0], results[1]);
    assertArrayEquals(results[0], results[2]);
  }

  private static float[][] passes(int count, Place x, Place dy, Place weight, Conv2dDims d) {
    Team.global().setThreads(count);
    // Else the caller may do all of it alone while the process starts.
    Team.global().useAllProcessors();
    Place y = Place.floats(dy.toArray().length);
    Place dx = Place.floats(x.toArray().length);
    Place dw = Place.floats(weight.toArray().length);
    Conv2dKernel.forward(x, weight, null, y, d);
    Conv2dKernel.backwardInput(dy, weight, dx, d);
    Conv2dKernel.backwardWeight(x, dy, dw, d);
    return new float[][] {y.toArray(), dx.toArray(), dw.toArray()};
  }
}
