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
 * Gates i, f, g, o: c' = f c + i g, h' = o tanh(c').
 *
 * @param sigmoid the loop for i, f and o
 * @param tanh the loop for g and the cell
 */
public record LstmCell(UnaryRange sigmoid, UnaryRange tanh) implements Cell {
  private static final FirstCalls FORWARD = new FirstCalls();
  private static final FirstCalls BACKWARD = new FirstCalls();

  private static final int GATES = 4;
  private static final int CARRIED = 4;
  private static final int HIDDEN = 5;

  /** Backward: c'. */
  private static final int CELL = 7;

  @Override
  public int gates() {
    return GATES;
  }

  @Override
  public int product(int gate) {
    return gate;
  }

  @Override
  public int hidden() {
    return HIDDEN;
  }

  @Override
  public int carried() {
    return CARRIED;
  }

  @Override
  public int kept() {
    return CARRIED;
  }

  @Override
  public int keptBackward() {
    return CELL;
  }

  @Override
  public boolean stateKept() {
    return true;
  }

  @Override
  public void forward(long tile, int n) {
    long part = (long) n * Float.BYTES;
    sigmoid.run(tile, tile, 2 * n);
    tanh.run(tile + 2 * part, tile + 2 * part, n);
    sigmoid.run(tile + 3 * part, tile + 3 * part, n);
    long start = FORWARD.over() ? 0 : System.nanoTime();
    boolean vectors = FORWARD.over() || FORWARD.vectorsNext();
    if (vectors) {
      cells(tile, part, n);
    } else {
      scalarCells(tile, part, n);
    }
    tanh.run(tile + CARRIED * part, tile + HIDDEN * part, n);
    if (vectors) {
      outputs(tile, part, n);
    } else {
      scalarOutputs(tile, part, n);
    }
    if (!FORWARD.over() && vectors) {
      FORWARD.vectorsDone(System.nanoTime() - start, 3L * n);
    } else if (!FORWARD.over()) {
      FORWARD.scalarsDone(System.nanoTime() - start);
    }
  }

  /** c' = f c + i g. */
  static void cells(long tile, long part, int n) {
    long i = tile & ADDRESS_BITS;
    long f = tile + part & ADDRESS_BITS;
    long g = tile + 2 * part & ADDRESS_BITS;
    long c = tile + CARRIED * part & ADDRESS_BITS;
    for (int j = 0; j < n; j += L) {
      long at = (long) j * Float.BYTES;
      FloatVector fresh =
          FloatVector.fromMemorySegment(F, ALL, i + at, ORDER)
              .mul(FloatVector.fromMemorySegment(F, ALL, g + at, ORDER));
      FloatVector.fromMemorySegment(F, ALL, f + at, ORDER)
          .fma(FloatVector.fromMemorySegment(F, ALL, c + at, ORDER), fresh)
          .intoMemorySegment(ALL, c + at, ORDER);
    }
  }

  static void scalarCells(long tile, long part, int n) {
    for (int j = 0; j < n; j++) {
      long at = tile + (long) j * Float.BYTES;
      float fresh = Mem.get(at) * Mem.get(at + 2 * part);
      float c = Mem.get(at + CARRIED * part);
      Mem.set(at + CARRIED * part, Math.fma(Mem.get(at + part), c, fresh));
    }
  }

  /** h' = o tanh(c'), where the tanh already is. */
  static void outputs(long tile, long part, int n) {
    long o = tile + 3 * part & ADDRESS_BITS;
    long h = tile + HIDDEN * part & ADDRESS_BITS;
    for (int j = 0; j < n; j += L) {
      long at = (long) j * Float.BYTES;
      FloatVector.fromMemorySegment(F, ALL, h + at, ORDER)
          .mul(FloatVector.fromMemorySegment(F, ALL, o + at, ORDER))
          .intoMemorySegment(ALL, h + at, ORDER);
    }
  }

  static void scalarOutputs(long tile, long part, int n) {
    for (int j = 0; j < n; j++) {
      long at = tile + (long) j * Float.BYTES;
      Mem.set(at + HIDDEN * part, Mem.get(at + HIDDEN * part) * Mem.get(at + 3 * part));
    }
  }

  @Override
  public void backward(long tile, int n) {
    long part = (long) n * Float.BYTES;
    tanh.run(tile + CELL * part, tile + CELL * part, n);
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
   * With y = tanh(c'): do = dh y o (1 - o), dc' = dc + dh o (1 - y²), di = dc' g i (1 - i), df =
   * dc' c f (1 - f), dg = dc' i (1 - g²), dc = dc' f.
   */
  static void gradients(long tile, long part, int n) {
    for (int j = 0; j < n; j += L) {
      // The parts that are written stand before those that are only read.
      long at = tile + (long) j * Float.BYTES & ADDRESS_BITS;
      long outer = at + OUTPUT * part & ADDRESS_BITS;
      long returned = at + RETURNED * part & ADDRESS_BITS;
      long cell = at + CELL * part & ADDRESS_BITS;
      long before = at + BEFORE * part & ADDRESS_BITS;
      long second = at + part & ADDRESS_BITS;
      long third = at + 2 * part & ADDRESS_BITS;
      long fourth = at + 3 * part & ADDRESS_BITS;
      long carried = at + CARRIED * part & ADDRESS_BITS;
      FloatVector i = FloatVector.fromMemorySegment(F, ALL, at, ORDER);
      FloatVector f = FloatVector.fromMemorySegment(F, ALL, second, ORDER);
      FloatVector g = FloatVector.fromMemorySegment(F, ALL, third, ORDER);
      FloatVector o = FloatVector.fromMemorySegment(F, ALL, fourth, ORDER);
      FloatVector y = FloatVector.fromMemorySegment(F, ALL, cell, ORDER);
      FloatVector dh =
          FloatVector.fromMemorySegment(F, ALL, outer, ORDER)
              .add(FloatVector.fromMemorySegment(F, ALL, returned, ORDER));
      FloatVector through = dh.mul(o);
      FloatVector dc =
          through
              .sub(through.mul(y).mul(y))
              .add(FloatVector.fromMemorySegment(F, ALL, carried, ORDER));
      FloatVector dout = dh.mul(y);
      dout.mul(o.sub(o.mul(o))).intoMemorySegment(ALL, fourth, ORDER);
      dc.mul(g).mul(i.sub(i.mul(i))).intoMemorySegment(ALL, at, ORDER);
      FloatVector fresh = dc.mul(i);
      fresh.sub(fresh.mul(g).mul(g)).intoMemorySegment(ALL, third, ORDER);
      dc.mul(FloatVector.fromMemorySegment(F, ALL, before, ORDER))
          .mul(f.sub(f.mul(f)))
          .intoMemorySegment(ALL, second, ORDER);
      dc.mul(f).intoMemorySegment(ALL, carried, ORDER);
    }
  }

  static void scalarGradients(long tile, long part, int n) {
    for (int j = 0; j < n; j++) {
      long at = tile + (long) j * Float.BYTES;
      float i = Mem.get(at);
      float f = Mem.get(at + part);
      float g = Mem.get(at + 2 * part);
      float o = Mem.get(at + 3 * part);
      float y = Mem.get(at + CELL * part);
      float dh = Mem.get(at + OUTPUT * part) + Mem.get(at + RETURNED * part);
      float through = dh * o;
      float dc = through - through * y * y + Mem.get(at + CARRIED * part);
      float fresh = dc * i;
      Mem.set(at + 3 * part, dh * y * (o - o * o));
      Mem.set(at, dc * g * (i - i * i));
      Mem.set(at + 2 * part, fresh - fresh * g * g);
      Mem.set(at + part, dc * Mem.get(at + BEFORE * part) * (f - f * f));
      Mem.set(at + CARRIED * part, dc * f);
    }
  }
}
