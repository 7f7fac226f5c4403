package dev.lanewise.data;

import java.util.Arrays;

/**
 * Digits drawn by code: strokes in several styles, turned, sheared, scaled, bent and shifted at
 * random, with a pen of random width and some noise; 28×28 grey images like those of MNIST, for
 * when no data are at hand. Image number i of a seed is always the same image.
 */
public final class SyntheticDigits {
  /** Rows and columns of an image. */
  public static final int SIZE = 28;

  /** Images of the training set of {@link #dataset}. */
  public static final int TRAIN = 20_000;

  /** Images of the test set of {@link #dataset}. */
  public static final int TEST = 4_000;

  private static final int DIGITS = 10;

  /** Where the numbers of test images start, out of reach of those of any training set. */
  private static final long FIRST_TEST_IMAGE = 1L << 40;

  private static final Stroke[][] STYLES = styles();

  private SyntheticDigits() {}

  /**
   * The built-in data set, {@value #TRAIN} images to train with and {@value #TEST} to test with.
   */
  public static Dataset dataset(long seed) {
    return dataset(seed, TRAIN, TEST);
  }

  /** As {@link #dataset(long)} with other numbers of images. */
  public static Dataset dataset(long seed, int train, int test) {
    String name = Dataset.SYNTHETIC_DIGITS;
    return new Dataset(
        name,
        draw(name + "-train", seed, 0, train),
        draw(name + "-test", seed, FIRST_TEST_IMAGE, test));
  }

  private static ImageSet draw(String name, long seed, long first, int count) {
    byte[] pixels = new byte[Math.multiplyExact(count, SIZE * SIZE)];
    int[] labels = new int[count];
    Pen pen = new Pen();
    for (int i = 0; i < count; i++) {
      labels[i] = i % DIGITS;
      pen.draw(new RandomStream(seed, first + i), STYLES[labels[i]], pixels, i * SIZE * SIZE);
    }
    return new ImageSet(name, 1, SIZE, SIZE, pixels, labels, DIGITS);
  }

  /** Draws one image at a time. */
  private static final class Pen {
    /** Half the edge of the unit square in pixels. */
    private static final float HALF = 10;

    /** Width in pixels over which ink fades at the edge of a stroke. */
    private static final float FADE = 1.1f;

    /** Squared distance of each pixel to the nearest stroke, where it is close. */
    private final float[] distance = new float[SIZE * SIZE];

    private final float[] bend = new float[4];
    private float xx;
    private float xy;
    private float yx;
    private float yy;
    private float shiftX;
    private float shiftY;

    void draw(RandomStream random, Stroke[] styles, byte[] pixels, int offset) {
      place(random);
      Stroke stroke = styles[random.nextInt(styles.length)];
      float radius = random.uniform(0.6f, 1.9f);
      float reach = radius + FADE;
      Arrays.fill(distance, reach * reach);
      for (int s = 0; s < stroke.count(); s++) {
        float u0 = stroke.coordinate(s, 0);
        float v0 = stroke.coordinate(s, 1);
        float u1 = stroke.coordinate(s, 2);
        float v1 = stroke.coordinate(s, 3);
        // Long lines are cut, so that they bend too.
        int pieces = Math.abs(u1 - u0) + Math.abs(v1 - v0) > 0.3f ? 4 : 1;
        for (int p = 0; p < pieces; p++) {
          float from = (float) p / pieces;
          float to = (float) (p + 1) / pieces;
          float startU = bentX(u0 + from * (u1 - u0), v0 + from * (v1 - v0));
          float startV = bentY(u0 + from * (u1 - u0), v0 + from * (v1 - v0));
          float endU = bentX(u0 + to * (u1 - u0), v0 + to * (v1 - v0));
          float endV = bentY(u0 + to * (u1 - u0), v0 + to * (v1 - v0));
          near(
              shiftX + xx * startU + xy * startV,
              shiftY + yx * startU + yy * startV,
              shiftX + xx * endU + xy * endV,
              shiftY + yx * endU + yy * endV,
              reach);
        }
      }
      ink(random, reach, pixels, offset);
    }

    /** Chooses how the unit square comes to lie on the image. */
    private void place(RandomStream random) {
      double angle = Math.toRadians(random.uniform(-14, 14));
      float cos = (float) StrictMath.cos(angle);
      float sin = (float) StrictMath.sin(angle);
      float shear = random.uniform(-0.35f, 0.2f);
      float height = HALF * random.uniform(0.78f, 1.1f);
      float width = height * random.uniform(0.72f, 1.12f);
      xx = cos * width;
      xy = (cos * shear - sin) * height;
      yx = sin * width;
      yy = (sin * shear + cos) * height;
      shiftX = (SIZE - 1) / 2f + random.uniform(-2.2f, 2.2f);
      shiftY = (SIZE - 1) / 2f + random.uniform(-2.2f, 2.2f);
      for (int i = 0; i < bend.length; i++) {
        bend[i] = random.uniform(-0.22f, 0.22f);
      }
    }

    /** A point of the unit square in -1 to 1, its lines bent to parabolas. */
    private float bentX(float u, float v) {
      float x = 2 * u - 1;
      float y = 2 * v - 1;
      return x + bend[0] * (y * y - 0.4f) + bend[1] * x * y;
    }

    private float bentY(float u, float v) {
      float x = 2 * u - 1;
      float y = 2 * v - 1;
      return y + bend[2] * (x * x - 0.3f) + bend[3] * x * y;
    }

    /** Notes the distance of all pixels that a line segment may reach. */
    private void near(float x0, float y0, float x1, float y1, float reach) {
      int left = Math.max(0, (int) (Math.min(x0, x1) - reach));
      int right = Math.min(SIZE - 1, (int) (Math.max(x0, x1) + reach) + 1);
      int top = Math.max(0, (int) (Math.min(y0, y1) - reach));
      int bottom = Math.min(SIZE - 1, (int) (Math.max(y0, y1) + reach) + 1);
      float dx = x1 - x0;
      float dy = y1 - y0;
      float scale = 1 / Math.max(dx * dx + dy * dy, 1e-6f);
      for (int y = top; y <= bottom; y++) {
        for (int x = left; x <= right; x++) {
          float along = ((x - x0) * dx + (y - y0) * dy) * scale;
          float t = Math.min(1, Math.max(0, along));
          float ex = x - x0 - t * dx;
          float ey = y - y0 - t * dy;
          int i = y * SIZE + x;
          distance[i] = Math.min(distance[i], ex * ex + ey * ey);
        }
      }
    }

    /** Turns distances into grey values. */
    private void ink(RandomStream random, float reach, byte[] pixels, int offset) {
      float darkness = random.uniform(190, 255);
      float noise = random.uniform(0, 36);
      for (int i = 0; i < distance.length; i++) {
        float cover = Math.min(1, (reach - (float) Math.sqrt(distance[i])) / FADE);
        // Noise of both signs; below 0 it is cut off, so that about half of the paper stays white.
        float value = cover * darkness + random.uniform(-noise, noise);
        pixels[offset + i] = (byte) (int) Math.min(255, Math.max(0, value));
      }
    }
  }

  /** The ways to write each digit. */
  private static Stroke[][] styles() {
    return new Stroke[][] {
      {
        new Stroke().arcApart(.5, .5, .32, .5, -90, 270),
        new Stroke().arcApart(.5, .5, .26, .5, -70, 290),
        new Stroke().arcApart(.5, .5, .38, .46, -110, 230),
      },
      {
        new Stroke().move(.5, 0).line(.5, 1),
        new Stroke().move(.28, .24).line(.54, 0).line(.54, 1),
        new Stroke().move(.3, .22).line(.52, 0).line(.52, 1).move(.26, 1).line(.78, 1),
      },
      {
        new Stroke().arcApart(.5, .29, .32, .29, -170, 35).line(.17, 1).line(.85, 1),
        new Stroke()
            .arcApart(.5, .27, .3, .27, -150, 50)
            .line(.3, .84)
            .arc(.26, .88, .09, .1, -60, -300)
            .line(.86, .97),
        new Stroke().arcApart(.48, .3, .34, .3, -160, 60).line(.14, .96).line(.86, .9),
      },
      {
        new Stroke()
            .arcApart(.46, .26, .3, .26, -160, 80)
            .move(.46, .5)
            .arc(.46, .74, .35, .26, -85, 160),
        new Stroke().arcApart(.44, .27, .32, .25, -140, 100).arcApart(.44, .74, .36, .25, -95, 135),
        new Stroke().move(.16, .02).line(.78, .02).line(.44, .42).arc(.44, .71, .36, .29, -90, 150),
      },
      {
        new Stroke().move(.66, 1).line(.66, 0).line(.12, .66).line(.9, .66),
        new Stroke().move(.2, .02).line(.15, .52).line(.84, .52).move(.76, 0).line(.72, 1),
        new Stroke().move(.42, 0).line(.12, .6).line(.88, .6).move(.68, .28).line(.64, 1),
      },
      {
        new Stroke()
            .move(.82, .02)
            .line(.26, .02)
            .line(.22, .46)
            .arc(.46, .68, .36, .32, -140, 145),
        new Stroke().move(.8, 0).line(.3, .03).line(.2, .42).arc(.42, .7, .38, .3, -110, 120),
        new Stroke()
            .move(.3, .04)
            .line(.24, .44)
            .arc(.46, .7, .34, .3, -130, 140)
            .move(.3, .04)
            .line(.84, .0),
      },
      {
        new Stroke().arcApart(.98, .66, .8, .68, -125, -180).arc(.5, .7, .32, .3, -180, 180),
        new Stroke().move(.66, 0).line(.3, .42).arc(.5, .7, .33, .3, -150, 215),
        new Stroke().arcApart(.56, .5, .4, .5, -60, -180).arc(.5, .73, .32, .26, -180, 180),
      },
      {
        new Stroke().move(.14, .03).line(.86, .03).line(.4, 1),
        new Stroke().move(.14, .04).line(.84, .02).line(.36, 1).move(.34, .52).line(.76, .5),
        new Stroke()
            .move(.16, .18)
            .line(.18, .02)
            .line(.84, .04)
            .arc(1.1, .98, .62, .9, -115, -175),
      },
      {
        new Stroke().arcApart(.5, .25, .27, .25, 90, 450).arc(.5, .75, .33, .25, -90, 270),
        new Stroke()
            .arcApart(.52, .23, .25, .23, -30, -240)
            .line(.72, .62)
            .arc(.48, .77, .28, .23, -35, 195)
            .line(.74, .14),
      },
      {
        new Stroke().arcApart(.48, .3, .31, .3, 0, -360).line(.76, 1),
        new Stroke().arcApart(.48, .28, .31, .28, 0, -360).arc(.3, .46, .5, .54, 0, 75),
        new Stroke().arcApart(.5, .3, .33, .28, -20, -340).move(.82, .06).line(.66, 1),
      },
    };
  }
}
