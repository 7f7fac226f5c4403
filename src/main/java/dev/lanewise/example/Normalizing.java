package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.io.Safetensors;
import dev.lanewise.nn.BatchNorm1d;
import dev.lanewise.nn.BatchNorm2d;
import dev.lanewise.nn.GroupNorm;
import dev.lanewise.nn.InstanceNorm2d;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.LayerNorm;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Row 30: batch, layer, instance and group normalisation, forward and backward. */
final class Normalizing extends Example {
  private static final int N = 4;
  private static final int C = 6;
  private static final int H = 3;
  private static final int W = 5;
  private static final int GROUPS = 3;
  private static final float EPS = 1e-5f;

  /**
   * One way to normalise.
   *
   * @param view the shape in which statistics are taken
   * @param over its dimensions that a mean goes over
   * @param ofBatch whether the lecture says that an image depends on the others
   */
  private record Method(
      String name, Layer layer, int[] view, int[] over, boolean ofBatch, String use) {

    Tensor normalized(Tensor x) {
      Tensor z = x.reshape(view);
      Tensor variance = z.var(0, true, over);
      Tensor hat = z.sub(z.meanKeep(over)).mul(variance.add(EPS).rsqrt());
      return hat.reshape(N, C, H, W);
    }

    /** (g - mean(g) - hat mean(g hat)) / sigma, where g = dy gamma. */
    Tensor backward(Tensor x, Tensor g) {
      Tensor sigma = x.reshape(view).var(0, true, over).add(EPS).sqrt();
      Tensor hat = normalized(x).reshape(view);
      Tensor dhat = g.reshape(view);
      Tensor centred = dhat.sub(dhat.meanKeep(over));
      return centred.sub(hat.mul(dhat.mul(hat).meanKeep(over))).div(sigma).reshape(N, C, H, W);
    }

    /** gamma or beta, as it lies over the images: one a channel, or of layer norm one a value. */
    Tensor spread(String parameter) {
      Tensor own = Objects.requireNonNull(layer.parameters().get(parameter));
      return own.shape().rank() == 1 ? own.reshape(1, C, 1, 1) : own;
    }
  }

  private static Method[] methods() {
    int[] plain = {N, C, H, W};
    int[] grouped = {N, GROUPS, C / GROUPS, H, W};
    return new Method[] {
      new Method("batch", new BatchNorm2d(C), plain, new int[] {0, 2, 3}, true, "CNNs"),
      new Method(
          "layer", new LayerNorm(C, H, W), plain, new int[] {1, 2, 3}, false, "transformers"),
      new Method(
          "instance",
          new InstanceNorm2d(C, EPS, true),
          plain,
          new int[] {2, 3},
          false,
          "style transfer"),
      new Method(
          "group", new GroupNorm(GROUPS, C), grouped, new int[] {2, 3, 4}, false, "small batches"),
    };
  }

  Normalizing() {
    super(30, "normalization", "batch, layer, instance and group: forward, backward, compared");
  }

  @Override
  protected void run(Output out) {
    Generator random = new Generator(30);
    Tensor x = random.normal(Shape.of(N, C, H, W), 3, 2).requireGrad();
    Tensor dy = random.normal(x.shape(), 0, 1);
    Tensor others = x.detach().add(0).slice(0, 0, 1).mul(5); // another first image
    Tensor changed = Tensor.concat(List.of(others, x.detach().slice(0, 1, N)), 0);
    for (Method method : methods()) {
      Layer layer = method.layer;
      layer.parameters().values().forEach(own -> random.normal(own, 1, 0.5f));
      Tensor y = layer.forward(x);
      Tensor gamma = method.spread("weight");
      String name = method.name;
      out.check(
          name + ": y = gamma hat + beta",
          method.normalized(x).mul(gamma).add(method.spread("bias")),
          y,
          1e-4);
      out.check(
          name + ": dx by the formula",
          method.backward(x.detach(), dy.mul(gamma)),
          gradients(y.mul(dy).sum(), x)[0],
          1e-4);
      boolean depends = differs(y.slice(0, 1, N), layer.forward(changed).slice(0, 1, N));
      out.check(
          "%s: other images %s".formatted(name, method.ofBatch ? "matter" : "do not matter"),
          depends == method.ofBatch);
    }
    runningStatistics(out, random);
    table(out);
    reference(out);
  }

  private static boolean differs(Tensor a, Tensor b) {
    return a.sub(b).abs().max().item() > 1e-4;
  }

  /** In training they follow the batches; in evaluation they take the place of the batch's. */
  private static void runningStatistics(Output out, Generator random) {
    BatchNorm2d norm = new BatchNorm2d(C);
    Tensor mean = Tensor.zeros(C);
    Tensor variance = Tensor.ones(C);
    for (int batch = 0; batch < 5; batch++) {
      Tensor x = random.normal(Shape.of(N, C, H, W), 3, 2);
      norm.forward(x);
      mean = mean.mul(0.9f).add(x.mean(0, 2, 3).mul(0.1f));
      variance = variance.mul(0.9f).add(x.var(1, false, 0, 2, 3).mul(0.1f));
    }
    Map<String, Tensor> buffers = norm.buffers();
    out.check("running mean: 0.9 old + 0.1 new", mean, of(buffers, "running_mean"), 1e-5);
    out.check("running variance, of n - 1", variance, of(buffers, "running_var"), 1e-4);
    norm.train(false);
    Tensor x = random.normal(Shape.of(1, C, H, W), 0, 1); // one image: it has no batch
    Tensor expected =
        x.sub(mean.reshape(1, C, 1, 1)).div(variance.add(EPS).sqrt().reshape(1, C, 1, 1));
    out.check("in evaluation they normalise", expected, norm.forward(x), 1e-5);
  }

  private static void table(Output out) {
    out.say("  %-10s %-22s %-16s %s", "method", "a mean goes over", "used for", "of the batch?");
    String[] axes = {"N, H, W", "C, H, W", "H, W", "channels of a group, H, W"};
    Method[] methods = methods();
    for (int i = 0; i < methods.length; i++) {
      out.say(
          "  %-10s %-26s %-16s %s",
          methods[i].name, axes[i], methods[i].use, methods[i].ofBatch ? "yes" : "no");
    }
  }

  /** The same layers against test vectors of another engine, where they are. */
  private static void reference(Output out) {
    try {
      compare(out, "layer_norm_s03", new LayerNorm(4, 5));
      compare(out, "instance_norm_s01", new InstanceNorm2d(3, EPS, true));
      compare(out, "group_norm_s03", new GroupNorm(4, 4));
      BatchNorm1d evaluation = new BatchNorm1d(4);
      evaluation.train(false);
      compare(out, "batch_norm_eval_s01", evaluation);
      compareTraining(out, "batch_norm_train_s01", new BatchNorm1d(4));
      compareTraining(out, "batch_norm_train_s02", new BatchNorm2d(3));
    } catch (MissingDataException missing) {
      out.say("  Not compared with another engine. %s", String.valueOf(missing.getMessage()));
    }
  }

  private static Map<String, Tensor> stored(String id) {
    Map<String, Tensor> stored = new LinkedHashMap<>();
    Safetensors.read(Output.reference("cases/" + id + ".safetensors"))
        .tensors()
        .forEach((name, tensor) -> stored.put(name, tensor.toTensor()));
    return stored;
  }

  /** Three batches in training mode: results, running statistics after each, and gradients. */
  private static void compareTraining(Output out, String id, Layer layer) {
    Map<String, Tensor> stored = stored(id);
    layer.parameters().forEach((name, own) -> own.copyFrom(of(stored, "param." + name).toArray()));
    List<Tensor> inputs = new ArrayList<>();
    inputs.add(of(layer.parameters(), "weight"));
    inputs.add(of(layer.parameters(), "bias"));
    Tensor loss = Tensor.scalar(0);
    for (int step = 1; step <= 3; step++) {
      Tensor x = of(stored, "in.x" + step).requireGrad();
      Tensor y = layer.forward(x);
      out.check(id + ": y of batch " + step, of(stored, "out.out" + step), y, 1e-4);
      for (String buffer : List.of("running_mean", "running_var")) {
        Tensor expected = of(stored, "aux." + buffer + step);
        out.check(id + ": " + buffer + " then", expected, of(layer.buffers(), buffer), 1e-4);
      }
      loss = loss.add(y.mul(of(stored, "gout.out" + step)).sum());
      inputs.add(x);
    }
    Tensor[] found = gradients(loss, inputs.toArray(Tensor[]::new));
    String[] names = {"weight", "bias", "x1", "x2", "x3"};
    for (int i = 0; i < names.length; i++) {
      out.check(id + ": d" + names[i], of(stored, "grad." + names[i]), found[i], 1e-3);
    }
  }

  private static void compare(Output out, String id, Layer layer) {
    Map<String, Tensor> stored = stored(id);
    layer
        .state()
        .forEach((name, own) -> {
          Tensor given = stored.getOrDefault("param." + name, stored.get("in." + name));
          if (given != null) {
            own.copyFrom(given.toArray());
          }
        });
    Tensor x = of(stored, "in.x").requireGrad();
    Tensor y = layer.forward(x);
    out.check(id + ": y", of(stored, "out.out"), y, 1e-4);
    Tensor weight = of(layer.parameters(), "weight");
    Tensor bias = of(layer.parameters(), "bias");
    Tensor[] found = gradients(y.mul(of(stored, "gout.out")).sum(), x, weight, bias);
    String[] names = {"x", "weight", "bias"};
    for (int i = 0; i < found.length; i++) {
      out.check(id + ": d" + names[i], of(stored, "grad." + names[i]), found[i], 1e-3);
    }
  }

  private static Tensor of(Map<String, Tensor> tensors, String name) {
    return Objects.requireNonNull(tensors.get(name), () -> name + Arrays.asList(tensors.keySet()));
  }
}
