package dev.lanewise.kernel.recurrent;

import static dev.lanewise.kernel.vector.Lanes.F;
import static dev.lanewise.kernel.vector.Lanes.L;
import static dev.lanewise.kernel.vector.Mem.ADDRESS_BITS;
import static dev.lanewise.kernel.vector.Mem.ALL;
import static dev.lanewise.kernel.vector.Mem.ORDER;

import dev.lanewise.kernel.elementwise.UnaryRange;
import dev.lanewise.kernel.template.FirstCalls;
import dev.lanewise.kernel.vector.Mem;
import jdk.incubator.vector.FloatVector;

/**
 * Gates r, z, n: n = tanh(a + r b), where b is the product with the hidden values, h' = n + z (h -
 * n).
 *
 * @param sigmoid the loop for r and z
 * @param tanh the loop for n
 */
public record GruCell(UnaryRange sigmoid, UnaryRange tanh) implements Cell {
  private static final FirstCalls FORWARD = new FirstCalls();
  private static final FirstCalls BACKWARD = new FirstCalls();

  private static final int GATES = 3;

  /** b. */
  private static final int PRODUCT = 3;

  private static final int CARRIED = 4;

  @Override
  public int gates() {
    return GATES;
  }

  @Override
  public int product(int gate) {
    return gate < 2 ? gate : PRODUCT;
  }

  @Override
  public int hidden() {
    return CARRIED;
  }

  @Override
  public int carried() {
    return CARRIED;
  }

  @Override
  public int kept() {
    return PRODUCT;
  }

  @Override
  public int keptBackward() {
    return PRODUCT;
  }

  @Override
  public boolean stateKept() {
    return false;
  }

  @Override
  public void forward(long tile, int n) {
    long part = (long) n * Float.BYTES;
    sigmoid.run(tile, tile, 2 * n);
    long start = FORWARD.over() ? 0 : System.nanoTime();
    boolean vectors = FORWARD.over() || FORWARD.vectorsNext();
    if (vectors) {
      sums(tile, part, n);
    } else {
      scalarSums(tile, part, n);
    }
    tanh.run(tile + 2 * part, tile + 2 * part, n);
    if (vectors) {
      states(tile, part, n);
    } else {
      scalarStates(tile, part, n);
    }
    if (!FORWARD.over() && vectors) {
      FORWARD.vectorsDone(System.nanoTime() - start, 3L * n);
    } else if (!FORWARD.over()) {
      FORWARD.scalarsDone(System.nanoTime() - start);
    }
  }

  /** a + r b. */
  static void sums(long tile, long part, int n) {
    long r = tile & ADDRESS_BITS;
    long a = tile + 2 * part & ADDRESS_BITS;
    long b = tile + PRODUCT * part & ADDRESS_BITS;
    for (int j = 0; j < n; j += L) {
      long at = (long) j * Float.BYTES;
      FloatVector.fromMemorySegment(F, ALL, r + at, ORDER)
          .fma(
              FloatVector.fromMemorySegment(F, ALL, b + at, ORDER),
              FloatVector.fromMemorySegment(F, ALL, a + at, ORDER))
          .intoMemorySegment(ALL, a + at, ORDER);
    }
  }

  static void scalarSums(long tile, long part, int n) {
    for (int j = 0; j < n; j++) {
      long at = tile + (long) j * Float.BYTES;
      float a = Mem.get(at + 2 * part);
      Mem.set(at + 2 * part, Math.fma(Mem.get(at), Mem.get(at + PRODUCT * part), a));
    }
  }

  /** n + z (h - n). */
  static void states(long tile, long part, int n) {
    long z = tile + part & ADDRESS_BITS;
    long fresh = tile + 2 * part & ADDRESS_BITS;
    long h = tile + CARRIED * part & ADDRESS_BITS;
    for (int j = 0; j < n; j += L) {
      long at = (long) j * Float.BYTES;
      FloatVector value = FloatVector.fromMemorySegment(F, ALL, fresh + at, ORDER);
      FloatVector.fromMemorySegment(F, ALL, z + at, ORDER)
          .fma(FloatVector.fromMemorySegment(F, ALL, h + at, ORDER).sub(value), value)
          .intoMemorySegment(ALL, h + at, ORDER);
    }
  }

  static void scalarStates(long tile, long part, int n) {
    for (int j = 0; j < n; j++) {
      long at = tile + (long) j * Float.BYTES;
      float value = Mem.get(at + 2 * part);
      float before = Mem.get(at + CARRIED * part) - value;
      Mem.set(at + CARRIED * part, Math.fma(Mem.get(at + part), before, value));
    }
  }

  @Override
  public void backward(long tile, int n) {
    long part = (long) n * Float.BYTES;
    if (BACKWARD.over()) {
      gradients(tile, part, n);
      return;
    }
    long start = System.nanoTime();
    if (BACKWARD.vectorsNext()) {
      gradients(tile, part, n);
      BACKWARD.vectorsDone(System.nanoTime() - start, 5L * n);
    } else {
      scalarGradients(tile, part, n);
      BACKWARD.scalarsDone(System.nanoTime() - start);
    }
  }

  /**
   * With dh' from all sides: dz = dh' (h - n) z (1 - z), da = dh' (1 - z) (1 - n²), dr = da b r (1
   * - r), db = da r, and dh' z goes on.
   */
  static void gradients(long tile, long part, int n) {
    for (int j = 0; j < n; j += L) {
      long at = tile + (long) j * Float.BYTES & ADDRESS_BITS;
      long second = at + part & ADDRESS_BITS;
      long third = at + 2 * part & ADDRESS_BITS;
      long product = at + PRODUCT * part & ADDRESS_BITS;
      long carried = at + CARRIED * part & ADDRESS_BITS;
      long outer = at + OUTPUT * part & ADDRESS_BITS;
      long returned = at + RETURNED * part & ADDRESS_BITS;
      long before = at + BEFORE * part & ADDRESS_BITS;
      FloatVector r = FloatVector.fromMemorySegment(F, ALL, at, ORDER);
      FloatVector z = FloatVector.fromMemorySegment(F, ALL, second, ORDER);
      FloatVector fresh = FloatVector.fromMemorySegment(F, ALL, third, ORDER);
      FloatVector b = FloatVector.fromMemorySegment(F, ALL, product, ORDER);
      FloatVector dh =
          FloatVector.fromMemorySegment(F, ALL, outer, ORDER)
              .add(FloatVector.fromMemorySegment(F, ALL, returned, ORDER))
              .add(FloatVector.fromMemorySegment(F, ALL, carried, ORDER));
      FloatVector kept = dh.mul(z);
      FloatVector through = dh.sub(kept);
      FloatVector da = through.sub(through.mul(fresh).mul(fresh));
      kept.intoMemorySegment(ALL, carried, ORDER);
      da.intoMemorySegment(ALL, third, ORDER);
      da.mul(r).intoMemorySegment(ALL, product, ORDER);
      da.mul(b).mul(r.sub(r.mul(r))).intoMemorySegment(ALL, at, ORDER);
      FloatVector.fromMemorySegment(F, ALL, before, ORDER)
          .sub(fresh)
          .mul(kept.sub(kept.mul(z)))
          .intoMemorySegment(ALL, second, ORDER);
    }
  }

  static void scalarGradients(long tile, long part, int n) {
    for (int j = 0; j < n; j++) {
      long at = tile + (long) j * Float.BYTES;
      float r = Mem.get(at);
      float z = Mem.get(at + part);
      float fresh = Mem.get(at + 2 * part);
      float b = Mem.get(at + PRODUCT * part);
      float dh =
          Mem.get(at + OUTPUT * part)
              + Mem.get(at + RETURNED * part)
              + Mem.get(at + CARRIED * part);
      float kept = dh * z;
      float through = dh - kept;
      float da = through - through * fresh * fresh;
      Mem.set(at + CARRIED * part, kept);
      Mem.set(at + 2 * part, da);
      Mem.set(at + PRODUCT * part, da * r);
      Mem.set(at, da * b * (r - r * r));
      Mem.set(at + part, (Mem.get(at + BEFORE * part) - fresh) * (kept - kept * z));
    }
  }
}
