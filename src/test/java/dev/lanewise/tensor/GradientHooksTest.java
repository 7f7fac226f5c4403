package dev.lanewise.tensor;

import static dev.lanewise.tensor.TapeChecks.assertRefused;
import static dev.lanewise.tensor.TapeChecks.grad;
import static dev.lanewise.tensor.TapeChecks.leaf;
import static dev.lanewise.tensor.TapeChecks.variable;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.InScope;
import dev.lanewise.memory.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Hooks on the gradients of tensors. */
@ExtendWith(InScope.class)
class GradientHooksTest {
  @Test
  void aHookOnALeafReplacesWhatIsCollected() {
    Tensor x = leaf(1, 2).onGradient(dy -> dy.mul(10));
    x.mul(x).sum().backward();
    assertArrayEquals(new float[] {20, 40}, grad(x));
  }

  @Test
  void aHookOnAnInnerTensorSeesTheWholeGradientAndReplacesIt() {
    List<float[]> seen = new ArrayList<>();
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3);
    y.onGradient(dy -> {
      seen.add(dy.toArray());
      return dy.neg();
    });
    y.add(y.mul(4)).sum().backward();
    assertEquals(1, seen.size());
    assertArrayEquals(new float[] {5, 5}, seen.getFirst());
    assertArrayEquals(new float[] {-15, -15}, grad(x));
  }

  @Test
  void hooksRunInTheOrderOfTheirRegistration() {
    Tensor x = variable(1).onGradient(dy -> dy.add(1)).onGradient(dy -> dy.mul(2));
    x.mul(3).backward();
    assertEquals(8, grad(x)[0]);
    assertRefused(
        () -> Tensor.ones(1).onGradient(dy -> dy),
        IllegalStateException.class,
        "requires no gradient");
  }

  @Test
  void aHookCanBeTakenOff() {
    UnaryOperator<Tensor> twice = dy -> dy.mul(2);
    Tensor x = variable(1).onGradient(twice).onGradient(dy -> dy.add(1)).offGradient(twice);
    x.mul(3).backward();
    assertEquals(4, grad(x)[0]);
    Tensor.ones(1).offGradient(twice);
  }

  @Test
  void gradientsThatAHookReplacesGoBackToThePool() {
    int bytes = 1 << 20;
    Tensor x = Tensor.ones(bytes / Float.BYTES).requireGrad();
    Tensor y = x;
    for (int i = 0; i < 20; i++) {
      y = y.neg().onGradient(dy -> dy.mul(2).add(1));
    }
    Tensor loss = y.sum();
    Pool pool = Pool.global();
    long before = pool.usedBytes();
    loss.backward();
    assertTrue(pool.usedBytes() - before < 4L * bytes, pool::report);
  }

  @Test
  void aHookMayGiveATensorOfItsOwnOrAViewOfTheGradient() {
    Tensor mine = Tensor.of(new float[] {5, 6}, 2);
    Tensor x = leaf(1, 2);
    x.mul(1).onGradient(dy -> mine).sum().backward();
    assertArrayEquals(new float[] {5, 6}, grad(x));
    x.zeroGrad();
    assertArrayEquals(new float[] {5, 6}, mine.toArray());

    x.mul(1).onGradient(dy -> dy.flip(0)).backward(Tensor.of(new float[] {3, 4}, 2));
    assertArrayEquals(new float[] {4, 3}, grad(x));
  }

  @Test
  void whatAHookWantsToKeepItReleases() {
    List<Tensor> kept = new ArrayList<>();
    Tensor x = leaf(1, 2);
    x.mul(x)
        .onGradient(dy -> {
          kept.add(Scope.release(dy.mul(7)));
          kept.add(dy.mul(8));
          return dy;
        })
        .sum()
        .backward();
    assertArrayEquals(new float[] {7, 7}, kept.getFirst().toArray());
    assertTrue(kept.getLast().closed());
  }
}
