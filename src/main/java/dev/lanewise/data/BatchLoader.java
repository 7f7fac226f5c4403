package dev.lanewise.data;

import dev.lanewise.tensor.Shape;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Mini-batches of samples, prepared by a thread in the background while the last ones are in use.
 * The order is a function of seed and epoch alone. A few buffers go round, so an epoch costs no
 * memory.
 *
 * <p>One thread uses a loader, and one epoch at a time: starting the next, or closing the loader,
 * ends the one before.
 */
public final class BatchLoader implements AutoCloseable {
  /** One in use, one ready, one being filled. */
  private static final int BUFFERS = 3;

  /**
   * How to make batches.
   *
   * @param batchSize samples a batch, at least 1
   * @param shuffle whether every epoch has an order of its own
   * @param dropLast whether a last batch that would not be full is left out
   * @param augmentation of images, in every epoch anew
   * @param seed of the orders and of the augmentation
   */
  public record Options(
      int batchSize, boolean shuffle, boolean dropLast, Augmentation augmentation, long seed) {
    /** Without augmentation. */
    public Options(int batchSize, boolean shuffle, boolean dropLast, long seed) {
      this(batchSize, shuffle, dropLast, Augmentation.NONE, seed);
    }

    /**
     * Checks the batch size.
     *
     * @throws IllegalArgumentException when it is below 1
     */
    public Options {
      Objects.requireNonNull(augmentation, "augmentation");
      if (batchSize < 1) {
        throw new IllegalArgumentException(
            "The batch size is " + batchSize + "; expected at least 1.");
      }
    }
  }

  private final Samples samples;
  private final Options options;
  private final int[] order;
  private final Batch[] buffers = new Batch[BUFFERS];
  private final BlockingQueue<Batch> free = new ArrayBlockingQueue<>(BUFFERS);
  private final BlockingQueue<Batch> ready = new ArrayBlockingQueue<>(BUFFERS + 1);

  /** Stands in the queue where an epoch has failed. */
  private final Batch failed;

  private @Nullable Epoch current;
  private boolean closed;

  /**
   * A loader of these samples; its thread runs only during epochs.
   *
   * @throws DataException when there is no sample, no full batch and only full ones are wanted, or
   *     when there is an augmentation and the samples are no images [C, H, W]
   */
  public BatchLoader(Samples samples, Options options) {
    this.samples = samples;
    this.options = options;
    this.order = new int[samples.size()];
    if (samples.size() == 0 || batches() == 0) {
      throw new DataException(
          "There are %d samples to make batches of %d from; expected at least %d."
              .formatted(
                  samples.size(), options.batchSize, options.dropLast ? options.batchSize : 1));
    }
    if (!options.augmentation.isNone() && samples.shape().rank() != 3) {
      throw new DataException(
          "Augmentation needs images [C, H, W], found samples " + samples.shape() + ".");
    }
    int capacity = Math.min(options.batchSize, samples.size());
    for (int i = 0; i < BUFFERS; i++) {
      buffers[i] = new Batch(samples.shape(), capacity);
    }
    this.failed = new Batch(samples.shape(), 0);
  }

  /** To train with: another order in every epoch, all samples. */
  public static BatchLoader shuffled(Samples samples, int batchSize, long seed) {
    return new BatchLoader(samples, new Options(batchSize, true, false, seed));
  }

  /**
   * To train images with: another order in every epoch, all samples, each time changed a little.
   */
  public static BatchLoader augmented(
      Samples samples, int batchSize, Augmentation augmentation, long seed) {
    return new BatchLoader(samples, new Options(batchSize, true, false, augmentation, seed));
  }

  /** To evaluate with: all samples in their own order. */
  public static BatchLoader inOrder(Samples samples, int batchSize) {
    return new BatchLoader(samples, new Options(batchSize, false, false, 0));
  }

  /** The number of batches of an epoch. */
  public int batches() {
    int full = samples.size() / options.batchSize;
    return options.dropLast || samples.size() % options.batchSize == 0 ? full : full + 1;
  }

  /** The number of samples of an epoch. */
  public int samples() {
    return options.dropLast ? batches() * options.batchSize : samples.size();
  }

  /**
   * Starts an epoch. The result can be walked once; its {@code next} throws a {@link DataException}
   * where a batch could not be prepared.
   *
   * @param number chooses the order where batches are shuffled
   * @throws IllegalStateException when the loader is closed
   */
  public Iterable<Batch> epoch(int number) {
    if (closed) {
      throw new IllegalStateException("The loader is closed.");
    }
    stop();
    free.clear();
    ready.clear();
    free.addAll(Arrays.asList(buffers));
    Arrays.setAll(order, i -> i);
    if (options.shuffle) {
      new RandomStream(options.seed, number).shuffle(order);
    }
    Epoch epoch = new Epoch(number);
    current = epoch;
    epoch.thread.start();
    return () -> epoch;
  }

  /** Ends the epoch that is under way, with its thread. */
  @Override
  public void close() {
    closed = true;
    stop();
  }

  private void stop() {
    Epoch epoch = current;
    current = null;
    if (epoch == null) {
      return;
    }
    epoch.cancelled = true;
    epoch.thread.interrupt();
    boolean interrupted = false;
    while (epoch.thread.isAlive()) {
      try {
        epoch.thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One pass over the samples: the consumer's side, and the thread of the other. */
  private final class Epoch implements Iterator<Batch> {
    private final int number;
    private final Thread thread;
    private volatile boolean cancelled;
    private volatile @Nullable Throwable failure;
    private @Nullable Batch inUse;
    private int taken;

    Epoch(int number) {
      this.number = number;
      this.thread =
          Thread.ofPlatform().daemon().name("lanewise-batches").unstarted(this::prepareAll);
    }

    private void prepareAll() {
      try {
        int count = batches();
        Batch.Change change = change();
        for (int i = 0; i < count && !cancelled; i++) {
          Batch batch = free.take();
          int start = i * options.batchSize;
          int size = Math.min(options.batchSize, order.length - start);
          batch.fill(samples, order, start, size, change);
          ready.put(batch);
        }
      } catch (InterruptedException e) {
        // The consumer has left: there is nobody to tell.
      } catch (Throwable e) {
        failure = e;
        ready.add(failed);
      }
    }

    private Batch.Change change() {
      Augmentation augmentation = options.augmentation;
      if (augmentation.isNone()) {
        return (values, offset, sample) -> {};
      }
      Shape shape = samples.shape();
      float[] copy = new float[Math.toIntExact(shape.size())];
      return (values, offset, sample) ->
          augmentation.apply(shape, values, offset, copy, options.seed, number, sample);
    }

    @Override
    public boolean hasNext() {
      return taken < batches();
    }

    @Override
    public Batch next() {
      if (!hasNext()) {
        throw new NoSuchElementException("Epoch " + number + " has no further batch.");
      }
      if (cancelled) {
        throw new IllegalStateException("Epoch " + number + " was ended by the next one.");
      }
      if (inUse != null) {
        free.add(inUse);
        inUse = null;
      }
      Batch batch = take();
      if (batch == failed) {
        taken = batches();
        Throwable cause = Objects.requireNonNull(failure);
        throw new DataException(
            "A batch of epoch " + number + " could not be prepared: " + cause.getMessage(), cause);
      }
      inUse = batch;
      taken++;
      return batch;
    }

    private Batch take() {
      try {
        return ready.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DataException(
            "Interrupted while waiting for a batch of epoch " + number + ".", e);
      }
    }
  }
}
