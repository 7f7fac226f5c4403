package dev.lanewise.kernel.recurrent;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.product.Gemm;
import dev.lanewise.kernel.product.RepeatedProduct;
import dev.lanewise.kernel.team.ChunkTask;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.template.FirstCalls;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.LineFetch;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.Operand;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
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
  private static final int WIDTH = RepeatedProduct.WIDTH;

  private static final long ROW = (long) WIDTH * Float.BYTES;

  private static final FirstCalls FIRST = new FirstCalls();

  /** Blocks of rows of a task at most: their sums are to stay in the second cache level. */
  private static final int MOST_BLOCKS = 8;

  /** Multiply-adds below which a task of its own costs more than it saves: a microsecond. */
  private static final long PART = 1 << 17;

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

  private final Cell cell;
  private final Sizes sizes;
  private final RepeatedProduct product;
  private final int units;
  private final int rowParts;
  private final int tasks;

  /** Of the rows that are multiplied, for the step that is read and the one that is written. */
  private final int pitch;

  private final Block memory;
  private final long left;
  private final long carried;
  private final long tiles;
  private final long tileBytes;

  private RecurrentKernel(
      Cell cell, Sizes sizes, Gemm.Matrix weight, int groups, int columns, int depth, boolean add) {
    this.cell = cell;
    this.sizes = sizes;
    int batch = sizes.batch;
    // Rows a power of two apart would share a few sets of the first cache level.
    pitch = Lanes.roundUp(depth) + L;
    product = new RepeatedProduct(weight, groups, columns, depth, batch, pitch, add);
    rowParts = Math.ceilDiv(product.rowBlocks(), MOST_BLOCKS);
    units = product.panels() * rowParts;
    long work = (long) groups * columns * depth * batch;
    tasks = (int) Math.clamp(work / PART, 1, units);
    int most = 0;
    for (int i = 0; i < rowParts; i++) {
      most = Math.max(most, product.row(block(i + 1)) - product.row(block(i)));
    }
    tileBytes = (long) Cell.PARTS * most * ROW;
    long leftBytes = 2L * batch * pitch * Float.BYTES;
    long carriedBytes = (long) product.panels() * batch * ROW;
    long bytes = leftBytes + carriedBytes + tasks * tileBytes;
    memory = Pool.global().allocate(bytes, "recurrent");
    left = memory.address();
    carried = left + leftBytes;
    tiles = carried + carriedBytes;
    // What no column is in stays a number.
    VectorMemory.zeroVectors(left, (int) (bytes / BYTES));
  }

  /** The first block of rows of a part of them. */
  private int block(int rowPart) {
    return Chunks.first(rowPart, rowParts, product.rowBlocks());
  }

  private void close() {
    product.close();
    memory.free();
  }

  /** The rows that the step reads, if even, or writes. */
  private long left(int step) {
    return left + (step & 1) * (long) sizes.batch * pitch * Float.BYTES;
  }

  /** Some hidden values of some samples. */
  private final class Tile {
    private final int panel;
    private final int firstBlock;
    private final int endBlock;
    private final int first;
    private final int rows;
    private final int columns;
    private final long address;

    Tile(int task, int unit) {
      panel = unit / rowParts;
      firstBlock = block(unit % rowParts);
      endBlock = block(unit % rowParts + 1);
      first = product.row(firstBlock);
      rows = product.row(endBlock) - first;
      columns = Math.min(WIDTH, sizes.hidden - panel * WIDTH);
      address = tiles + task * tileBytes;
    }

    int floats() {
      return rows * WIDTH;
    }

    long part(int part) {
      return address + (long) part * rows * ROW;
    }

    /** The state that goes from step to step. */
    long carried() {
      return carried + (panel * (long) sizes.batch + first) * ROW;
    }

    /** A part from rows of some length, with the values of a group of them. */
    void read(int part, long from, int group, int length) {
      copy(at(from, group, length), (long) length * Float.BYTES, part(part), ROW, rows, columns);
    }

    void write(int part, long to, int group, int length) {
      copy(part(part), ROW, at(to, group, length), (long) length * Float.BYTES, rows, columns);
    }

    /** Has whole rows of what will be read or written brought to the caches. */
    void fetch(long rowsAt, int group, int length) {
      if (columns == WIDTH) {
        LineFetch.rows(at(rowsAt, group, length), (long) length * Float.BYTES, rows, (int) ROW);
      }
    }

    private long at(long rowsFrom, int group, int length) {
      long column = (long) group * sizes.hidden + (long) panel * WIDTH;
      return rowsFrom + ((long) first * length + column) * Float.BYTES;
    }

    void multiply(int group, int step, int part) {
      product.multiply(group, panel, firstBlock, endBlock, left(step), part(part));
    }

    void readCarried() {
      if (cell.carried() >= 0) {
        VectorMemory.copyVectors(carried(), part(cell.carried()), floats() / L);
      }
    }

    void writeCarried() {
      if (cell.carried() >= 0) {
        VectorMemory.copyVectors(part(cell.carried()), carried(), floats() / L);
      }
    }
  }

  /** What is done with a tile at a step. */
  @FunctionalInterface
  private interface Body {
    void run(Tile tile, int step);
  }

  /** All tiles of a step, shared by the team. */
  private static final class Step implements ChunkTask {
    private final RecurrentKernel kernel;
    private final Body body;
    private final Tile[] tiles;
    private int step;

    Step(RecurrentKernel kernel, Body body) {
      this.kernel = kernel;
      this.body = body;
      tiles = new Tile[kernel.units];
      for (int task = 0; task < kernel.tasks; task++) {
        for (int unit = first(task); unit < first(task + 1); unit++) {
          tiles[unit] = kernel.new Tile(task, unit);
        }
      }
    }

    private int first(int task) {
      return Chunks.first(task, kernel.tasks, kernel.units);
    }

    void take(int number) {
      step = number;
      Team.global().run(kernel.tasks, this);
    }

    @Override
    public void run(int task) {
      for (int unit = first(task); unit < first(task + 1); unit++) {
        body.run(tiles[unit], step);
      }
    }
  }

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
    RecurrentKernel kernel =
        new RecurrentKernel(cell, sizes, weight, cell.gates(), hidden, hidden, true);
    try {
      long from = Operand.address(start);
      kernel.copyLeft(from);
      Step begin =
          new Step(
              kernel,
              (tile, step) -> {
                tile.read(cell.carried(), cells == null ? from : address(cells), 0, hidden);
                tile.writeCarried();
              });
      if (cell.carried() >= 0) {
        begin.take(0);
      }
      Step steps =
          new Step(
              kernel,
              (tile, step) -> {
                int place = sizes.place(step);
                long own = gate + place * sizes.stepBytes() * cell.gates();
                for (int i = 0; i < cell.gates(); i++) {
                  tile.read(i, own, i, all);
                  if (cell.product(i) != i) {
                    kernel.begin(added, tile, tile.part(cell.product(i)));
                  }
                }
                tile.readCarried();
                tile.fetch(outputs + place * sizes.stepBytes(), 0, hidden);
                if (cell.kept() >= 0) {
                  tile.fetch(keeps + place * sizes.stepBytes(), 0, hidden);
                }
                long next = gate + sizes.place(step + 1) * sizes.stepBytes() * cell.gates();
                for (int i = 0; i < cell.gates(); i++) {
                  if (step + 1 < sizes.steps) {
                    tile.fetch(next, i, all);
                  }
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
                tile.write(cell.hidden(), kernel.left(step + 1), 0, kernel.pitch);
              });
      for (int step = 0; step < sizes.steps; step++) {
        steps.take(step);
      }
      if (cell.stateKept()) {
        long last = keeps + sizes.place(sizes.steps - 1) * sizes.stepBytes();
        long to = outputs + sizes.steps * sizes.stepBytes();
        VectorMemory.copy(last, to, sizes.batch * hidden);
      }
    } finally {
      kernel.close();
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
   * @param dy the gradient of y
   * @param dlast the gradient of the last cells, [N, H]; null for zeros
   * @param dgates of the products with the inputs, [T, N, gates H], overwritten
   * @param dproduct of products that do not go to a gate alone, [T, N, H], overwritten; or null
   * @param dstart overwritten; null where nobody wants it
   * @param dcells overwritten; null where nobody wants it
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
      @Nullable Operand dlast,
      Operand dgates,
      @Nullable Operand dproduct,
      @Nullable Operand dstart,
      @Nullable Operand dcells,
      Sizes sizes) {
    int hidden = sizes.hidden;
    int all = cell.gates() * hidden;
    long gate = Operand.address(gates);
    long outputs = Operand.address(y);
    long keeps = address(kept);
    long given = Operand.address(dy);
    long dgate = Operand.address(dgates);
    long dproducts = address(dproduct);
    long before = Operand.address(start);
    long cellsBefore = address(cells);
    RecurrentKernel kernel = new RecurrentKernel(cell, sizes, weight, 1, hidden, all, false);
    try {
      if (dlast != null && cell.carried() >= 0) {
        long last = Operand.address(dlast);
        new Step(
                kernel,
                (tile, step) -> {
                  tile.read(cell.carried(), last, 0, hidden);
                  tile.writeCarried();
                })
            .take(0);
      }
      Step steps =
          new Step(
              kernel,
              (tile, step) -> {
                int place = sizes.place(step);
                long own = place * sizes.stepBytes();
                long gatesOfStep = own * cell.gates();
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
                  tile.write(i, dgate + gatesOfStep, i, all);
                  tile.write(cell.product(i), kernel.left(step), i, kernel.pitch);
                  if (cell.product(i) != i) {
                    tile.write(cell.product(i), dproducts + own, 0, hidden);
                  }
                }
              });
      for (int step = sizes.steps - 1; step >= 0; step--) {
        steps.take(step);
      }
      kernel.beforeFirst(dstart, dcells);
    } finally {
      kernel.close();
    }
  }

  /** The gradients of what the first step began with. */
  private void beforeFirst(@Nullable Operand dstart, @Nullable Operand dcells) {
    if (dstart == null && dcells == null) {
      return;
    }
    int hidden = sizes.hidden;
    boolean separate = cell.stateKept();
    new Step(
            this,
            (tile, step) -> {
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

  /** The rows that the first step reads. */
  private void copyLeft(long from) {
    int hidden = sizes.hidden;
    for (int row = 0; row < sizes.batch; row++) {
      long to = left(0) + (long) row * pitch * Float.BYTES;
      VectorMemory.copy(from + (long) row * hidden * Float.BYTES, to, hidden);
    }
  }

  /** A part with the bias in each row. */
  private void begin(long bias, Tile tile, long part) {
    if (bias == 0) {
      VectorMemory.zeroVectors(part, tile.floats() / L);
      return;
    }
    long from = bias + tile.panel * ROW;
    copy(from, 0, part, ROW, tile.rows, tile.columns);
  }

  /** Some columns of some rows. */
  private static void copy(long from, long fromRow, long to, long toRow, int rows, int columns) {
    if (columns < WIDTH) {
      for (int row = 0; row < rows; row++) {
        VectorMemory.copy(from + row * fromRow, to + row * toRow, columns);
      }
      return;
    }
    if (FIRST.over()) {
      copyVectors(from, fromRow, to, toRow, rows);
      return;
    }
    long start = System.nanoTime();
    if (FIRST.vectorsNext()) {
      copyVectors(from, fromRow, to, toRow, rows);
      FIRST.vectorsDone(System.nanoTime() - start, (long) rows * WIDTH);
    } else {
      for (int row = 0; row < rows; row++) {
        MemorySegment.copy(Mem.ALL, from + row * fromRow, Mem.ALL, to + row * toRow, ROW);
      }
      FIRST.scalarsDone(System.nanoTime() - start);
    }
  }

  private static void copyVectors(long from, long fromRow, long to, long toRow, int rows) {
    for (int row = 0; row < rows; row++) {
      long source = from + row * fromRow & Mem.ADDRESS_BITS;
      long target = to + row * toRow & Mem.ADDRESS_BITS;
      FloatVector second =
          FloatVector.fromMemorySegment(Lanes.F, Mem.ALL, source + BYTES, Mem.ORDER);
      FloatVector.fromMemorySegment(Lanes.F, Mem.ALL, source, Mem.ORDER)
          .intoMemorySegment(Mem.ALL, target, Mem.ORDER);
      second.intoMemorySegment(Mem.ALL, target + BYTES, Mem.ORDER);
    }
  }
}
