package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** When the memory of a tensor goes back to the pool. */
class ScopeTest {
  private static final int COLLECTIONS = 100;

  @Test
  void aScopeClosesWhatWasMadeInside() {
    Tensor outside = Tensor.ones(3);
    List<Tensor> inside = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      inside.add(outside.mul(2));
      inside.add(inside.getFirst().reshape(3, 1));
      inside.add(Tensor.ones(3));
    }
    inside.forEach(tensor -> assertTrue(tensor.closed(), tensor::toString));
    assertFalse(outside.closed());
    assertThrows(IllegalStateException.class, () -> inside.getFirst().toArray());
    outside.close();
  }

  @Test
  void whatIsKeptGoesToTheEnclosingScopeAndThenOutOfAll() {
    Tensor kept;
    try (Scope outer = Scope.open()) {
      Tensor lost;
      try (Scope inner = Scope.open()) {
        lost = Tensor.ones(2);
        kept = inner.keep(Tensor.full(5, 2));
      }
      assertTrue(lost.closed());
      assertFalse(kept.closed());
      assertSame(kept, outer.keep(kept));
    }
    assertArrayEquals(new float[] {5, 5}, kept.toArray());
    kept.close();
    assertTrue(kept.closed());
  }

  @Test
  void onlyWhatWasMadeInsideCanBeKept() {
    Tensor outside = Tensor.ones(2);
    try (Scope scope = Scope.open()) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> scope.keep(outside)).getMessage();
      assertTrue(message.contains("[2] was not made in this scope"), message);
    }
    outside.close();
  }

  @Test
  void keepingAViewKeepsItsMemory() {
    Tensor row;
    try (Scope scope = Scope.open()) {
      Tensor matrix = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
      row = scope.keep(matrix.select(0, 1));
    }
    assertArrayEquals(new float[] {3, 4}, row.toArray());
    row.close();
  }

  @Test
  void gradientsOfParametersSurviveTheScope() {
    Tensor parameter = Tensor.of(new float[] {1, 2}, 2).requireGrad();
    try (Scope scope = Scope.open()) {
      parameter.mul(parameter).sum().backward();
    }
    Tensor grad = parameter.grad();
    assertNotNull(grad);
    assertArrayEquals(new float[] {2, 4}, grad.toArray());
    try (Scope scope = Scope.open()) {
      parameter.mul(3).sum().backward();
    }
    assertArrayEquals(new float[] {5, 7}, parameter.grad().toArray());
    parameter.zeroGrad();
    parameter.close();
  }

  @Test
  void aParameterMadeInAScopeIsReleased() {
    Tensor parameter;
    try (Scope scope = Scope.open()) {
      parameter = Scope.release(Tensor.ones(2));
    }
    assertArrayEquals(new float[] {1, 1}, parameter.toArray());
    parameter.close();
  }

  @Test
  void scopesCloseFromTheInside() {
    Scope outer = Scope.open();
    Scope inner = Scope.open();
    String message = assertThrows(IllegalStateException.class, outer::close).getMessage();
    assertTrue(message.contains("close the inner scopes first"), message);
    inner.close();
    inner.close();
    outer.close();
  }

  @Test
  void scopesBelongToTheirThread() throws InterruptedException {
    try (Scope scope = Scope.open()) {
      AtomicReference<Tensor> elsewhere = new AtomicReference<>();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread thread =
          new Thread(() -> {
            elsewhere.set(Tensor.ones(2));
            try {
              scope.close();
            } catch (IllegalStateException expected) {
              thrown.set(expected);
            }
          });
      thread.start();
      thread.join();
      assertTrue(
          thrown.get() != null
              && thrown.get().getMessage().contains("on the thread that opened them"));
      scope.close();
      assertFalse(elsewhere.get().closed(), "made on a thread without a scope");
      elsewhere.get().close();
    }
  }

  /** There may be less: the collector gives back what other tests left to it. */
  private static void assertNothingLeft(long before) {
    assertTrue(Pool.global().usedBytes() <= before, () -> Pool.global().report());
  }

  @Test
  void manyTensorsMayPassThroughAScope() {
    long before = Pool.global().usedBytes();
    List<Tensor> open = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < 10_000; i++) {
        Tensor tensor = Tensor.full(i, 16);
        if (i % 7 == 0) {
          open.add(tensor);
        } else {
          tensor.close();
        }
      }
      Tensor kept = scope.keep(open.removeFirst());
      for (int i = 0; i < open.size(); i++) {
        assertEquals(7 * (i + 1), open.get(i).toArray()[0]);
      }
      kept.close();
    }
    open.forEach(tensor -> assertTrue(tensor.closed(), tensor::toString));
    assertNothingLeft(before);
  }

  @Test
  void anotherThreadMayCloseAndKeepWhatAScopeHolds() throws InterruptedException {
    long before = Pool.global().usedBytes();
    Tensor moved;
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        Tensor closed = Tensor.ones(4);
        moved = Tensor.full(2, 4);
        Thread other =
            new Thread(() -> {
              closed.close();
              inner.keep(moved);
            });
        other.start();
        other.join();
        assertTrue(closed.closed());
      }
      assertArrayEquals(new float[] {2, 2, 2, 2}, moved.toArray());
    }
    assertTrue(moved.closed());
    assertNothingLeft(before);
  }

  @Test
  void whatArrivesWhileAScopeClosesIsFreedOrRefused() throws Exception {
    CyclicBarrier start = new CyclicBarrier(2);
    AtomicReference<Scope> target = new AtomicReference<>();
    int rounds = 20_000;
    List<Tensor> moved = new ArrayList<>();
    FutureTask<Void> mover =
        new FutureTask<>(() -> {
          for (int i = 0; i < rounds; i++) {
            try (Scope mine = Scope.open()) {
              Tensor tensor = Tensor.ones(4);
              moved.add(tensor);
              start.await();
              tensor.storage().moveTo(target.get());
            }
            start.await();
          }
          return null;
        });
    Thread thread = new Thread(mover);
    thread.start();
    int refused = 0;
    for (int i = 0; i < rounds; i++) {
      try (Scope scope = Scope.open()) {
        target.set(scope);
        start.await();
      }
      start.await();
      Tensor tensor = moved.get(i);
      if (!tensor.closed()) {
        assertNull(tensor.storage().scope, "a closed scope holds memory that nobody will free");
        tensor.close();
        refused++;
      }
    }
    thread.join();
    mover.get();
    assertTrue(refused < rounds, "some must have arrived in time");
  }

  @Test
  void aClosedScopeTakesNothing() {
    Scope scope = Scope.open();
    scope.close();
    try (Scope other = Scope.open()) {
      Tensor tensor = Tensor.ones(4);
      tensor.storage().moveTo(scope);
      assertNull(tensor.storage().scope);
      other.close();
      assertFalse(tensor.closed());
      tensor.close();
    }
  }

  @Test
  void anExceptionClosesTheScopeToo() {
    List<Tensor> made = new ArrayList<>();
    assertThrows(
        IllegalArgumentException.class,
        () -> {
          try (Scope scope = Scope.open()) {
            made.add(Tensor.ones(2));
            made.getFirst().add(Tensor.ones(3));
          }
        });
    assertTrue(made.getFirst().closed());
    // The next tensor belongs to no scope.
    Tensor free = Tensor.ones(1);
    assertFalse(free.closed());
    free.close();
  }

  @Test
  void closedMemoryIsReusedAtOnce() {
    try (Scope scope = Scope.open()) {
      long bytes = 1 << 20;
      Tensor.uninitialized((int) bytes / 4).close();
      long reserved = Pool.global().reservedBytes();
      for (int i = 0; i < 20; i++) {
        Tensor.uninitialized((int) bytes / 4).close();
      }
      assertEquals(reserved, Pool.global().reservedBytes());
    }
  }

  @Test
  void unreachableTensorsOutsideScopesAreFreed() {
    long large = 64L << 20;
    long before = Pool.global().usedBytes();
    makeAndForget((int) (large / 4));
    for (int i = 0; i < COLLECTIONS && Pool.global().usedBytes() >= before + large; i++) {
      System.gc();
      Thread.yield();
    }
    assertTrue(
        Pool.global().usedBytes() < before + large,
        () -> "64 MB stay in use\n" + Pool.global().report());
  }

  /** In a method of its own, so that no local variable holds on. */
  private static void makeAndForget(int elements) {
    Tensor x = Tensor.uninitialized(elements).requireGrad();
    assertTrue(x.slice(0, 0, 2).requiresGrad());
  }
}
