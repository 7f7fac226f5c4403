package dev.lanewise.kernel.block;

import dev.lanewise.kernel.vector.Lanes;

/**
 * Which block kernel: everything about it that is a constant of its code. All other strides are
 * arguments of each call, which measures as fast as constants and keeps the kernels few.
 *
 * @param rows rows of the block (accumulators down)
 * @param vectors vectors of the block (accumulators across); columns in the lanes-reduced form
 * @param aRow bytes between rows of A; were it no constant, the general registers would not suffice
 * @param pixel bytes between the pixels of B in the forms with points, for the same reason; else 0
 * @param epilogue what is done with the sums
 * @param form what A is, and what becomes of the lanes
 * @param fetch which cache line each step fetches besides
 */
public record BlockSpec(
    int rows, int vectors, long aRow, long pixel, Epilogue epilogue, Form form, Fetch fetch) {
  /** Of two pixels and three taps. */
  private static final int POINTS = 4;

  /** Bytes of a cache line. */
  public static final int CACHE_LINE = 64;

  /** What A is, and what becomes of the lanes. */
  public enum Form {
    /** A is floats, each used in all lanes. */
    BROADCAST,
    /** A is vectors like B, and each lane has a sum of its own. */
    LANES,
    /** A is vectors like B, and each sum runs over the lanes as well. */
    LANES_REDUCED,
    /**
     * A is vectors, B two pixels, {@code pixel} apart, whose vectors follow each other, as do those
     * of C. From them the kernel makes the values at the points 0, 1, -1 and infinity of {@code
     * CookToom} (the first, the sum, the difference, the second) as it needs them: the first
     * quarter of the rows is multiplied by those at 0, and so on.
     */
    POINTS,
    /**
     * The same, and the pixels are kept: written from {@code bias} on, step after step, the vectors
     * of the first and then those of the second.
     */
    POINTS_KEPT,
    /**
     * The same, of the sums of kept pixels, where {@link #POINTS_KEPT} has written them, and those
     * of B. The differences, kept less B, are written in the place of the kept ones.
     */
    POINTS_OF_SUM,
    /**
     * A is floats, and B is a tile: its values at the six points of F(4, 3) ({@code CookToom}), one
     * vector after the other. For each point the block has a row for each of some output channels.
     * From their sums the kernel makes the {@link #TILE_OUTPUTS outputs} of the tile, {@code cRow}
     * apart, the channels of one side by side. The outermost index is no sum here, but counts such
     * blocks of channels, whose outputs and biases follow each other.
     */
    TILES
  }

  /**
   * What a step brings to the first cache level besides: operands of a later call, which come from
   * the third level or from memory otherwise, while the multiply-adds wait. Nothing is written, and
   * the addresses may be any: an instruction without lanes never faults. But lines that another
   * thread uses would be taken from its caches.
   */
  public enum Fetch {
    /** Nothing. */
    NOTHING,
    /** A line, one after the other from {@code bias} on. */
    LINES,
    /**
     * A line of rows that lie {@code b2} bytes apart, from {@code bias} on. A step goes {@code a2}
     * / {@link #ROW} of a row further, so that what comes from memory can come slowly. The kernel
     * then has no outermost sum: {@code n2} is 1.
     */
    ROWS;

    /** As many parts as a row has for {@link #ROWS}. */
    public static final int ROW = 1 << 16;
  }

  /** Points of a tile: 0, 1, -1, 2, -2 and infinity. */
  public static final int TILE_POINTS = 6;

  /**
   * Outputs of a tile, computed in this order and so rounded: with p = m1 + m2, q = m1 - m2, r = m3
   * + m4, s = m3 - m4 (a bias is first added to m1) they are m0 + p + r, q + 2 s, p + 4 r and q + 8
   * s + m5, multiples by a fused multiply-add.
   */
  public static final int TILE_OUTPUTS = 4;

  /**
   * Checks the block.
   *
   * @throws IllegalArgumentException if it has no row or no vector, or an epilogue that its form
   *     does not have: tiles only store or add a bias, what reduces lanes or has points adds none,
   *     and only the first form without a bias fetches
   */
  public BlockSpec {
    if (rows < 1 || vectors < 1) {
      throw new IllegalArgumentException(
          "A block of " + rows + " rows and " + vectors + " vectors; both must be at least 1.");
    }
    boolean possible =
        switch (form) {
          case BROADCAST, LANES -> true;
          case TILES -> epilogue == Epilogue.STORE || epilogue == Epilogue.BIAS;
          default -> !epilogue.addsBias();
        };
    if (!possible) {
      throw new IllegalArgumentException(
          "A kernel of the form " + form + " has no epilogue " + epilogue + ".");
    }
    if (fetch != Fetch.NOTHING && (form != Form.BROADCAST || epilogue.addsBias())) {
      throw new IllegalArgumentException(
          "A kernel of the form " + form + " with epilogue " + epilogue + " does not fetch.");
    }
  }

  /** Packed A, the rows of one step side by side: call it with aDepth = 4 * rows. */
  public static BlockSpec packed(int rows, int vectors, Epilogue epilogue) {
    return new BlockSpec(rows, vectors, Float.BYTES, 0, epilogue, Form.BROADCAST, Fetch.NOTHING);
  }

  /** A as it is, its rows a constant number of bytes apart: call it with aDepth = 4. */
  public static BlockSpec strided(int rows, int vectors, long aRow, Epilogue epilogue) {
    return new BlockSpec(rows, vectors, aRow, 0, epilogue, Form.BROADCAST, Fetch.NOTHING);
  }

  /** Both sides vectors, those of A side by side, summed over steps lane by lane. */
  public static BlockSpec lanes(int rows, int vectors, Epilogue epilogue) {
    return new BlockSpec(rows, vectors, Lanes.BYTES, 0, epilogue, Form.LANES, Fetch.NOTHING);
  }

  /** Both sides vectors, those of A side by side, summed over steps and lanes. */
  public static BlockSpec lanesReduced(int rows, int columns, Epilogue epilogue) {
    return new BlockSpec(
        rows, columns, Lanes.BYTES, 0, epilogue, Form.LANES_REDUCED, Fetch.NOTHING);
  }

  /**
   * One of the forms with points.
   *
   * @param channels rows for each of the four points
   * @param pixel bytes from a pixel to the next
   */
  public static BlockSpec points(
      int channels, int vectors, long pixel, Form form, Epilogue epilogue) {
    return new BlockSpec(
        POINTS * channels, vectors, Lanes.BYTES, pixel, epilogue, form, Fetch.NOTHING);
  }

  /**
   * The form with a tile.
   *
   * @param channels of the block
   */
  public static BlockSpec tiles(int channels, Epilogue epilogue) {
    return new BlockSpec(
        TILE_POINTS * channels, 1, Float.BYTES, 0, epilogue, Form.TILES, Fetch.NOTHING);
  }

  /**
   * The same kernel, which also fetches lines, one a step. It pays where A or B is read once or
   * twice from beyond the second level; from nearer it costs 0 to 5%. Only with vectors of 512
   * bits; with others it is this kernel.
   */
  public BlockSpec fetching() {
    return fetching(Fetch.LINES);
  }

  /** The same kernel, which also fetches; with vectors of less than 512 bits this one. */
  public BlockSpec fetching(Fetch what) {
    return Lanes.BYTES < CACHE_LINE
        ? this
        : new BlockSpec(rows, vectors, aRow, pixel, epilogue, form, what);
  }

  /** Whether it fetches. */
  public boolean fetches() {
    return fetch != Fetch.NOTHING;
  }

  /** Whether B is a tile. */
  public boolean tiles() {
    return form == Form.TILES;
  }

  /** Output channels of a block of the form with a tile. */
  public int channels() {
    return rows / TILE_POINTS;
  }

  /** Whether B is pixels, from which the kernel makes points. */
  public boolean points() {
    return form == Form.POINTS || writesPixels();
  }

  /** Whether pixels, or their differences, are written from {@code bias} on. */
  public boolean writesPixels() {
    return form == Form.POINTS_KEPT || form == Form.POINTS_OF_SUM;
  }

  /** Which of the four points a row is multiplied by. */
  public int point(int row) {
    return row / (rows / POINTS);
  }

  /** Whether the sums run over the lanes. */
  public boolean lanesReduced() {
    return form == Form.LANES_REDUCED;
  }

  /** Whether A is vectors. */
  public boolean vectorsOfA() {
    return form != Form.BROADCAST && form != Form.TILES;
  }
}
