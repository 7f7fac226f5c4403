package dev.lanewise.example;

import dev.lanewise.model.CharGpt;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.ClipGradients;
import dev.lanewise.optim.LrScheduler;
import dev.lanewise.optim.Options;
import dev.lanewise.optim.Schedule;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Row 32: a small transformer learns a text and is compared with a model of pairs. */
final class TransformerOnText extends Example {
  /** Sizes of one run; a block of text is {@code windows} contexts long, and one character. */
  private record Plan(
      int context, int windows, int embed, int layers, int batch, int steps, int look) {}

  private static final Plan FULL = new Plan(128, 8, 128, 4, 32, 800, 100);
  private static final Plan QUICK = new Plan(32, 8, 48, 2, 16, 500, 100);

  /** How much better it must be, in nats a character. */
  private static final double CLEARLY = 0.2;

  TransformerOnText() {
    super(32, "transformer", "a character transformer against a bigram model on held-out text");
  }

  @Override
  public Set<String> options() {
    return Set.of("text");
  }

  @Override
  protected void run(Output out) throws IOException {
    Plan plan = out.quick() ? QUICK : FULL;
    TextCorpus text = TextCorpus.read(out.text(), plan.context * plan.windows + 1);
    int alphabet = text.alphabet().length;
    List<long[]> train = text.train();
    List<long[]> validation = text.validation();
    List<long[]> test = text.test();
    out.say(
        "  %,d characters of %d kinds; blocks of %d: %d to train with, %d to choose by, %d held out",
        text.codes().length, alphabet, text.block(), train.size(), validation.size(), test.size());

    Bigram bigram = new Bigram(train, alphabet).tuned(validation);
    double pairs = bigram.loss(test);
    out.say("  bigram, smoothing %s: %.4f nats a character", bigram.strength(), pairs);

    Generator random = new Generator(32);
    CharGpt gpt =
        new CharGpt(
            new CharGpt.Sizes(alphabet, plan.context, plan.embed, plan.layers, 4, 0.2f), random);
    out.say("  transformer: %,d parameters", gpt.parameterCount());
    List<double[]> curve = train(out, gpt, plan, train, validation);
    double loss = loss(gpt, test, plan);
    out.say("  transformer: %.4f nats a character held out, bigram %.4f", loss, pairs);
    double margin = out.quick() ? 0 : CLEARLY;
    out.check(
        "the transformer is more than %s nats below the bigram model".formatted(margin),
        loss < pairs - margin);

    double[] steps = curve.stream().mapToDouble(point -> point[0]).toArray();
    new Picture("Predicting the next character", "step", "cross-entropy, nats a character")
        .line("transformer, training", steps, column(curve, 1))
        .line("transformer, validation", steps, column(curve, 2))
        .line("bigram, held out", steps, constant(pairs, steps.length))
        .line("transformer, held out, at its best", steps, constant(loss, steps.length))
        .write(out.picture("losses.png"));

    long[] prompt = Arrays.copyOf(wordiest(test, text), 40);
    long[] written = gpt.generate(prompt, out.quick() ? 60 : 400, 0.7f, new Generator(7));
    out.say("  It goes on with |%s|:", text.text(prompt).replaceAll("\\s+", " "));
    text.text(Arrays.copyOfRange(written, prompt.length, written.length))
        .lines()
        .forEach(line -> out.say("  | %s", line));
  }

  /** Trains, keeps the parameters that do best on {@code validation}, and gives the losses. */
  private static List<double[]> train(
      Output out, CharGpt gpt, Plan plan, List<long[]> train, List<long[]> validation) {
    AdamW adam = new AdamW(gpt.parameters(), Options.of("lr", 2e-3).with("weightDecay", 0.1));
    LrScheduler rate = new LrScheduler(adam, Schedule.COSINE.after(plan.steps / 20), plan.steps);
    Random order = new Random(1);
    Map<String, float[]> best = new HashMap<>();
    double least = Double.POSITIVE_INFINITY;
    List<double[]> curve = new ArrayList<>();
    double sum = 0;
    long start = System.nanoTime();
    for (int step = 1; step <= plan.steps; step++) {
      try (Scope _ = Scope.open()) {
        Tensor[] batch = windows(draw(train, plan, order), plan.context);
        Tensor loss = gpt.loss(batch[0], batch[1]);
        adam.zeroGrad();
        loss.backward();
        ClipGradients.byNorm(gpt.parameters().values(), 1);
        adam.step();
        rate.step();
        sum += loss.item();
      }
      if (step % plan.look == 0) {
        double now = loss(gpt, validation, plan);
        out.say(
            "  step %4d: loss %.4f, validation %.4f, %.0f s",
            step, sum / plan.look, now, (System.nanoTime() - start) * 1e-9);
        curve.add(new double[] {step, sum / plan.look, now});
        sum = 0;
        if (now < least) {
          least = now;
          gpt.parameters().forEach((name, tensor) -> best.put(name, tensor.toArray()));
        }
      }
    }
    gpt.parameters()
        .forEach((name, tensor) -> {
          float[] kept = best.get(name);
          if (kept != null) { // null when no loss was a number
            tensor.copyFrom(kept);
          }
        });
    return curve;
  }

  /** Random windows of random blocks, each a context and one character long. */
  private static List<long[]> draw(List<long[]> blocks, Plan plan, Random order) {
    List<long[]> drawn = new ArrayList<>();
    for (int i = 0; i < plan.batch; i++) {
      long[] block = blocks.get(order.nextInt(blocks.size()));
      int from = order.nextInt(block.length - plan.context);
      drawn.add(Arrays.copyOfRange(block, from, from + plan.context + 1));
    }
    return drawn;
  }

  /** Characters [N, T], and those that follow them. */
  private static Tensor[] windows(List<long[]> windows, int context) {
    long[] x = new long[windows.size() * context];
    long[] next = new long[x.length];
    for (int i = 0; i < windows.size(); i++) {
      System.arraycopy(windows.get(i), 0, x, i * context, context);
      System.arraycopy(windows.get(i), 1, next, i * context, context);
    }
    return new Tensor[] {
      Tensor.ofLongs(x, windows.size(), context), Tensor.ofLongs(next, windows.size(), context)
    };
  }

  /**
   * The mean loss of the characters after the first of each block. A block falls into windows whose
   * first characters are guessed from little, so this is the harder measure.
   */
  private static double loss(CharGpt gpt, List<long[]> blocks, Plan plan) {
    double sum = 0;
    gpt.train(false);
    try (Tape.Pause _ = Tape.noGrad()) {
      for (long[] block : blocks) {
        List<long[]> cut = new ArrayList<>();
        for (int from = 0; from + plan.context < block.length; from += plan.context) {
          cut.add(Arrays.copyOfRange(block, from, from + plan.context + 1));
        }
        try (Scope _ = Scope.open()) {
          Tensor[] pair = windows(cut, plan.context);
          sum += gpt.loss(pair[0], pair[1]).item();
        }
      }
    } finally {
      gpt.train(true);
    }
    return sum / blocks.size();
  }

  /** The block with the most letters: prose, no table of numbers. */
  private static long[] wordiest(List<long[]> blocks, TextCorpus text) {
    return Collections.max(
        blocks,
        Comparator.comparing(
            block -> text.text(block).chars().filter(Character::isLetter).count()));
  }

  private static double[] column(List<double[]> rows, int which) {
    return rows.stream().mapToDouble(row -> row[which]).toArray();
  }

  private static double[] constant(double value, int count) {
    double[] values = new double[count];
    Arrays.fill(values, value);
    return values;
  }
}
