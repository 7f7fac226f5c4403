package dev.lanewise.kernel.recurrent;

import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.product.Gemm;
import dev.lanewise.kernel.product.RepeatedProduct;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a recurrent layer, one after the other, when the products with the inputs have been
 * taken for all of them at once.
 *
 * <p>A task has some hidden values of some samples, with all their gates: it adds the products with
 * the hidden values before, which needs those of all tasks, and goes on to the new ones while its
 * sums are in the first cache level. So there is one region of the team for a step. Backward the
 * product and the step are of the same values, too, one step apart. The weights are packed once
 * ({@link RepeatedProduct}), and each thread always takes the same ones.
 */
public final class RecurrentKernel {
  /**
   * What is computed.
   *
   * @param steps T
   * @param batch N
   * @param hidden H
   * @param reverse whether the first step is the last one of the sequence
   */
  public record Sizes(int steps, int batch, int hidden, boolean reverse) {
    /** Where in the sequence a step is. */
    private int place(int step) {
      return reverse ? steps - 1 - step : step;
    }

    /** Bytes of the hidden values of a step. */
    private long stepBytes() {
      return (long) batch * hidden * Float.BYTES;
    }
  }

  /**
   * What backward computes.
   *
   * @param gates the gradients of the products with the inputs, [T, N, gates H]
   * @param leading elements from row to row of these: rows that are a power of two apart would
   *     share a few sets of the first cache level where products read them
   * @param product of products that do not go to a gate alone, [T, N, H]; null where all do
   * @param start of the hidden values before the first step; null where nobody wants it
   * @param cells of the cells before the first step; null where nobody wants it
   * @param biases the sums of the first two over steps and samples, gates H floats and, if there
   *     are such products, H more; null where nobody wants them
   */
  public record Gradients(
      Operand gates,
      int leading,
      @Nullable Operand product,
      @Nullable Operand start,
      @Nullable Operand cells,
      @Nullable Operand biases) {}

  /**
   * All steps forward.
   *
   * @param weight what hidden values are multiplied with, [gates H, H], read transposed
   * @param bias what is added to products that do not go to a gate alone, H floats; null for zeros
   * @param gates [T, N, gates H], the products with the inputs and all other biases; then the gates
   * @param start the hidden values before the first step, [N, H]
   * @param cells the cells before the first step, where there are any
   * @param y the hidden values of each step, [T, N, H], then the last cells where there are any,
   *     [N, H]; overwritten
   * @param kept what else backward needs, [T, N, H], overwritten; null where that is nothing
   */
  public static void forward(
      Cell cell,
      Gemm.Matrix weight,
      @Nullable Operand bias,
      Operand gates,
      Operand start,
      @Nullable Operand cells,
      Operand y,
      @Nullable Operand kept,
      Sizes sizes) {
    int hidden = sizes.hidden;
    int all = cell.gates() * hidden;
    long gate = Operand.address(gates);
    long outputs = Operand.address(y);
    long keeps = address(kept);
    long added = address(bias);
    RecurrentSteps tiles =
        new RecurrentSteps(
            cell, sizes, weight, cell.gates(), hidden, hidden, true, cell.gates() + 2, 0);
    try {
      long from = Operand.address(start);
      tiles.copyLeft(from);
      RecurrentSteps.Step begin =
          new RecurrentSteps.Step(
              tiles,
              (tile, step) -> {
                tile.read(cell.carried(), cells == null ? from : address(cells), 0, hidden);
                tile.writeCarried();
              });
      if (cell.carried() >= 0) {
        begin.take(0);
      }
      RecurrentSteps.Step steps =
          new RecurrentSteps.Step(
              tiles,
              (tile, step) -> {
                int place = sizes.place(step);
                long own = gate + place * sizes.stepBytes() * cell.gates();
                tile.fetchNothing();
                if (step + 1 < sizes.steps) {
                  long next = sizes.place(step + 1) * sizes.stepBytes();
                  tile.fetch(gate + next * cell.gates(), cell.gates(), all);
                  tile.fetch(outputs + next, 1, hidden);
                  if (cell.kept() >= 0) {
                    tile.fetch(keeps + next, 1, hidden);
                  }
                }
                for (int i = 0; i < cell.gates(); i++) {
                  tile.read(i, own, i, all);
                  if (cell.product(i) != i) {
                    tiles.begin(added, tile, tile.part(cell.product(i)));
                  }
                }
                tile.readCarried();
                for (int i = 0; i < cell.gates(); i++) {
                  tile.multiply(i, step, cell.product(i));
                }
                cell.forward(tile.address, tile.floats());
                tile.writeCarried();
                for (int i = 0; i < cell.gates(); i++) {
                  tile.write(i, own, i, all);
                }
                if (cell.kept() >= 0) {
                  tile.write(cell.kept(), keeps + place * sizes.stepBytes(), 0, hidden);
                }
                tile.write(cell.hidden(), outputs + place * sizes.stepBytes(), 0, hidden);
                tile.write(cell.hidden(), tiles.left(step + 1), 0, tiles.pitch);
              });
      for (int step = 0; step < sizes.steps; step++) {
        steps.take(step);
      }
      if (cell.stateKept()) {
        long last = keeps + sizes.place(sizes.steps - 1) * sizes.stepBytes();
        long to = outputs + sizes.steps * sizes.stepBytes();
        // Row by row: all of them may be more floats than an int counts.
        for (int row = 0; row < sizes.batch; row++) {
          long offset = (long) row * hidden * Float.BYTES;
          VectorMemory.copy(last + offset, to + offset, hidden);
        }
      }
    } finally {
      tiles.close();
    }
  }

  /**
   * All steps backward.
   *
   * @param weight [gates H, H], read as it is
   * @param gates what forward left there, or y where there is one gate only
   * @param start the hidden values before the first step, [N, H]
   * @param cells the cells before the first step, where there are any
   * @param y the hidden values of each step, [T, N, H]
   * @param kept what else forward kept, or null
   * @param dy the gradient of y, with that of the last cells where there are any
   * @param wanted overwritten
   */
  public static void backward(
      Cell cell,
      Gemm.Matrix weight,
      Operand gates,
      Operand start,
      @Nullable Operand cells,
      Operand y,
      @Nullable Operand kept,
      Operand dy,
      Gradients wanted,
      Sizes sizes) {
    int hidden = sizes.hidden;
    int all = cell.gates() * hidden;
    long gate = Operand.address(gates);
    long outputs = Operand.address(y);
    long keeps = address(kept);
    long given = Operand.address(dy);
    long dgate = Operand.address(wanted.gates);
    long dgateStep = (long) sizes.batch * wanted.leading * Float.BYTES;
    long dproducts = address(wanted.product);
    long before = Operand.address(start);
    long cellsBefore = address(cells);
    boolean apart = cell.product(cell.gates() - 1) != cell.gates() - 1;
    int sums = wanted.biases == null ? 0 : cell.gates() + (apart ? 1 : 0);
    int arrays = 2 * cell.gates() + 2 + (apart ? 1 : 0);
    RecurrentSteps tiles =
        new RecurrentSteps(cell, sizes, weight, 1, hidden, all, false, arrays, sums);
    try {
      if (cell.stateKept()) {
        long last = given + sizes.steps * sizes.stepBytes();
        new RecurrentSteps.Step(
                tiles,
                (tile, step) -> {
                  tile.read(cell.carried(), last, 0, hidden);
                  tile.writeCarried();
                })
            .take(0);
      }
      RecurrentSteps.Step steps =
          new RecurrentSteps.Step(
              tiles,
              (tile, step) -> {
                int place = sizes.place(step);
                long own = place * sizes.stepBytes();
                long gatesOfStep = own * cell.gates();
                long dgatesOfStep = place * dgateStep;
                tile.fetchNothing();
                if (step > 0) {
                  int next = sizes.place(step - 1);
                  long then = next * sizes.stepBytes();
                  tile.fetch(gate + then * cell.gates(), cell.gates(), all);
                  tile.fetch(given + then, 1, hidden);
                  tile.fetch(dgate + next * dgateStep, cell.gates(), wanted.leading);
                  if (apart) {
                    tile.fetch(dproducts + then, 1, hidden);
                  }
                  if (step > 1 && cell.keptBackward() >= 0) {
                    long state = cell.stateKept() ? keeps : outputs;
                    tile.fetch(state + sizes.place(step - 2) * sizes.stepBytes(), 1, hidden);
                  }
                }
                // Behind the last step the rows are zeros.
                tile.multiply(0, step + 1, Cell.RETURNED);
                for (int i = 0; i < cell.gates(); i++) {
                  tile.read(i, gate + gatesOfStep, i, all);
                }
                tile.readCarried();
                tile.read(Cell.OUTPUT, given + own, 0, hidden);
                if (cell.keptBackward() >= 0) {
                  tile.read(cell.keptBackward(), keeps + own, 0, hidden);
                  long earlier = sizes.place(step - 1) * sizes.stepBytes();
                  long state = cell.stateKept() ? keeps : outputs;
                  long first = cell.stateKept() ? cellsBefore : before;
                  tile.read(Cell.BEFORE, step == 0 ? first : state + earlier, 0, hidden);
                }
                cell.backward(tile.address, tile.floats());
                tile.writeCarried();
                for (int i = 0; i < cell.gates(); i++) {
                  tile.write(i, dgate + dgatesOfStep, i, wanted.leading);
                  tile.write(cell.product(i), tiles.left(step), i, tiles.pitch);
                  if (cell.product(i) != i) {
                    tile.write(cell.product(i), dproducts + own, 0, hidden);
                  }
                }
                if (sums > 0) {
                  for (int i = 0; i < cell.gates(); i++) {
                    tile.sumUp(i, i);
                  }
                  if (apart) {
                    tile.sumUp(cell.product(cell.gates() - 1), cell.gates());
                  }
                }
              });
      for (int step = sizes.steps - 1; step >= 0; step--) {
        steps.take(step);
      }
      beforeFirst(tiles, cell, hidden, wanted.start, wanted.cells);
      if (wanted.biases != null) {
        tiles.writeSums(Operand.address(wanted.biases));
      }
    } finally {
      tiles.close();
    }
  }

  /** The gradients of what the first step began with. */
  private static void beforeFirst(
      RecurrentSteps tiles,
      Cell cell,
      int hidden,
      @Nullable Operand dstart,
      @Nullable Operand dcells) {
    if (dstart == null && dcells == null) {
      return;
    }
    boolean separate = cell.stateKept();
    new RecurrentSteps.Step(
            tiles,
            (tile, step) -> {
              tile.fetchNothing();
              tile.readCarried();
              if (dcells != null) {
                tile.write(cell.carried(), Operand.address(dcells), 0, hidden);
              }
              if (dstart != null) {
                tile.multiply(0, step, Cell.RETURNED);
                if (cell.carried() >= 0 && !separate) {
                  long sum = tile.part(Cell.RETURNED);
                  VectorMemory.addVectors(tile.part(cell.carried()), sum, tile.floats() / L);
                }
                tile.write(Cell.RETURNED, Operand.address(dstart), 0, hidden);
              }
            })
        .take(0);
  }

  /**
   * Brings two biases [gates H] in the order of the products.
   *
   * @param ih of the products with the inputs
   * @param hh of the products with the hidden values
   * @param gates overwritten: what is added to the gates, the sum of both but where the product
   *     with the hidden values does not go to the gate alone
   * @param product H floats, overwritten: the bias of that product
   */
  public static void biases(
      Cell cell, Operand ih, Operand hh, Operand gates, Operand product, int hidden) {
    long from = Operand.address(ih);
    long other = Operand.address(hh);
    long to = Operand.address(gates);
    long own = Operand.address(product);
    for (int gate = 0; gate < cell.gates(); gate++) {
      boolean apart = cell.product(gate) != gate;
      for (int i = 0; i < hidden; i++) {
        long at = ((long) gate * hidden + i) * Float.BYTES;
        float b = Mem.get(other + at);
        Mem.set(to + at, apart ? Mem.get(from + at) : Mem.get(from + at) + b);
        if (apart) {
          Mem.set(own + (long) i * Float.BYTES, b);
        }
      }
    }
  }

  private static long address(@Nullable Operand operand) {
    return operand == null ? 0 : Operand.address(operand);
  }
}
