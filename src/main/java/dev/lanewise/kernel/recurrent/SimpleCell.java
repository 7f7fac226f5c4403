package dev.lanewise.kernel.recurrent;

import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.elementwise.Elementwise;
import dev.lanewise.kernel.elementwise.UnaryFormula;
import dev.lanewise.kernel.vector.VectorMemory;

/**
 * h' = f(a), a being the sum of both products.
 *
 * @param f whose derivative uses its output only
 */
public record SimpleCell(UnaryFormula f) implements Cell {
  @Override
  public int gates() {
    return 1;
  }

  @Override
  public int product(int gate) {
    return 0;
  }

  @Override
  public int hidden() {
    return 0;
  }

  @Override
  public int carried() {
    return -1;
  }

  @Override
  public int kept() {
    return -1;
  }

  @Override
  public int keptBackward() {
    return -1;
  }

  @Override
  public boolean stateKept() {
    return false;
  }

  @Override
  public void forward(long tile, int n) {
    Elementwise.loop(f).run(tile, tile, n);
  }

  @Override
  public void backward(long tile, int n) {
    long part = (long) n * Float.BYTES;
    long dh = tile + OUTPUT * part;
    VectorMemory.addVectors(tile + RETURNED * part, dh, n / L);
    Elementwise.gradientLoop(f).run(tile, tile, dh, tile, n);
  }
}
