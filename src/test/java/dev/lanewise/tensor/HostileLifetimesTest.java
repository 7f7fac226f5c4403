package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;

/**
 * Tensors that are closed at the wrong time, twice, by two threads, or inside backward: there is an
 * exception that says so, or it does no harm.
 */
class HostileLifetimesTest {
  private static final int THREADS = 3;
  private static final int HANDLES = 20_000;

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

  /**
   * A handle counts once, whoever closes it: the view keeps the elements. Both threads go through
   * the same handles in the same order, and whoever is behind finds them closed and so catches up:
   * they meet at many of them. (Where closing is not atomic, each of the rounds loses some views.)
   */
  @Test
  void twoThreadsCloseTheSameHandles() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 20; round++) {
        List<Tensor> handles = new ArrayList<>();
        List<Tensor> views = new ArrayList<>();
        for (int i = 0; i < HANDLES; i++) {
          Tensor x = Tensor.full(i, 4);
          handles.add(x);
          views.add(x.reshape(2, 2));
        }
        AtomicInteger missing = new AtomicInteger(2);
        Callable<Void> close =
            () -> {
              missing.decrementAndGet();
              while (missing.get() > 0) { // to be woken would take longer than the whole loop
                Thread.onSpinWait();
              }
              handles.forEach(Tensor::close);
              return null;
            };
        List<Future<Void>> both = List.of(threads.submit(close), threads.submit(close));
        for (Future<Void> one : both) {
          one.get();
        }
        for (int i = 0; i < views.size(); i++) {
          assertFalse(views.get(i).closed(), "the view of handle " + i + ", round " + round);
          assertEquals(4f * i, views.get(i).sum().item());
          views.get(i).close();
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  /**
   * Threads use and close the tensors of each other. What a thread has for itself keeps its values;
   * every exception says that something is closed, freed, or not of this scope or thread.
   */
  @Test
  void threadsThatCloseWhatOthersUse() throws Exception {
    AtomicReferenceArray<Tensor> shared = new AtomicReferenceArray<>(8);
    AtomicReferenceArray<Scope> scopes = new AtomicReferenceArray<>(THREADS);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Integer>> runs = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int number = i;
        runs.add(threads.submit(() -> new Vandal(number, shared, scopes).run(4000)));
      }
      int refusals = 0;
      for (Future<Integer> run : runs) {
        refusals += run.get();
      }
      assertTrue(refusals > 0, "nothing was refused: nobody met");
    } finally {
      threads.shutdown();
    }
  }

  private record Vandal(
      int number, AtomicReferenceArray<Tensor> shared, AtomicReferenceArray<Scope> scopes) {

    int run(int rounds) {
      Random random = new Random(number);
      int refusals = 0;
      for (int i = 0; i < rounds; i++) {
        try (Scope scope = Scope.open()) {
          scopes.set(number, scope);
          Tensor own = Tensor.full(number + 1, 64);
          try {
            act(random, scope);
          } catch (IllegalStateException | IllegalArgumentException refused) {
            refusals++;
            assertTrue(
                refused.getMessage().matches(".*(closed|free|scope|retainGraph|in place).*"),
                refused::getMessage);
          }
          float[] values = own.toArray();
          float[] expected = new float[64];
          Arrays.fill(expected, number + 1);
          assertArrayEquals(expected, values);
        }
      }
      return refusals;
    }

    private void act(Random random, Scope scope) {
      int at = random.nextInt(shared.length());
      Tensor x = shared.get(at);
      if (x == null || random.nextInt(4) == 0) {
        Tensor made = Tensor.full(7, 64);
        if (random.nextBoolean()) {
          made.requireGrad();
        }
        shared.set(at, random.nextBoolean() ? scope.keep(made) : made);
        return;
      }
      switch (random.nextInt(10)) {
        case 0 -> x.close();
        case 1 -> {
          x.close();
          x.close();
        }
        case 2 -> x.toArray();
        case 3 -> shared.set(at, x.reshape(8, 8).transpose(0, 1));
        case 4 -> x.exp().add(x).sum().item();
        case 5 -> x.reshape(8, 8).matmul(x.reshape(8, 8)).toArray();
        case 6 -> Scope.release(x);
        case 7 -> scope.keep(x);
        case 8 -> {
          Scope other = scopes.get((number + 1) % THREADS);
          if (other != null) {
            other.close();
          }
        }
        default -> {
          Tensor leaf = Tensor.ones(64).requireGrad();
          leaf.mul(x.reshape(64)).sum().backward();
          leaf.grad().toArray();
        }
      }
    }
  }
}
