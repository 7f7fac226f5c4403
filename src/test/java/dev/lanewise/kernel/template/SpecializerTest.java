package dev.lanewise.kernel.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.HeapMeter;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.invoke.MethodHandles;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SpecializerTest {
  interface VectorOp {
    FloatVector apply(FloatVector x);
  }

  record Scale(float factor) implements VectorOp {
    @Override
    public FloatVector apply(FloatVector x) {
      return x.mul(factor);
    }
  }

  interface Kernel {
    void run(long source, long target, long n);
  }

  static final class Loop implements Kernel {
    private static final @Nullable VectorOp OP =
        Specializer.data(MethodHandles.lookup(), VectorOp.class);
    private final @Nullable VectorOp ordinary;

    Loop() {
      ordinary = null;
    }

    Loop(VectorOp op) {
      ordinary = op;
    }

    @Override
    public void run(long source, long target, long n) {
      VectorOp op = OP != null ? OP : Objects.requireNonNull(ordinary);
      for (long i = 0; i < n; i += Lanes.L) {
        FloatVector x = FloatVector.fromMemorySegment(Lanes.F, Mem.ALL, source + 4 * i, Mem.ORDER);
        op.apply(x).intoMemorySegment(Mem.ALL, target + 4 * i, Mem.ORDER);
      }
    }
  }

  static final class WithoutConstructor implements Kernel {
    WithoutConstructor(int unused, int unusedToo) {}

    @Override
    public void run(long source, long target, long n) {}
  }

  private static Kernel kernel(VectorOp op, boolean possible) {
    return Specializer.specialise(MethodHandles.lookup(), Loop.class, op, Kernel.class, possible);
  }

  private static void check(Kernel kernel, java.util.function.UnaryOperator<Float> expected) {
    Block source = Pool.global().allocate(4 * 64, "test");
    Block target = Pool.global().allocate(4 * 64, "test");
    for (int i = 0; i < 64; i++) {
      Mem.set(source.address() + 4L * i, i - 32);
    }
    kernel.run(source.address(), target.address(), 64);
    for (int i = 0; i < 64; i++) {
      assertEquals(expected.apply((float) (i - 32)), Mem.get(target.address() + 4L * i));
    }
    source.free();
    target.free();
  }

  @Test
  void copiesOfOneTemplateKeepTheirOwnData() {
    Kernel relu = kernel(x -> x.max(0), true);
    Kernel negate = kernel(x -> x.neg(), true);
    Kernel triple = kernel(new Scale(3), true);
    Kernel half = kernel(new Scale(0.5f), true);
    assertNotSame(relu.getClass(), negate.getClass());
    assertTrue(relu.getClass().isHidden());
    check(relu, x -> Math.max(x, 0));
    check(negate, x -> 0 - x == 0 ? -x : 0 - x);
    check(triple, x -> 3 * x);
    check(half, x -> 0.5f * x);
  }

  @Test
  void withoutHiddenClassesTheDataComesThroughTheConstructor() {
    Kernel relu = kernel(x -> x.max(0), false);
    Kernel triple = kernel(new Scale(3), false);
    assertEquals(Loop.class, relu.getClass());
    check(relu, x -> Math.max(x, 0));
    check(triple, x -> 3 * x);
  }

  @Test
  void aHotCopyAllocatesNothing() {
    Kernel[] kernels = {
      kernel(x -> x.max(0), true),
      kernel(x -> x.neg(), true),
      kernel(x -> x.mul(x), true),
      kernel(x -> x.add(1).sqrt(), true),
      kernel(new Scale(3), true)
    };
    Block source = Pool.global().allocate(4 * 1024, "test");
    Block target = Pool.global().allocate(4 * 1024, "test");
    for (int i = 0; i < 1024; i++) {
      Mem.set(source.address() + 4L * i, i);
    }
    // The compiler works in the background: hot is when a whole round allocates nothing.
    long bytes = Long.MAX_VALUE;
    for (int round = 0; round < 300 && bytes > 0; round++) {
      long before = HeapMeter.bytes();
      for (int i = 0; i < 1_000; i++) {
        for (Kernel kernel : kernels) {
          kernel.run(source.address(), target.address(), 1024);
        }
      }
      bytes = HeapMeter.bytes() - before;
    }
    assertEquals(0, bytes, "bytes allocated by 5000 calls");
    source.free();
    target.free();
  }

  @Test
  void anUnfitTemplateIsNamed() {
    for (boolean possible : new boolean[] {true, false}) {
      var error =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  Specializer.specialise(
                      MethodHandles.lookup(),
                      WithoutConstructor.class,
                      new Scale(1),
                      Kernel.class,
                      possible));
      assertTrue(error.getMessage().contains("WithoutConstructor"), error.getMessage());
    }
  }
}
