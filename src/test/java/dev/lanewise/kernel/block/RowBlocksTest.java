package dev.lanewise.kernel.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RowBlocksTest {
  private static final int MOST = 14;

  @Test
  void evenBlocksFollowEachOther() {
    for (int rows = MOST; rows < 300; rows++) {
      RowBlocks blocks = RowBlocks.even(rows, MOST);
      assertEquals(Math.ceilDiv(rows, MOST), blocks.count());
      int next = 0;
      for (int block = 0; block < blocks.count(); block++) {
        assertEquals(next, blocks.first(block), "block " + block + " of " + rows + " rows");
        int height = blocks.height(block);
        assertTrue(height <= blocks.high() && height >= blocks.high() - 1 && height <= MOST);
        next += height;
      }
      assertEquals(rows, next);
      assertEquals(rows, blocks.first(blocks.count()));
    }
  }

  @Test
  void ofBlocksAlikeOnlyTheLastMovesBack() {
    for (int rows = MOST; rows < 300; rows++) {
      RowBlocks blocks = RowBlocks.alike(rows, MOST);
      int high = blocks.high();
      assertTrue(high == MOST || high == MOST - 1);
      for (int block = 0; block < blocks.count() - 1; block++) {
        assertEquals(block * high, blocks.first(block));
        assertEquals(high, blocks.height(block));
      }
      assertEquals(rows - high, blocks.first(blocks.count() - 1));
      assertTrue(blocks.count() * high >= rows && (blocks.count() - 1) * high < rows);
    }
  }
}
