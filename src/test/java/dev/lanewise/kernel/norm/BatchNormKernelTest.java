package dev.lanewise.kernel.norm;

import static dev.lanewise.kernel.vector.Lanes.L;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Place;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Place.Guards.class)
class BatchNormKernelTest {
  private final Random random = new Random(8);

  /** Few and many channels, odd numbers of pixels, batches around the lanes, several pieces. */
  static List<ChannelDims> cases() {
    return List.of(
        ChannelDims.images(2, 1, 1),
        ChannelDims.images(L - 1, 3, 7),
        ChannelDims.images(L, 6, 64),
        ChannelDims.images(L + 1, 33, 9),
        ChannelDims.images(2 * L + 3, 64, 15),
        ChannelDims.images(3, 70, 301),
        ChannelDims.rows(5, L),
        ChannelDims.rows(700, 3 * L));
  }

  private static long size(ChannelDims d) {
    return (long) (d.rows() ? d.N() : Lanes.roundUp(d.N())) * d.C() * d.pixels();
  }

  /** Random numbers, zero in the lanes beyond the batch. */
  private Place numbers(ChannelDims d) {
    Place place = Place.floats(size(d));
    for (long i = 0; i < size(d); i++) {
      place.set(i, 0);
    }
    for (int n = 0; n < d.N(); n++) {
      for (int c = 0; c < d.C(); c++) {
        for (int p = 0; p < d.pixels(); p++) {
          place.set(ScalarBatchNorm.at(d, n, c, p), (float) (random.nextGaussian() + c % 3));
        }
      }
    }
    return place;
  }

  /** The elements of the images, without the lanes beyond. */
  private static float[] elements(Place place, ChannelDims d) {
    float[] values = new float[Math.toIntExact(d.count() * d.C())];
    int at = 0;
    for (int n = 0; n < d.N(); n++) {
      for (int c = 0; c < d.C(); c++) {
        for (int p = 0; p < d.pixels(); p++) {
          values[at++] = place.get(ScalarBatchNorm.at(d, n, c, p));
        }
      }
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void statisticsEqualTheirTwin(ChannelDims d) {
    Place x = numbers(d);
    Place[] found = {Place.floats(d.C()), Place.floats(d.C())};
    Place[] twin = {Place.floats(d.C()), Place.floats(d.C())};
    Place runningMean = Place.random(d.C(), random);
    Place runningVariance = Place.random(d.C(), random);
    BatchNormKernel.statistics(x, found[0], found[1], runningMean, runningVariance, 1, 1e-3f, d);
    ScalarBatchNorm.statistics(x, twin[0], twin[1], 1e-3f, d);
    Place.assertClose(twin[0].toArray(), found[0].toArray(), 2e-6, "mean " + d);
    Place.assertClose(twin[1].toArray(), found[1].toArray(), 4e-6, "inverse " + d);
    Place.assertClose(found[0].toArray(), runningMean.toArray(), 0, "running mean " + d);
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 6, Float.POSITIVE_INFINITY})
  void resultsAndGradientsEqualTheirTwins(float most) {
    for (ChannelDims d : cases()) {
      for (boolean added : new boolean[] {false, true}) {
        check(d, most, added);
      }
    }
  }

  /** With a ReLU whose results are at most {@code most}, or, where that is 0, without. */
  private void check(ChannelDims d, float most, boolean added) {
    boolean relu = most > 0;
    String what = d + (relu ? ", ReLU to " + most : "") + (added ? ", residual" : "");
    Place x = numbers(d);
    Place residual = added ? numbers(d) : null;
    Place weight = Place.random(d.C(), random);
    Place bias = Place.random(d.C(), random);
    for (int c = 0; c < d.C() && relu && most < Float.POSITIVE_INFINITY; c++) {
      bias.set(c, c % 2 * most); // so that results lie around both ends
    }
    Place mean = Place.floats(d.C());
    Place inverse = Place.floats(d.C());
    ScalarBatchNorm.statistics(x, mean, inverse, 1e-3f, d);
    Place y = Place.floats(size(d));
    Place twin = Place.floats(size(d));
    Place signs = relu ? Place.bytes(BatchNormKernel.signBytes(d)) : null;
    BatchNormKernel.normalise(x, weight, bias, mean, inverse, residual, signs, most, y, d);
    ScalarBatchNorm.normalise(x, weight, bias, mean, inverse, residual, relu, most, twin, d);
    Place.assertClose(elements(twin, d), elements(y, d), 4e-6, "y of " + what);

    Place dy = numbers(d);
    for (boolean training : new boolean[] {true, false}) {
      Place[] found = places(d);
      Place[] twins = places(d);
      BatchNormKernel.gradient(
          dy,
          x,
          signs,
          weight,
          mean,
          inverse,
          training,
          found[0],
          found[1],
          found[2],
          added ? found[3] : null,
          d);
      ScalarBatchNorm.gradient(
          dy,
          x,
          relu ? y : null,
          most,
          weight,
          mean,
          inverse,
          training,
          twins[0],
          twins[1],
          twins[2],
          twins[3],
          d);
      Place.assertClose(elements(twins[0], d), elements(found[0], d), 2e-5, "dx of " + what);
      Place.assertClose(twins[1].toArray(), found[1].toArray(), 1e-4, "dweight of " + what);
      Place.assertClose(twins[2].toArray(), found[2].toArray(), 1e-4, "dbias of " + what);
      if (added && relu) {
        Place.assertClose(elements(twins[3], d), elements(found[3], d), 0, "dresidual of " + what);
      }
    }
  }

  private static Place[] places(ChannelDims d) {
    return new Place[] {
      Place.floats(size(d)), Place.floats(d.C()), Place.floats(d.C()), Place.floats(size(d))
    };
  }

  /** The compiler inlines what is called often up to this size; else loops are a quarter slower. */
  @Test
  void groupsAreSmallEnoughToBeInlined() throws IOException {
    byte[] bytes;
    try (InputStream in = BatchNormLoop.class.getResourceAsStream("BatchNormLoop.class")) {
      bytes = in.readAllBytes();
    }
    int groups = 0;
    for (MethodModel method : ClassFile.of().parse(bytes).methods()) {
      if (method.methodName().stringValue().endsWith("Group")) {
        int size = method.findAttribute(Attributes.code()).orElseThrow().codeLength();
        assertTrue(size <= 325, method.methodName() + " has " + size + " bytes");
        groups++;
      }
    }
    assertEquals(2, groups);
  }

  /** Large tensors are normalised by loops of their own, to the same bits. */
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 17, 32, 33, 64, 100})
  void keepingPaceChangesNothing(int columns) {
    int positions = 5;
    long n = (long) positions * columns * L;
    Place x = Place.special(n, random);
    Place residual = Place.special(n, random);
    Place table = Place.random(2L * columns * L, random);
    long signs = (long) positions * BatchNormRange.signVectors(columns) * Lanes.BYTES;
    for (float most : new float[] {0, 0.5f, Float.POSITIVE_INFINITY}) {
      boolean relu = most > 0;
      boolean bounded = relu && most < Float.POSITIVE_INFINITY;
      long signBytes = relu ? signs : 0;
      for (boolean added : new boolean[] {false, true}) {
        Place[] y = {Place.floats(n), Place.floats(n)};
        Place[] bits = {Place.bytes(signBytes), Place.bytes(signBytes)};
        for (int paced = 0; paced < 2; paced++) {
          new BatchNormLoop(new BatchNormRange.Fusion(relu, bounded, added, paced > 0))
              .normalise(
                  Operand.address(x),
                  added ? Operand.address(residual) : 0,
                  Operand.address(y[paced]),
                  Operand.address(bits[paced]),
                  most,
                  Operand.address(table),
                  positions,
                  columns);
        }
        String what = columns + " columns, most " + most + ", residual " + added;
        assertArrayEquals(y[0].toBits(), y[1].toBits(), what);
        assertArrayEquals(bits[0].toBytes(), bits[1].toBytes(), what);
      }
    }
  }
}
