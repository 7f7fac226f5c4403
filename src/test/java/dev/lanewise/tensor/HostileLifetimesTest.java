package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Tensors that are closed at the wrong time, twice, by two threads, or inside backward: there is an
 * exception that says so, or it does no harm.
 */
class HostileLifetimesTest {
  private static void refused(String message, Runnable call) {
    String found = assertThrows(IllegalStateException.class, call::run).getMessage();
    assertTrue(found.contains(message), () -> "the message is: " + found);
  }

  @Test
  void whatAHookClosesIsMissedWhereItIsUsed() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.ones(3).requireGrad();
      Tensor y = x.exp();
      Tensor z =
          y.onGradient(dy -> {
            y.close();
            return dy;
          });
      refused("backward of exp: the tensor [3] that it saved was closed", z.sum()::backward);
    }
  }

  @Test
  void aHookThatClosesItsGradient() {
    for (boolean createGraph : new boolean[] {false, true}) {
      try (Scope scope = Scope.open()) {
        Tensor x = Tensor.ones(3).requireGrad();
        Tensor y =
            x.exp()
                .onGradient(dy -> {
                  dy.close();
                  return dy;
                });
        refused("is closed", () -> y.square().sum().backward(null, false, createGraph));
      }
    }
  }

  @Test
  void closedLeavesGradientsAndResults() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.ones(3).requireGrad();
      x.square().sum().backward();
      x.grad().close();
      refused("is closed", () -> x.square().sum().backward());
      x.zeroGrad();
      x.mul(2).sum().backward();
      assertArrayEquals(new float[] {2, 2, 2}, x.grad().toArray());
      Tensor y = x.square().sum();
      y.backward();
      refused("freed by an earlier backward", y::backward);
      Tensor closed = x.mul(3).sum();
      closed.close();
      closed.close();
      closed.backward(); // needs its shape only, and what it saved
      x.close();
      refused("mul: input 0 [3] is closed", () -> x.mul(x));
      refused("is closed", x::toArray);
      refused("is closed", () -> x.reshape(3, 1));
    }
  }

  /** A handle counts once, whoever closes it: the view keeps the elements. */
  @Test
  void twoThreadsCloseOneHandle() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int i = 0; i < 2000; i++) {
        Tensor x = Tensor.full(i, 4);
        Tensor view = x.reshape(2, 2);
        CyclicBarrier start = new CyclicBarrier(2);
        Callable<Void> close =
            () -> {
              start.await();
              x.close();
              return null;
            };
        List<Future<Void>> both = List.of(threads.submit(close), threads.submit(close));
        for (Future<Void> one : both) {
          one.get();
        }
        assertFalse(view.closed(), "round " + i);
        assertEquals(4f * i, view.sum().item());
        view.close();
      }
    } finally {
      threads.shutdown();
    }
  }
}
