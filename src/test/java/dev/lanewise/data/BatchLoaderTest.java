package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchLoaderTest {
  private static final Samples SAMPLES = new NumberedSamples(103);

  @Test
  void everySampleComesOnceAnEpochWithItsLabel() {
    try (BatchLoader loader = BatchLoader.shuffled(SAMPLES, 10, 5)) {
      for (int epoch = 0; epoch < 3; epoch++) {
        List<Integer> order = order(loader, epoch);
        assertEquals(103, order.size());
        assertEquals(103, order.stream().distinct().count());
      }
    }
  }

  @Test
  void theOrderIsAFunctionOfSeedAndEpoch() {
    List<Integer> first;
    List<Integer> second;
    try (BatchLoader loader = BatchLoader.shuffled(SAMPLES, 10, 5)) {
      first = order(loader, 0);
      second = order(loader, 1);
    }
    assertNotEquals(first, second);
    try (BatchLoader loader = BatchLoader.shuffled(SAMPLES, 32, 5)) {
      assertEquals(second, order(loader, 1));
      assertEquals(first, order(loader, 0));
    }
    try (BatchLoader loader = BatchLoader.shuffled(SAMPLES, 10, 6)) {
      assertNotEquals(first, order(loader, 0));
    }
  }

  @Test
  void theLastBatchIsKeptOrDropped() {
    assertEquals(List.of(50, 50, 3), sizes(new BatchLoader.Options(50, false, false, 0)));
    assertEquals(List.of(50, 50), sizes(new BatchLoader.Options(50, true, true, 0)));
    assertEquals(List.of(103), sizes(new BatchLoader.Options(103, true, true, 0)));
    assertEquals(List.of(103), sizes(new BatchLoader.Options(1000, true, false, 0)));
  }

  private static List<Integer> sizes(BatchLoader.Options options) {
    List<Integer> sizes = new ArrayList<>();
    try (BatchLoader loader = new BatchLoader(SAMPLES, options)) {
      for (Batch batch : loader.epoch(0)) {
        sizes.add(batch.size());
      }
      assertEquals(sizes.size(), loader.batches());
      assertEquals(sizes.stream().mapToInt(Integer::intValue).sum(), loader.samples());
    }
    return sizes;
  }

  @Test
  void inOrderMeansInOrder() {
    try (BatchLoader loader = BatchLoader.inOrder(SAMPLES, 7)) {
      List<Integer> order = order(loader, 0);
      for (int i = 0; i < order.size(); i++) {
        assertEquals(i, order.get(i));
      }
    }
  }

  @Test
  void tensorsHoldTheBatch() {
    try (BatchLoader loader = BatchLoader.inOrder(SAMPLES, 100)) {
      int start = 0;
      for (Batch batch : loader.epoch(0)) {
        try (Tensor images = batch.images();
            Tensor labels = batch.labels()) {
          assertEquals(Shape.of(batch.size(), 1, 1, 2), images.shape());
          assertEquals(Shape.of(batch.size()), labels.shape());
          float[] values = images.toArray();
          long[] classes = labels.toLongArray();
          for (int i = 0; i < batch.size(); i++) {
            assertEquals(start + i, values[2 * i]);
            assertEquals((start + i) % 10, classes[i]);
            assertEquals(batch.label(i), classes[i]);
          }
        }
        start += batch.size();
      }
      assertEquals(103, start);
    }
  }

  @Test
  void anEpochThatIsLeftEarlyEndsItsThread() {
    BatchLoader loader = BatchLoader.shuffled(SAMPLES, 1, 5);
    Iterator<Batch> left = loader.epoch(0).iterator();
    left.next();
    assertEquals(103, order(loader, 1).size());
    assertThrows(IllegalStateException.class, left::next);
    loader.epoch(2).iterator().next();
    loader.close();
    loader.close();
    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().equals("lanewise-batches")));
    assertThrows(IllegalStateException.class, () -> loader.epoch(3));
  }

  @Test
  void aFinishedEpochHasNoFurtherBatch() {
    try (BatchLoader loader = BatchLoader.inOrder(SAMPLES, 103)) {
      Iterator<Batch> batches = loader.epoch(0).iterator();
      batches.next();
      assertFalse(batches.hasNext());
      assertThrows(NoSuchElementException.class, batches::next);
    }
  }

  /** Fails when sample 42 is read. */
  private record FailingSamples(Throwable failure) implements Samples {
    @Override
    public int size() {
      return 103;
    }

    @Override
    public Shape shape() {
      return SAMPLES.shape();
    }

    @Override
    public int classes() {
      return SAMPLES.classes();
    }

    @Override
    public int label(int index) {
      return SAMPLES.label(index);
    }

    @Override
    public void read(int index, float[] values, int offset) {
      if (index == 42) {
        switch (failure) {
          case RuntimeException e -> throw e;
          case Error e -> throw e;
          default -> throw new AssertionError(failure);
        }
      }
      SAMPLES.read(index, values, offset);
    }
  }

  @Test
  void aFailureInTheBackgroundReachesTheConsumer() {
    for (Throwable failure : List.of(new DataException("bad pixel"), new AssertionError("bug"))) {
      try (BatchLoader loader = BatchLoader.inOrder(new FailingSamples(failure), 10)) {
        for (int attempt = 0; attempt < 2; attempt++) {
          Iterator<Batch> batches = loader.epoch(attempt).iterator();
          for (int i = 0; i < 4; i++) {
            assertEquals(10, batches.next().size());
          }
          DataException thrown = assertThrows(DataException.class, batches::next);
          assertSame(failure, thrown.getCause());
          assertTrue(thrown.getMessage().contains("epoch " + attempt), thrown.getMessage());
          assertFalse(batches.hasNext());
        }
      }
    }
  }

  @Test
  void emptySetsAndBadSizesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> BatchLoader.inOrder(SAMPLES, 0));
    assertThrows(DataException.class, () -> BatchLoader.inOrder(new Subset(SAMPLES), 10));
    BatchLoader.Options onlyFull = new BatchLoader.Options(104, true, true, 0);
    String message =
        assertThrows(DataException.class, () -> new BatchLoader(SAMPLES, onlyFull)).getMessage();
    assertEquals(
        "There are 103 samples to make batches of 104 from; expected at least 104.", message);
  }

  @Test
  void aFewBuffersGoRound() {
    Set<Batch> buffers = Collections.newSetFromMap(new IdentityHashMap<>());
    try (BatchLoader loader = BatchLoader.shuffled(SAMPLES, 2, 1)) {
      for (int epoch = 0; epoch < 3; epoch++) {
        loader.epoch(epoch).forEach(buffers::add);
      }
    }
    assertEquals(3, buffers.size());
  }

  private static List<Integer> order(BatchLoader loader, int epoch) {
    List<Integer> order = new ArrayList<>();
    for (Batch batch : loader.epoch(epoch)) {
      for (int i = 0; i < batch.size(); i++) {
        int sample = (int) batch.values()[2 * i];
        assertEquals(-sample, batch.values()[2 * i + 1]);
        assertEquals(sample % 10, batch.label(i));
        order.add(sample);
      }
    }
    return order;
  }
}
