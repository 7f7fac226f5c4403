package dev.lanewise.kernel.recurrent;

import static dev.lanewise.kernel.vector.Lanes.BYTES;
import static dev.lanewise.kernel.vector.Lanes.L;

import dev.lanewise.kernel.block.BlockSpec;
import dev.lanewise.kernel.product.Ahead;
import dev.lanewise.kernel.product.Gemm;
import dev.lanewise.kernel.product.RepeatedProduct;
import dev.lanewise.kernel.team.ChunkTask;
import dev.lanewise.kernel.team.Chunks;
import dev.lanewise.kernel.team.Team;
import dev.lanewise.kernel.template.FirstCalls;
import dev.lanewise.kernel.vector.Lanes;
import dev.lanewise.kernel.vector.Mem;
import dev.lanewise.kernel.vector.VectorMemory;
import dev.lanewise.memory.Block;
import dev.lanewise.memory.Pool;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * How the steps of {@link RecurrentKernel} are cut and where their numbers are: tiles of some
 * hidden values of some samples, the rows that each step multiplies, and what goes from step to
 * step.
 */
final class RecurrentSteps implements AutoCloseable {
  private static final int WIDTH = RepeatedProduct.WIDTH;

  private static final long ROW = (long) WIDTH * Float.BYTES;

  /** Cache lines of a row of a tile. */
  private static final int LINES = (int) ROW / BlockSpec.CACHE_LINE;

  private static final FirstCalls FIRST = new FirstCalls();

  /** Blocks of rows of a task at most: their sums are to stay in the second cache level. */
  private static final int MOST_BLOCKS = 8;

  /** Multiply-adds below which a task of its own costs more than it saves: a microsecond. */
  private static final long PART = 1 << 17;

  private final Cell cell;
  private final RecurrentKernel.Sizes sizes;
  private final RepeatedProduct product;
  private final int units;
  private final int rowParts;
  private final int tasks;
  private final int groups;

  /** What the kernels fetch for a unit. */
  private final Ahead[] aheads;

  /** Of the rows that are multiplied, for the step that is read and the one that is written. */
  final int pitch;

  private final Block memory;
  private final long left;
  private final long carried;
  private final long tiles;
  private final long tileBytes;
  private final int sums;
  private final long allSums;
  private final long sumBytes;

  /**
   * Cuts the steps.
   *
   * @param arrays how many rows of hidden values each step reads and writes, which the products
   *     before fetch
   * @param sums how many parts are summed up over all steps, see {@link Tile#sumUp}
   */
  RecurrentSteps(
      Cell cell,
      RecurrentKernel.Sizes sizes,
      Gemm.Matrix weight,
      int groups,
      int columns,
      int depth,
      boolean add,
      int arrays,
      int sums) {
    this.cell = cell;
    this.groups = groups;
    this.sums = sums;
    this.sizes = sizes;
    int batch = sizes.batch();
    // Rows a power of two apart would share a few sets of the first cache level.
    pitch = Lanes.roundUp(depth) + L;
    // As many calls of kernels as columns of lines.
    int calls = groups * RepeatedProduct.rowBlocks(batch);
    int slices = Math.ceilDiv(arrays * LINES, calls);
    product = new RepeatedProduct(weight, groups, columns, depth, slices, batch, pitch, add);
    rowParts = Math.ceilDiv(product.rowBlocks(), MOST_BLOCKS);
    units = product.panels() * rowParts;
    aheads = new Ahead[units];
    int places = product.fetches() ? arrays : 0;
    Arrays.setAll(aheads, unit -> new Ahead(places));
    long work = (long) groups * columns * depth * batch;
    tasks = (int) Math.clamp(work / PART, 1, units);
    int most = 0;
    for (int i = 0; i < rowParts; i++) {
      most = Math.max(most, product.row(block(i + 1)) - product.row(block(i)));
    }
    tileBytes = (long) Cell.PARTS * most * ROW;
    long leftBytes = 2L * batch * pitch * Float.BYTES;
    long carriedBytes = (long) product.panels() * batch * ROW;
    sumBytes = (long) sums * most * ROW;
    long bytes = leftBytes + carriedBytes + tasks * tileBytes + units * sumBytes;
    memory = allocated(bytes);
    left = memory.address();
    carried = left + leftBytes;
    tiles = carried + carriedBytes;
    allSums = tiles + tasks * tileBytes;
    // What no column is in stays a number.
    VectorMemory.zeroVectors(left, (int) (bytes / BYTES));
  }

  private Block allocated(long bytes) {
    try {
      return Pool.global().allocate(bytes, "recurrent");
    } catch (RuntimeException | Error failure) {
      product.close();
      throw failure;
    }
  }

  /** The first block of rows of a part of them. */
  private int block(int rowPart) {
    return Chunks.first(rowPart, rowParts, product.rowBlocks());
  }

  @Override
  public void close() {
    product.close();
    memory.free();
  }

  /** The rows that the step reads, if even, or writes. */
  long left(int step) {
    return left + (step & 1) * (long) sizes.batch() * pitch * Float.BYTES;
  }

  /** Some hidden values of some samples. */
  final class Tile {
    private final int panel;
    private final int firstBlock;
    private final int endBlock;
    private final int first;
    private final int rows;
    private final int columns;
    private final Ahead ahead;
    private final long sum;
    final long address;

    Tile(int task, int unit) {
      panel = unit / rowParts;
      firstBlock = block(unit % rowParts);
      endBlock = block(unit % rowParts + 1);
      first = product.row(firstBlock);
      rows = product.row(endBlock) - first;
      columns = Math.min(WIDTH, sizes.hidden() - panel * WIDTH);
      address = tiles + task * tileBytes;
      sum = allSums + unit * sumBytes;
      ahead = aheads[unit];
    }

    int floats() {
      return rows * WIDTH;
    }

    long part(int part) {
      return address + (long) part * rows * ROW;
    }

    /** The state that goes from step to step. */
    long carried() {
      return carried + (panel * (long) sizes.batch() + first) * ROW;
    }

    /** A part from rows of some length, with the values of a group of them. */
    void read(int part, long from, int group, int length) {
      copy(at(from, group, length), (long) length * Float.BYTES, part(part), ROW, rows, columns);
    }

    void write(int part, long to, int group, int length) {
      copy(part(part), ROW, at(to, group, length), (long) length * Float.BYTES, rows, columns);
    }

    private long at(long rowsFrom, int group, int length) {
      long column = (long) group * sizes.hidden() + (long) panel * WIDTH;
      return rowsFrom + ((long) first * length + column) * Float.BYTES;
    }

    /** Before {@link #fetch}. */
    void fetchNothing() {
      ahead.clear();
    }

    /** The products fetch what {@link #read} or {@link #write} wants of some groups later. */
    void fetch(long rowsFrom, int firstGroups, int length) {
      if (columns < WIDTH || !product.fetches()) {
        return;
      }
      for (int group = 0; group < firstGroups; group++) {
        ahead.add(at(rowsFrom, group, length), rows, (long) length * Float.BYTES, LINES);
      }
    }

    void multiply(int group, int step, int part) {
      int slices = product.slices();
      for (int slice = 0; slice < slices; slice++) {
        ahead.turn(group * slices + slice, groups * slices);
        product.multiply(group, slice, panel, firstBlock, endBlock, left(step), part(part), ahead);
      }
    }

    private long sum(int number) {
      return sum + (long) number * rows * ROW;
    }

    /** Adds a part to one of the sums over all steps. */
    void sumUp(int part, int number) {
      VectorMemory.addVectors(part(part), sum(number), floats() / L);
    }

    /** Adds the rows of the sums to their first one. */
    private void sumRows() {
      for (int number = 0; number < sums; number++) {
        for (int row = 1; row < rows; row++) {
          VectorMemory.addVectors(sum(number) + row * ROW, sum(number), WIDTH / L);
        }
      }
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
  interface Body {
    void run(Tile tile, int step);
  }

  /** All tiles of a step, shared by the team. */
  static final class Step implements ChunkTask {
    private final RecurrentSteps steps;
    private final Body body;
    private final Tile[] tiles;
    private int step;

    Step(RecurrentSteps steps, Body body) {
      this.steps = steps;
      this.body = body;
      tiles = new Tile[steps.units];
      for (int task = 0; task < steps.tasks; task++) {
        for (int unit = first(task); unit < first(task + 1); unit++) {
          tiles[unit] = steps.new Tile(task, unit);
        }
      }
    }

    private int first(int task) {
      return Chunks.first(task, steps.tasks, steps.units);
    }

    void take(int number) {
      step = number;
      Team.global().run(steps.tasks, this);
    }

    @Override
    public void run(int task) {
      for (int unit = first(task); unit < first(task + 1); unit++) {
        body.run(tiles[unit], step);
      }
    }
  }

  /** The rows that the first step reads. */
  void copyLeft(long from) {
    int hidden = sizes.hidden();
    for (int row = 0; row < sizes.batch(); row++) {
      long to = left(0) + (long) row * pitch * Float.BYTES;
      VectorMemory.copy(from + (long) row * hidden * Float.BYTES, to, hidden);
    }
  }

  /** The sums over steps and samples, hidden values of one after the other. */
  void writeSums(long to) {
    new Step(this, (tile, step) -> tile.sumRows()).take(0);
    for (int unit = 0; unit < units; unit++) {
      Tile tile = new Tile(0, unit);
      for (int number = 0; number < sums; number++) {
        long from = tile.sum(number);
        long column = number * (long) sizes.hidden() + (long) tile.panel * WIDTH;
        for (int i = 0; i < tile.columns; i++) {
          long at = to + (column + i) * Float.BYTES;
          float other = tile.firstBlock == 0 ? 0 : Mem.get(at);
          Mem.set(at, other + Mem.get(from + (long) i * Float.BYTES));
        }
      }
    }
  }

  /** A part with the bias in each row. */
  void begin(long bias, Tile tile, long part) {
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
