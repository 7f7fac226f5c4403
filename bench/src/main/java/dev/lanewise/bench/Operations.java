package dev.lanewise.bench;

import dev.lanewise.bench.Stage.BatchNorm2d;
import dev.lanewise.bench.Stage.CausalLayer;
import dev.lanewise.bench.Stage.Conv2d;
import dev.lanewise.bench.Stage.EachToken;
import dev.lanewise.bench.Stage.Embedding;
import dev.lanewise.bench.Stage.Embeddings;
import dev.lanewise.bench.Stage.EncoderLayer;
import dev.lanewise.bench.Stage.FirstToken;
import dev.lanewise.bench.Stage.Flatten;
import dev.lanewise.bench.Stage.GlobalAvgPool2d;
import dev.lanewise.bench.Stage.LayerNorm;
import dev.lanewise.bench.Stage.Linear;
import dev.lanewise.bench.Stage.MaxPool2d;
import dev.lanewise.bench.Stage.Recurrent;
import dev.lanewise.bench.Stage.Relu;
import dev.lanewise.bench.Stage.Relu6;
import dev.lanewise.bench.Stage.Residual;
import dev.lanewise.bench.Stage.Tokens;
import java.util.List;

/**
 * Counts arithmetic operations while it walks through layers with the width of the square image.
 */
final class Operations {
  private int width;

  /** Rows of a sample that a linear layer sees. */
  private final int rows;

  private double total;
  private double first;

  private Operations(Network network) {
    boolean image = network.sample().length == 3;
    width = image ? network.sample()[1] : 1;
    rows = network.language() ? network.sample()[0] : 1;
    count(network.stages());
  }

  /** Those of a sample, forward, in products and convolutions. */
  static Operations of(Network network) {
    return new Operations(network);
  }

  /** Those of all layers. */
  double total() {
    return total;
  }

  /** Those of the first layer that has any. */
  double first() {
    return first;
  }

  private void count(List<Stage> stages) {
    for (Stage stage : stages) {
      switch (stage) {
        case Linear(int inputs, int outputs, boolean _) -> add(2.0 * rows * inputs * outputs);
        case Conv2d conv -> {
          width = (width + 2 * conv.padding() - conv.kernel()) / conv.stride() + 1;
          double taps = (double) conv.inputs() / conv.groups() * conv.kernel() * conv.kernel();
          add(2 * taps * conv.outputs() * width * width);
        }
        case MaxPool2d(int size, int stride) -> width = (width - size) / stride + 1;
        case GlobalAvgPool2d _ -> width = 1;
        case Tokens(int image, int patch, int embed) -> add(2.0 * 3 * image * image * embed);
        case EncoderLayer(int tokens, int embed, int _, int feedForward) ->
            add(2.0 * tokens * embed * (4 * embed + 2 * feedForward + 2 * tokens));
        case Recurrent recurrent ->
            add(
                2.0
                    * rows
                    * recurrent.kind().gates()
                    * recurrent.hidden()
                    * (recurrent.inputs() + recurrent.hidden()));
        // Half of the scores are seen.
        case CausalLayer(int tokens, int embed, int _, int feedForward) ->
            add(2.0 * tokens * embed * (4 * embed + 2 * feedForward + tokens));
        case Residual(List<Stage> body, List<Stage> shortcut) -> {
          int before = width;
          count(shortcut);
          width = before;
          count(body);
        }
        case Relu _,
            Relu6 _,
            BatchNorm2d _,
            LayerNorm _,
            Flatten _,
            FirstToken _,
            Embedding _,
            Embeddings _,
            EachToken _ -> {}
      }
    }
  }

  private void add(double flops) {
    first = total == 0 ? flops : first;
    total += flops;
  }
}
