package dev.lanewise.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.kernel.product.OuterProduct;
import dev.lanewise.nn.BatchNorm2d;
import dev.lanewise.nn.Conv2d;
import dev.lanewise.nn.Flatten;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.ReLU;
import dev.lanewise.nn.Sequential;
import dev.lanewise.optim.Sgd;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.LayerTrail;
import dev.lanewise.tensor.Profile;
import dev.lanewise.tensor.Profile.Pass;
import dev.lanewise.tensor.Profiler;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfilerTest {
  /** Multiply-adds of the second convolution count two: 2 N K H W C R S. */
  private static final long CONV_FLOPS = 2L * 3 * 4 * 6 * 6 * 5 * 3 * 3;

  @TempDir Path folder;

  private final Generator random = new Generator(7);
  private final Sequential network =
      new Sequential()
          .add(
              "features",
              new Sequential(
                  new Conv2d(2, 5, 3, 1, 1, random), new ReLU(), new Conv2d(5, 4, 3, 1, 1, random)))
          .add("flatten", new Flatten())
          .add("head", new Linear(4 * 36, 2, random));
  private final Trainer trainer = new Trainer(network, new Sgd(network.parameters(), 0.1f, 0.9f));
  private final Tensor x = random.normal(Shape.of(3, 2, 6, 6), 0, 1);
  private final Tensor labels = Tensor.ofLongs(new long[] {0, 1, 1}, 3);

  @AfterEach
  void noProfilerIsLeft() {
    assertNull(Profiler.current());
  }

  private Profile steps(int count) {
    Profiler profiler = Profiler.start();
    for (int i = 0; i < count; i++) {
      trainer.step(x, labels);
    }
    return profiler.stop();
  }

  private static Profile.Row row(Profile profile, String layer, String operation, Pass pass) {
    return profile.rows().stream()
        .filter(r -> r.layer().equals(layer) && r.operation().equals(operation) && r.pass() == pass)
        .findFirst()
        .orElseThrow(() -> new AssertionError(layer + " " + operation + " in " + profile.rows()));
  }

  @Test
  void operationsBelongToTheirLayersForwardAndBackward() {
    Profile profile = steps(2);
    for (Profile.Row conv :
        List.of(
            row(profile, "features.2", "conv2d", Pass.FORWARD),
            row(profile, "features.2", "conv2dInputGradient", Pass.BACKWARD),
            row(profile, "features.2", "conv2dWeightGradient", Pass.BACKWARD))) {
      assertEquals(2, conv.calls());
      assertEquals(2 * CONV_FLOPS, conv.flops(), conv.toString());
      assertTrue(conv.allocatedBytes() > 0, conv.toString());
      assertTrue(conv.limitSeconds() > 0 && conv.seconds() > 0, conv.toString());
    }
    Profile.Row fused = row(profile, "features.1", "relu", Pass.BACKWARD);
    // dy and y in, dx out: 16 lanes, or fewer, hold the 3 images.
    assertTrue(fused.bytes() >= 2 * 3 * 4 * 3 * 5 * 36, fused.toString());
    assertEquals(2 * 3 * 5 * 36, fused.flops());
    // The gradient of a composed backward is that of the operations inside.
    assertEquals(0, row(profile, "features.2", "conv2d", Pass.BACKWARD).flops());
    assertEquals(1, row(profile, "features.0", "conv2d: to lanes", Pass.FORWARD).reorders() / 2);
    assertEquals(2, row(profile, "", "Sgd", Pass.UPDATE).calls());
    assertEquals(2, row(profile, "", "crossEntropy", Pass.FORWARD).calls());
  }

  /** What two layers do in one operation stands under both, and so does a second form of a call. */
  @Test
  void fusedLayersAndOtherFormsOfCallsHaveTheirNames() {
    Sequential layers = new Sequential();
    BatchNorm2d norm = new BatchNorm2d(2).withReLU();
    layers.add("norm", norm).add("flatten", new Flatten());
    layers.add("fc", new Linear(72, 3, random)).add("relu", new ReLU());
    Layer residual =
        new Layer() {
          {
            child("body", layers);
            child("norm", norm);
          }

          @Override
          public Tensor forward(Tensor given) {
            return layers.call(norm.call(given, given));
          }
        };
    Profiler profiler = Profiler.start();
    residual.call(x).sum().backward();
    Profile profile = profiler.stop();
    assertEquals(2, row(profile, "body.norm", "batchNorm", Pass.FORWARD).calls());
    assertEquals(2, row(profile, "body.norm", "batchNorm", Pass.BACKWARD).calls());
    assertEquals(1, row(profile, "body.fc+relu", "linear", Pass.FORWARD).calls());
    assertEquals(
        Set.of("", "body.norm", "body.flatten", "body.fc+relu"),
        profile.byLayer().stream().map(Profile.Row::layer).collect(Collectors.toSet()));
  }

  @Test
  void aSumOfGradientsIsAnAdditionOfBackward() {
    Tensor w = random.normal(Shape.of(7, 5), 0, 1).requireGrad();
    Tensor y = w.mul(2);
    Tensor loss = y.square().add(y.exp()).sum();
    Profiler profiler = Profiler.start();
    loss.backward();
    Profile.Row sum = row(profiler.stop(), "", "add", Pass.BACKWARD);
    assertEquals(35, sum.flops(), sum.toString());
    assertEquals(3 * 4 * 35, sum.bytes(), sum.toString());
  }

  @Test
  void theProductsOfADeferredGradientBelongToTheOptimiser() {
    int in = 1024;
    int out = 520;
    assumeTrue(OuterProduct.suits(out, in, 3));
    Tensor w = random.normal(Shape.of(out, in), 0, 1).requireGrad();
    random.normal(Shape.of(3, in), 0, 1).linear(w, null).backward(Tensor.ones(3, out));
    Profiler profiler = Profiler.start();
    new Sgd(Map.of("w", w), 0.1f).step();
    Profile.Row sgd = row(profiler.stop(), "", "Sgd", Pass.UPDATE);
    // x - rate g, and the sum over three samples.
    assertEquals(2L * in * out + 2L * in * out * 3, sgd.flops(), sgd.toString());
  }

  @Test
  void sumsAddUp() {
    Profile profile = steps(3);
    double own = profile.rows().stream().mapToDouble(Profile.Row::seconds).sum();
    for (List<Profile.Row> sums :
        List.of(profile.byOperation(), profile.byLayer(), profile.byPass())) {
      assertEquals(own, sums.stream().mapToDouble(Profile.Row::seconds).sum(), own * 1e-9);
      assertEquals(
          profile.rows().stream().mapToLong(Profile.Row::calls).sum(),
          sums.stream().mapToLong(Profile.Row::calls).sum());
    }
    assertTrue(own <= profile.seconds());
    assertTrue(profile.rows().stream().allMatch(row -> row.seconds() >= 0));
    assertEquals(
        Set.of("", "features.0", "features.1", "features.2", "flatten", "head"),
        profile.byLayer().stream().map(Profile.Row::layer).collect(Collectors.toSet()));
  }

  @Test
  void nothingComputesDifferentlyUnderAProfiler() {
    float[] plain = network.forward(x).toArray();
    Profiler profiler = Profiler.start();
    float[] watched = network.call(x).toArray();
    profiler.stop();
    assertArrayEquals(plain, watched);
  }

  @Test
  void aThreadHasOneProfilerAndItStopsOnce() {
    Profiler profiler = Profiler.start();
    assertThrows(IllegalStateException.class, Profiler::start);
    profiler.stop();
    assertThrows(IllegalStateException.class, profiler::stop);
  }

  @Test
  void anErrorInAnOperationLeavesTheProfilerInOrder() {
    Profiler profiler = Profiler.start();
    Tensor wrong = Tensor.ofLongs(new long[] {0, 9, 1}, 3);
    assertThrows(IllegalArgumentException.class, () -> trainer.step(x, wrong));
    assertThrows(IllegalArgumentException.class, () -> network.call(Tensor.zeros(3, 1, 6, 6)));
    assertNull(LayerTrail.current().layer());
    profiler.reset();
    trainer.step(x, labels);
    Profile profile = profiler.stop();
    assertEquals(1, row(profile, "head", "linear", Pass.FORWARD).calls());
    assertEquals(1, row(profile, "", "Sgd", Pass.UPDATE).calls());
  }

  @Test
  void aRecordingHasAnEventForEachCall() throws IOException {
    Path file = folder.resolve("profile.jfr");
    Profile profile;
    try (Recording recording = new Recording()) {
      recording.enable("dev.lanewise.Operation");
      recording.start();
      profile = steps(1);
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("dev.lanewise.Operation"))
            .toList();
    assertEquals(profile.rows().stream().mapToLong(Profile.Row::calls).sum(), events.size());
    RecordedEvent conv =
        events.stream()
            .filter(event -> event.getString("operation").equals("conv2dWeightGradient"))
            .filter(event -> event.getString("layer").equals("features.2"))
            .findFirst()
            .orElseThrow();
    assertEquals("BACKWARD", conv.getString("pass"));
    assertEquals(CONV_FLOPS, conv.getLong("flops"));
  }
}
