package dev.lanewise.tensor;

import static dev.lanewise.tensor.TapeChecks.assertRefused;
import static dev.lanewise.tensor.TapeChecks.leaf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The tape as a picture. */
class TapeGraphTest {
  @Test
  void everyOperationAndLeafStandsInItOnce() {
    try (Scope scope = Scope.open()) {
      Tensor x = leaf(1, 2);
      Tensor y = x.exp();
      String expected =
          """
          digraph tape {
            rankdir=BT;
            node [fontsize=11];
            n0 [label="mul", shape=ellipse];
            n1 [label="exp", shape=ellipse];
            n2 [label="the \\"x\\"\\n[2]", shape=box];
            n1 -> n0 [label="[2]", fontsize=9];
            n2 -> n0 [label="[2]", fontsize=9];
            n2 -> n1 [label="[2]", fontsize=9];
            result [shape=plaintext];
            n0 -> result [label="[2]", fontsize=9];
          }
          """;
      assertEquals(expected, Tape.toDot(y.mul(x), Map.of("the \"x\"", x)));
      assertRefused(
          () -> Tape.toDot(Tensor.ones(3), Map.of()),
          IllegalArgumentException.class,
          "toDot: tensor [3] depends on nothing");
    }
  }

  @Test
  void operationsStandInTheFrameOfTheirLayer() {
    try (Scope scope = Scope.open();
        LayerTrail.Keeping keeping = LayerTrail.keep()) {
      LayerTrail trail = keeping.state.trail;
      assertTrue(trail != null);
      Tensor x = leaf(1);
      trail.enter("network", "network");
      trail.enter("layer", "first");
      Tensor y = x.sin();
      trail.leave();
      trail.leave();
      String dot = Tape.toDot(y, Map.of());
      assertTrue(dot.contains("subgraph \"cluster first\""), dot);
    }
  }

  @Test
  void aDeepTapeNeedsNoStack() {
    try (Scope scope = Scope.open()) {
      Tensor x = leaf(1);
      for (int i = 0; i < 20_000; i++) {
        x = x.neg();
      }
      assertEquals(20_001, Tape.toDot(x, Map.of()).lines().filter(l -> l.contains("->")).count());
    }
  }
}
