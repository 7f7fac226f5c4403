package dev.lanewise.kernel.update;

import dev.lanewise.kernel.product.OuterProduct;
import dev.lanewise.kernel.team.ChunkTask;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Scratch;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.template.Specializer;
import dev.lanewise.kernel.vector.Caches;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Operand;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A step of an optimiser over all its parameters in one parallel region, one pass over parameters,
 * gradients and states: it takes the time of their way from and to memory. The list is filled and
 * run again for every step, and keeps its arrays.
 *
 * <p>The parameters are laid out behind each other in imagination, each from a multiple of {@value
 * #ALIGNMENT} elements on, and cut into chunks there: the cut depends on their sizes only, and a
 * chunk starts on a whole cache line where the parameter does.
 *
 * <p>A gradient that is still a product of two narrow factors is computed tile by tile, each just
 * before it is used, and never reaches memory; meanwhile the parameter and its first state are
 * fetched; such a parameter is a region of its own.
 */
public final class OptimizerKernel {
  private static final int ALIGNMENT = 64;
  private static final int ADDRESSES = 5;

  /**
   * Bytes of a gradient computed at a time, at most: half of an L2, and whole rows up to 9,000
   * columns. Then the next tile of parameter and states begins where this one ends, and the
   * prefetcher has it under way; pieces of rows begin 14 streams anew each. To alternate between a
   * piece of the next tile and a piece of this one's update, so that the processor would fetch
   * while it multiplies, brought nothing.
   */
  private static final long TILE_BYTES = Caches.L2 / 2;

  /** Of each formula the loop for any slope and the one for plain ones. */
  private static final ClassValue<UpdateRange[]> LOOPS =
      new ClassValue<>() {
        @Override
        protected UpdateRange[] computeValue(Class<?> type) {
          return new UpdateRange[2];
        }
      };

  private UpdateFormula[] formulas = new UpdateFormula[0];
  private UpdateSlope[] slopes = new UpdateSlope[0];
  private UpdateRange[] loops = new UpdateRange[0];
  private @Nullable OuterProduct[] products = new @Nullable OuterProduct[0];
  private long[] addresses = new long[0];
  private long[] starts = new long[1];
  private long[] sizes = new long[0];
  private int count;
  private int factored;
  private final Chunks.Body body = this::range;
  private final ChunkTask tiles = this::tileRow;

  /** An empty list. */
  public OptimizerKernel() {}

  /** Empties the list. */
  public void clear() {
    Arrays.fill(products, 0, count, null);
    count = 0;
  }

  /**
   * Adds a parameter. All operands have n elements, do not overlap, and must stay open until {@link
   * #run} is over.
   *
   * @param formula of this step
   * @param slope what the formula sees of the gradient
   * @param p the parameter, updated in place
   * @param g its gradient
   * @param states as many as the formula has, updated in place
   * @param n how many elements
   * @throws IllegalArgumentException when the number of states is not that of the formula
   */
  public void add(
      UpdateFormula formula, UpdateSlope slope, Operand p, Operand g, Operand[] states, long n) {
    add(formula, slope, p, states, n);
    addresses[(count - 1) * ADDRESSES + 1] = Operand.address(g);
  }

  /** As the other one, with a gradient that is a product of as many elements as the parameter. */
  public void add(
      UpdateFormula formula, UpdateSlope slope, Operand p, OuterProduct g, Operand[] states) {
    // The imagined row has none of its elements.
    add(formula, slope, p, states, 0);
    products[count - 1] = g;
  }

  private void add(UpdateFormula formula, UpdateSlope slope, Operand p, Operand[] states, long n) {
    if (states.length != formula.states()) {
      throw new IllegalArgumentException(
          "The update "
              + formula
              + " has "
              + formula.states()
              + " states, but found "
              + states.length
              + ".");
    }
    if (count == formulas.length) {
      int room = Math.max(8, 2 * count);
      formulas = Arrays.copyOf(formulas, room);
      slopes = Arrays.copyOf(slopes, room);
      loops = Arrays.copyOf(loops, room);
      products = Arrays.copyOf(products, room);
      addresses = Arrays.copyOf(addresses, room * ADDRESSES);
      sizes = Arrays.copyOf(sizes, room);
      starts = Arrays.copyOf(starts, room + 1);
    }
    formulas[count] = formula;
    slopes[count] = slope;
    loops[count] = loop(formula, slope.plain());
    int at = count * ADDRESSES;
    addresses[at] = Operand.address(p);
    for (int i = 0; i < states.length; i++) {
      addresses[at + 2 + i] = Operand.address(states[i]);
    }
    sizes[count] = n;
    starts[count + 1] = starts[count] + Math.ceilDiv(n, ALIGNMENT) * ALIGNMENT;
    count++;
  }

  private static UpdateRange loop(UpdateFormula formula, boolean plain) {
    UpdateRange[] loop = LOOPS.get(formula.getClass());
    int i = plain ? 1 : 0;
    synchronized (loop) {
      if (loop[i] == null) {
        UpdateLoop.Kind kind = new UpdateLoop.Kind(formula.getClass(), formula.states(), plain);
        loop[i] =
            Specializer.specialise(
                MethodHandles.lookup(), UpdateLoop.class, kind, UpdateRange.class);
      }
      return loop[i];
    }
  }

  /** Updates all parameters of the list. */
  public void run() {
    Chunks.run(starts[count], 1, body);
    for (factored = 0; factored < count; factored++) {
      OuterProduct product = products[factored];
      if (product != null) {
        Team.global().run(product.tiles(), tiles);
      }
    }
  }

  /** A row of tiles of the parameter whose gradient is a product. */
  private void tileRow(int chunk) {
    OuterProduct product = Objects.requireNonNull(products[factored]);
    int first = product.tileStart(chunk);
    int rows = product.tileStart(chunk + 1) - first;
    int columns = product.columns();
    int most = (int) (TILE_BYTES / Float.BYTES / rows / ALIGNMENT) * ALIGNMENT;
    long bytesOfRow = (long) Math.min(columns, most) * Float.BYTES;
    long tile = Scratch.address(rows * bytesOfRow + 2L * Lanes.BYTES);
    int at = factored * ADDRESSES;
    for (int column = 0; column < columns; column += most) {
      int wide = Math.min(most, columns - column);
      // Whole rows follow each other in the parameter and its states; all three have to fit.
      long begin = ((long) first * columns + column) * Float.BYTES;
      long bytes = (long) rows * wide * Float.BYTES;
      bytes = wide == columns && bytes <= TILE_BYTES / 2 ? bytes : 0;
      long state = addresses[formulas[factored].states() > 0 ? at + 2 : at];
      product.tile(chunk, column, wide, tile, addresses[at] + begin, state + begin, bytes);
      for (int row = 0; row < rows; row++) {
        long skip = ((long) (first + row) * columns + column) * Float.BYTES;
        loops[factored].run(
            formulas[factored],
            slopes[factored],
            addresses[at] + skip,
            tile + (long) row * wide * Float.BYTES,
            addresses[at + 2] + skip,
            addresses[at + 3] + skip,
            addresses[at + 4] + skip,
            wide);
      }
    }
  }

  /** The elements of the imagined row; the first parameter among them is searched for. */
  private void range(long from, long to) {
    int found = Arrays.binarySearch(starts, 0, count + 1, from);
    // Parameters without elements start where the next one does: none is lost, for each does
    // only what lies in it.
    int index = found >= 0 ? found : -found - 2;
    for (; index < count && starts[index] < to; index++) {
      long first = Math.max(from - starts[index], 0);
      long last = Math.min(to - starts[index], sizes[index]);
      if (first < last) {
        int at = index * ADDRESSES;
        long skip = first * 4;
        loops[index].run(
            formulas[index],
            slopes[index],
            addresses[at] + skip,
            addresses[at + 1] + skip,
            addresses[at + 2] + skip,
            addresses[at + 3] + skip,
            addresses[at + 4] + skip,
            (int) (last - first));
      }
    }
  }
}
