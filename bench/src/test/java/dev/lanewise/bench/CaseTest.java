package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class CaseTest {
  @Test
  void everyNameOfTheSuiteIsThatOfItsCase() {
    List<String> names = Suite.all();
    assertEquals(names.size(), new HashSet<>(names).size());
    for (String name : names) {
      assertEquals(name, Case.parse(name).toString());
      assertTrue(Suite.families().contains(Case.parse(name).family()), name);
    }
  }

  @Test
  void theQuickRowsArePartOfTheSuite() {
    assertTrue(Suite.all().containsAll(Suite.quick()));
  }

  @Test
  void workIsCountedByHand() {
    Convolution conv = (Convolution) Case.parse("conv/16x3x224x224:64:7:2:3/backward-weights");
    assertEquals(112, conv.outputShape()[2]);
    assertEquals(2.0 * 16 * 64 * 112 * 112 * 3 * 49, conv.work());
    Convolution depthwise = (Convolution) Case.parse("conv/16x96x112x112:192:3:2:1:96/forward");
    assertArrayEquals(new int[] {192, 1, 3, 3}, depthwise.weightShape());
    assertEquals(2.0 * 16 * 192 * 56 * 56 * 9, depthwise.work());
    assertEquals("conv/16x96x112x112:192:3:2:1:96/forward", depthwise.toString());
    assertEquals(2.0 * 64 * 512 * 784, Case.parse("gemm/64x512x784:NT").work());
    assertEquals(4 * 2.0 * 64 * 64 * 32 * 32, Case.parse("relu/64x64x32x32/forward").work());
    assertEquals(55, ((ImageOp) Case.parse("max-pool-3x3/16x64x112x112/forward")).outputShape()[2]);
  }

  @Test
  void shapesWithoutPassStandForAll() {
    assertEquals(
        List.of("conv/A/forward", "conv/A/backward-data", "conv/A/backward-weights"),
        Suite.variants("conv", "A").toList());
    assertEquals(List.of("conv/A/forward"), Suite.variants("conv", "A/forward").toList());
    assertEquals(4, Suite.variants("gemm", "2x3x4").count());
    assertEquals(List.of("gemm/2x3x4:TN"), Suite.variants("gemm", "2x3x4:TN").toList());
  }

  @Test
  void whatIsNoCaseGetsASentence() {
    for (String wrong :
        List.of(
            "conv/64x64x32x32/forward",
            "conv/64x64x32x32:64:3:1:1/backward",
            "conv/64x64x32x32:64:3:1:1:0/forward",
            "conv/64x64x32x32:64:3:1:1:3/forward",
            "conv/64x64x32x32:48:3:1:1:32/forward",
            "gemm/2x3",
            "gemm/2x3x4:XN",
            "train/mlp",
            "train/lenet6/64",
            "train/mlp/0",
            "eval/mlp",
            "add/1x2x3x4/backward",
            "relu/1x2x3x4/sideways",
            "cross-entropy/64x10",
            "eager-add/0",
            "sgd/lenet6",
            "sort/12",
            "")) {
      var failure = assertThrows(IllegalArgumentException.class, () -> Case.parse(wrong), wrong);
      assertTrue(failure.getMessage().endsWith("."), failure.getMessage());
    }
  }

  @Test
  void networksHaveTheirPublishedNumbersOfParameters() {
    assertEquals(535_818, parameters("mlp"));
    assertEquals(61_706, parameters("lenet5"));
    assertEquals(11_173_962, parameters("resnet18-cifar"));
    assertEquals(61_100_840, parameters("alexnet"));
    assertEquals(2 * 100 + 100 + 300 + 3, parameters("spiral"));
  }

  private static int parameters(String network) {
    return Network.named(network).weightShapes().stream().mapToInt(Numbers::size).sum();
  }

  @Test
  void aStepIsThreeTimesForwardLessTheFirstInputGradient() {
    double first = 2.0 * 784 * 512;
    double rest = 2.0 * (512 * 256 + 256 * 10);
    assertEquals(2 * first + 3 * rest, Network.named("mlp").trainingFlops());
    assertEquals(64 * (first + rest), Case.parse("eval/mlp/64").flops());
    // 1.11 GFLOP a sample forward, as published for 3x32x32.
    assertEquals(3.33e9, Network.named("resnet18-cifar").trainingFlops(), 0.02e9);
  }
}
