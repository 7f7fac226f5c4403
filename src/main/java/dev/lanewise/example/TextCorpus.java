package dev.lanewise.example;

import dev.lanewise.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A text as numbers of its characters, cut into blocks: of ten, eight to train with, one to choose
 * by, one for the last word.
 *
 * @param alphabet the characters, in rising order; their places are the numbers
 * @param codes the whole text
 * @param block characters of a block; a last one that would not be full is left out
 */
record TextCorpus(int[] alphabet, long[] codes, int block) {
  private static final int TEN = 10;
  private static final int CHOOSE = 4;
  private static final int TEST = 9;

  /**
   * Reads a file, or all files {@code *.txt} of a folder in the order of their names.
   *
   * @throws DataException when there are less than ten blocks
   */
  static TextCorpus read(Path path, int block) throws IOException {
    List<Path> files = List.of(path);
    if (Files.isDirectory(path)) {
      try (Stream<Path> inside = Files.list(path)) {
        files = inside.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
      }
    }
    StringBuilder text = new StringBuilder();
    for (Path file : files) {
      text.append(Files.readString(file));
    }
    int[] characters = text.codePoints().toArray();
    if (characters.length < TEN * block) {
      throw new DataException(
          "The text %s has %d characters; expected at least %d."
              .formatted(path, characters.length, TEN * block));
    }
    int[] alphabet = Arrays.stream(characters).sorted().distinct().toArray();
    long[] codes =
        Arrays.stream(characters).mapToLong(c -> Arrays.binarySearch(alphabet, c)).toArray();
    return new TextCorpus(alphabet, codes, block);
  }

  /** The blocks to train with. */
  List<long[]> train() {
    return blocks(CHOOSE, TEST, true);
  }

  /** The blocks to choose by. */
  List<long[]> validation() {
    return blocks(CHOOSE, CHOOSE, false);
  }

  /** The blocks that nothing was chosen by. */
  List<long[]> test() {
    return blocks(TEST, TEST, false);
  }

  /** Of each ten, those whose number is one of two, or all others. */
  private List<long[]> blocks(int one, int other, boolean without) {
    List<long[]> blocks = new ArrayList<>();
    for (int i = 0; (i + 1) * block <= codes.length; i++) {
      boolean among = i % TEN == one || i % TEN == other;
      if (among != without) {
        blocks.add(Arrays.copyOfRange(codes, i * block, (i + 1) * block));
      }
    }
    return blocks;
  }

  /** The characters of some numbers. */
  String text(long... numbers) {
    StringBuilder text = new StringBuilder();
    for (long number : numbers) {
      text.appendCodePoint(alphabet[(int) number]);
    }
    return text.toString();
  }
}
