package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.Sequential;
import dev.lanewise.nn.Sigmoid;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Reduction;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.LongStream;

/** Row 14: logistic regression and a hidden layer of sigmoids, by SGD over single samples. */
final class LogisticAndHidden extends Example {
  private static final int FEATURES = 30;

  LogisticAndHidden() {
    super(14, "logistic-and-hidden", "binary cross-entropy: its gradients, and SGD on real data");
  }

  /** Rows of features, each with mean 0 and deviation 1 over the table, and rows of 0 or 1. */
  private record Table(Tensor x, Tensor y) {
    /** Every fifth row is for the test. */
    Table part(boolean test) {
      int rows = x.shape().dim(0);
      long[] chosen = LongStream.range(0, rows).filter(i -> (i % 5 == 0) == test).toArray();
      Tensor index = Tensor.ofLongs(chosen, chosen.length);
      return new Table(x.indexSelect(0, index), y.indexSelect(0, index));
    }

    static Table read() throws IOException {
      List<String> lines = Files.readAllLines(Output.data("small/breast_cancer.csv"));
      int rows = lines.size() - 1;
      float[] values = new float[rows * (FEATURES + 1)];
      for (int i = 0; i < rows; i++) {
        String[] cells = lines.get(i + 1).strip().split(",", -1);
        for (int j = 0; j <= FEATURES; j++) {
          values[i * (FEATURES + 1) + j] = Float.parseFloat(cells[j]);
        }
      }
      Tensor all = Tensor.of(values, rows, FEATURES + 1);
      Tensor x = all.slice(1, 0, FEATURES);
      Tensor y = all.slice(1, FEATURES, FEATURES + 1).contiguous();
      return new Table(x.sub(x.mean(0)).div(x.std(0)), y);
    }
  }

  private static Tensor loss(Layer network, Table table) {
    return network.forward(table.x).sigmoid().bce(table.y, null, Reduction.MEAN);
  }

  /** Algorithm 1 of the lecture; gives the last cross-entropy of the test rows. */
  private static double train(Output out, Layer network, Table train, Table test, float rate) {
    Sgd sgd = new Sgd(network.parameters(), rate, 0);
    double last = Double.NaN;
    for (int epoch = 1; epoch <= (out.quick() ? 2 : 6); epoch++) {
      for (int i = 0; i < train.x.shape().dim(0); i++) {
        try (Scope _ = Scope.open()) {
          Table sample = new Table(train.x.slice(0, i, i + 1), train.y.slice(0, i, i + 1));
          sgd.zeroGrad();
          loss(network, sample).backward();
          sgd.step();
        }
      }
      try (Scope _ = Scope.open();
          Tape.Pause _ = Tape.noGrad()) {
        last = loss(network, test).item();
        out.say(
            "  epoch %d: cross-entropy %.4f, test %.4f", epoch, loss(network, train).item(), last);
      }
    }
    return last;
  }

  /** The lecture writes the log-likelihood J; the loss is -J. Here D = 5 inputs, 3 hidden units. */
  private static void formulas(Output out) {
    Generator random = new Generator(14);
    Tensor x = random.normal(Shape.of(1, 5), 0, 1);
    Tensor target = Tensor.ones(1, 1);
    Tensor theta = random.normal(Shape.of(1, 5), 0, 1).requireGrad();
    Tensor y = x.linear(theta, null).sigmoid();
    Tensor found = gradients(y.bce(target, null, Reduction.MEAN), theta)[0];
    out.check("regression: dJ/dtheta = (y* - y) x", target.sub(y).mul(x), found.neg(), 1e-5);

    Tensor alpha = random.normal(Shape.of(3, 5), 0, 1).requireGrad();
    Tensor beta = random.normal(Shape.of(1, 3), 0, 1).requireGrad();
    Tensor z = x.linear(alpha, null).sigmoid();
    Tensor output = z.linear(beta, null).sigmoid();
    Tensor[] tape = gradients(output.bce(target, null, Reduction.MEAN), beta, alpha);
    // The document's second case prints y*/y + (1-y*)/(1-y); its first has the right y - 1 below.
    Tensor db = target.sub(output); // dJ/dy dy/db
    Tensor da = db.mul(beta).mul(z).mul(z.neg().add(1));
    out.check("hidden layer: dJ/dbeta", db.mul(z), tape[0].neg(), 1e-5);
    out.check("hidden layer: dJ/dalpha", da.t().matmul(x), tape[1].neg(), 1e-5);
  }

  @Override
  protected void run(Output out) throws IOException {
    formulas(out);
    Table table = Table.read();
    Table train = table.part(false);
    Table test = table.part(true);
    Generator random = new Generator(1);
    out.say("  logistic regression");
    double regression = train(out, new Linear(FEATURES, 1, random), train, test, 0.01f);
    out.check("the test cross-entropy of regression is below 0.2", regression < 0.2);
    out.say("  eight hidden sigmoids");
    Layer hidden =
        new Sequential()
            .add("alpha", new Linear(FEATURES, 8, random))
            .add("sigmoid", new Sigmoid())
            .add("beta", new Linear(8, 1, random));
    double network = train(out, hidden, train, test, 0.1f);
    out.check("the test cross-entropy of the network is below 0.2", network < 0.2);
  }
}
