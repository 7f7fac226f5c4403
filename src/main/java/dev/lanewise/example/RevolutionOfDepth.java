package dev.lanewise.example;

import dev.lanewise.model.Model;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Summary;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import dev.lanewise.train.Trainer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Row 20: AlexNet, VGG-16 and residual networks: depth, parameters, work, and steps of training.
 */
final class RevolutionOfDepth extends Example {
  /** What was published of a network: torchvision's figures, of an image of 224×224 pixels. */
  private record Published(
      String model, String title, int depth, long parameters, double billionMultiplyAdds) {}

  private static final List<Published> NETWORKS =
      List.of(
          new Published("alexnet", "AlexNet (2012)", 8, 61_100_840, 0.71),
          new Published("vgg16", "VGG-16 (2014)", 16, 138_357_544, 15.47),
          new Published("resnet18", "ResNet-18 (2015)", 18, 11_689_512, 1.81),
          new Published("resnet34", "ResNet-34 (2015)", 34, 21_797_672, 3.66),
          new Published("resnet50", "ResNet-50 (2015)", 50, 25_557_032, 4.09));

  RevolutionOfDepth() {
    super(
        20, "revolution-of-depth", "AlexNet, VGG-16, ResNet-18, -34 and -50: counted and trained");
  }

  @Override
  protected void run(Output out) throws IOException {
    out.say("The values to compare with are those published with torchvision's models.");
    Picture sizes =
        new Picture(
            "Deeper, and in the end smaller", "layers with weights", "millions of parameters");
    Picture losses = new Picture("Steps on the same four images", "step", "loss");
    for (Published network : NETWORKS) {
      out.say("%s", network.title);
      Model model = Models.create(network.model, new Generator(20));
      count(network, model, out);
      sizes.points(
          network.title, new double[] {network.depth}, new double[] {network.parameters * 1e-6});
      if (!out.quick() || network.model.equals("resnet18")) { // one of them, in a quick run
        double[] curve = train(model, out);
        losses.line(network.title, steps(curve.length), curve);
      }
      model.network().state().values().forEach(Tensor::close); // half a gigabyte for VGG-16
    }
    sizes.range(0, 60, 0, 150).write(out.picture("sizes.png"));
    losses.write(out.picture("losses.png"));
  }

  private static void count(Published network, Model model, Output out) {
    Summary summary = model.network().summary(Shape.of(1, 3, 224, 224));
    // A shortcut that changes the number of channels lies beside the path that is counted.
    long depth =
        weighted(summary).stream().filter(row -> !row.name().contains("downsample")).count();
    long flops = weighted(summary).stream().mapToLong(Summary.Row::flops).sum();
    out.check("layers with weights", network.depth, depth, 0);
    out.say("  parameters %,d", summary.parameters());
    out.check("parameters", network.parameters, summary.parameters(), 0);
    out.check("10^9 multiply-adds", network.billionMultiplyAdds, flops / 2e9, 0.01);
  }

  private static List<Summary.Row> weighted(Summary summary) {
    return summary.rows().stream().filter(row -> row.layer().matches("(Conv2d|Linear).*")).toList();
  }

  /** The losses of some steps on always the same images, which any such network can learn. */
  private static double[] train(Model model, Output out) {
    int images = 4;
    int size = out.quick() ? 64 : 224;
    double[] losses = new double[out.quick() ? 4 : 12];
    Tensor x = new Generator(21).normal(Shape.of(images, 3, size, size), 0, 1);
    Tensor labels = Tensor.ofLongs(new long[] {7, 77, 177, 777}, images);
    Trainer trainer =
        new Trainer(model.network(), new Sgd(model.network().parameters(), 0.01)).clipNorm(5);
    long start = System.nanoTime();
    for (int step = 0; step < losses.length; step++) {
      losses[step] = trainer.step(x, labels);
    }
    out.say(
        "  %d images of %dx%d, %d steps of %.2f s: loss %.3f to %.3f",
        images,
        size,
        size,
        losses.length,
        (System.nanoTime() - start) * 1e-9 / losses.length,
        losses[0],
        losses[losses.length - 1]);
    out.check("the loss falls", losses[losses.length - 1] < losses[0]);
    return losses;
  }

  private static double[] steps(int count) {
    double[] steps = new double[count];
    Arrays.setAll(steps, step -> step + 1);
    return steps;
  }
}
