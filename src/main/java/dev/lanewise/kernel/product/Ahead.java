package dev.lanewise.kernel.product;

import dev.lanewise.kernel.block.BlockSpec;
import java.util.Arrays;

/**
 * Memory that the kernels of some blocks bring to the caches while they run, for those that come
 * next: places of cache lines, which the calls of these kernels share. Nothing beyond the end of
 * memory: such a line takes microseconds. For one thread at a time; it is filled anew for other
 * blocks, so that nothing is allocated for them.
 */
public final class Ahead {
  private long[] addresses;
  private int[] rows;
  private long[] pitches;
  private int[] columns;
  private int places;
  private long total;
  private int turn;
  private int turns = 1;

  // What a call fetches.
  private long address;
  private long pitch;
  private int lines;

  /**
   * Without a place.
   *
   * @param most places for which there is room without growing
   */
  public Ahead(int most) {
    addresses = new long[most];
    rows = new int[most];
    pitches = new long[most];
    columns = new int[most];
  }

  /** Forgets all places. */
  public void clear() {
    places = 0;
    total = 0;
  }

  /**
   * Adds lines in columns. What a call fetches is a column or a part of one, for a kernel goes from
   * line to line in equal steps. Where there are fewer calls than columns, the last columns are
   * left out.
   *
   * @param at the raw address of the first line
   * @param high lines of a column
   * @param apart bytes from a line to that below
   * @param wide columns, side by side
   */
  public void add(long at, int high, long apart, int wide) {
    if (places == addresses.length) {
      addresses = Arrays.copyOf(addresses, places + 1);
      rows = Arrays.copyOf(rows, places + 1);
      pitches = Arrays.copyOf(pitches, places + 1);
      columns = Arrays.copyOf(columns, places + 1);
    }
    addresses[places] = at;
    rows[places] = high;
    pitches[places] = apart;
    columns[places] = wide;
    places++;
    total += (long) high * wide;
  }

  /** The next product is one of some equal ones, which share all lines. */
  public void turn(int number, int of) {
    turn = number;
    turns = of;
  }

  /**
   * Goes to one of the calls of a product; the places have shares of them by their lines.
   *
   * @return whether the call fetches anything
   */
  boolean seek(int call, int calls) {
    long number = (long) turn * calls + call;
    long all = (long) turns * calls;
    long before = 0;
    for (int place = 0; place < places; place++) {
      long first = all * before / total;
      before += (long) rows[place] * columns[place];
      long end = all * before / total;
      if (number < end) {
        return seek(place, (int) (number - first), (int) (end - first));
      }
    }
    return false;
  }

  private boolean seek(int place, int call, int calls) {
    int sharing = Math.max(1, calls / columns[place]);
    int column = call / sharing;
    if (column >= columns[place]) {
      return false;
    }
    long share = call % sharing;
    int row = (int) (share * rows[place] / sharing);
    lines = (int) ((share + 1) * rows[place] / sharing) - row;
    pitch = pitches[place];
    address = addresses[place] + (long) column * BlockSpec.CACHE_LINE + row * pitch;
    return lines > 0;
  }

  /** How many lines the call fetches, after {@link #seek}. */
  int lines() {
    return lines;
  }

  /** Where the first of them is. */
  long address() {
    return address;
  }

  /** How many bytes they are apart. */
  long pitch() {
    return pitch;
  }
}
