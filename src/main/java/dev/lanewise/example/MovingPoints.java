package dev.lanewise.example;

import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Row 31: where linear layers, ReLU and sigmoid move the points of a line and of a plane. */
final class MovingPoints extends Example {
  private static final int POINTS = 25;
  private static final int LINES = 13;
  private static final double FROM = -3;
  private static final double TO = 3;

  /** A map of points, [N, D] to [N, D]. */
  private record Mapping(String name, UnaryOperator<Tensor> map) {}

  MovingPoints() {
    super(31, "moving-points", "what linear layers, ReLU and sigmoid do to a line and to a plane");
  }

  @Override
  protected void run(Output out) throws IOException {
    line(out);
    plane(out);
  }

  /** The four maps of the lecture, each drawn from the line below to the line above it. */
  private static void line(Output out) throws IOException {
    Tensor ends = Tensor.of(new float[] {-2, 0, 3}, 3, 1);
    List<Mapping> maps =
        List.of(
            new Mapping("2 x", x -> x.linear(Tensor.of(new float[] {2}, 1, 1), null)),
            new Mapping("(x + 1) / 2", x -> x.add(1).div(2)),
            new Mapping("relu(x)", Tensor::relu),
            new Mapping("sigmoid(x)", Tensor::sigmoid));
    float far = (float) (1 / (1 + Math.exp(-3)));
    float near = (float) (1 / (1 + Math.exp(2)));
    float[][] expected = {{-4, 0, 6}, {-0.5f, 0.5f, 2}, {0, 0, 3}, {near, 0.5f, far}};
    Picture picture = new Picture("Where points of a line go: below before, above after", "x", "");
    float[] starts = new float[POINTS];
    for (int i = 0; i < POINTS; i++) {
      starts[i] = (float) (FROM + (TO - FROM) * i / (POINTS - 1));
    }
    for (int m = 0; m < maps.size(); m++) {
      Mapping mapping = maps.get(m);
      out.check(
          mapping.name + " of -2, 0, 3",
          Tensor.of(expected[m], 3, 1),
          mapping.map.apply(ends),
          1e-6);
      float[] moved = mapping.map.apply(Tensor.of(starts, POINTS, 1)).toArray();
      double floor = 3 - m;
      List<double[]> path = new ArrayList<>();
      for (int i = 0; i < POINTS; i++) {
        path.add(new double[] {starts[i], floor});
        path.add(new double[] {moved[i], floor + 0.7});
        path.add(new double[] {moved[i], Double.NaN}); // the line ends here
      }
      picture.line(mapping.name, column(path, 0), column(path, 1));
    }
    picture.range(-6.2, 6.2, -0.2, 3.9).hideY().write(out.picture("line.png"));
  }

  /** A grid before and after; its lines show what is stretched, folded and pressed together. */
  private static void plane(Output out) throws IOException {
    Tensor weight = Matrices.matrix("1.2 0.6; -0.4 0.9");
    Tensor bias = Tensor.of(new float[] {0.5f, -0.3f}, 2);
    Tensor points = Tensor.of(grid(), LINES * LINES, 2);

    Tensor x = points.select(1, 0);
    Tensor y = points.select(1, 1);
    Tensor first = x.mul(1.2f).add(y.mul(0.6f)).add(0.5f);
    Tensor second = x.mul(-0.4f).add(y.mul(0.9f)).sub(0.3f);
    Tensor linear = points.linear(weight, bias);
    out.check(
        "linear: out_i = sum of w_ij in_j, and b_i",
        Tensor.stack(List.of(first, second), 1),
        linear,
        1e-5);
    Tensor relu = points.relu();
    out.check("relu: applied twice it does no more", relu, relu.relu(), 0);
    double folded = zeros(relu.select(1, 0));
    out.check("relu: the left half is on the axis", (LINES + 1.0) / 2 * LINES, folded, 0);
    Tensor sigmoid = points.sigmoid();
    out.check(
        "sigmoid: all lies between 0 and 1", sigmoid.min().item() > 0 && sigmoid.max().item() < 1);

    draw(out, "plane-linear.png", "A plane before and after W x + b", points, linear);
    draw(out, "plane-relu.png", "A plane before and after relu", points, relu);
    draw(out, "plane-sigmoid.png", "A plane before and after sigmoid", points, sigmoid);
    draw(out, "plane-layer.png", "A plane before and after relu(W x + b)", points, linear.relu());
  }

  private static float[] grid() {
    float[] grid = new float[LINES * LINES * 2];
    for (int i = 0; i < LINES * LINES; i++) {
      int row = i / LINES;
      grid[2 * i] = (float) (FROM + (TO - FROM) * (i % LINES) / (LINES - 1));
      grid[2 * i + 1] = (float) (FROM + (TO - FROM) * row / (LINES - 1));
    }
    return grid;
  }

  private static void draw(Output out, String file, String title, Tensor before, Tensor after)
      throws IOException {
    Picture picture = Picture.plane(title, "first number", "second number");
    mesh(picture, "before", before);
    mesh(picture, "after", after);
    picture.range(-6, 6, -6, 6).write(out.picture(file));
  }

  /** Lines along both directions of the grid, and its points. */
  private static void mesh(Picture picture, String name, Tensor points) {
    Tensor grid = points.reshape(LINES, LINES, 2);
    List<double[]> path = new ArrayList<>();
    for (Tensor direction : List.of(grid, grid.transpose(0, 1))) {
      float[] values = direction.contiguous().toArray();
      for (int i = 0; i < LINES * LINES; i++) {
        path.add(new double[] {values[2 * i], values[2 * i + 1]});
        if (i % LINES == LINES - 1) {
          path.add(new double[] {values[2 * i], Double.NaN});
        }
      }
    }
    picture.line(name, column(path, 0), column(path, 1));
  }

  private static double zeros(Tensor values) {
    return values.eq(0).countNonzero().item();
  }

  private static double[] column(List<double[]> rows, int which) {
    return rows.stream().mapToDouble(row -> row[which]).toArray();
  }
}
