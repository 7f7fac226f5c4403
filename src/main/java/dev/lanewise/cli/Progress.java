package dev.lanewise.cli;

import dev.lanewise.train.EpochResult;
import dev.lanewise.train.StepResult;
import dev.lanewise.train.TrainingListener;
import java.io.Console;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how a training goes: one line an epoch, and on a terminal a bar with loss, speed and the
 * time left of the whole training.
 */
final class Progress implements TrainingListener, AutoCloseable {
  private static final int REFRESH_MILLIS = 100;

  private final PrintWriter out;
  private final boolean bars;
  private final int epochs;
  private final int samplesPerEpoch;
  private final long start = System.nanoTime();
  private final AtomicLong samplesDone = new AtomicLong();
  private long epochStart = start;
  private long nextMessage = start;
  private @Nullable ProgressBar bar;

  Progress(PrintWriter out, boolean bars, int epochs, int samplesPerEpoch) {
    this.out = out;
    this.bars = bars;
    this.epochs = epochs;
    this.samplesPerEpoch = samplesPerEpoch;
  }

  /** Whether a person looks at a terminal that can move its cursor. */
  static boolean onTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
  }

  @Override
  public void onStep(StepResult step) {
    if (!bars) {
      return;
    }
    ProgressBar current = bar;
    if (current == null) {
      current = open(step.epoch());
      bar = current;
    }
    samplesDone.addAndGet(step.samples());
    current.stepBy(step.samples());
    long now = System.nanoTime();
    if (now >= nextMessage) {
      nextMessage = now + REFRESH_MILLIS * 1_000_000L;
      double seconds = (now - epochStart) * 1e-9;
      current.setExtraMessage(
          String.format(
              Locale.ROOT,
              " loss %.4f, %,.0f samples/s",
              step.loss(),
              current.getCurrent() / seconds));
    }
  }

  private ProgressBar open(int epoch) {
    epochStart = System.nanoTime();
    return new ProgressBarBuilder()
        .setTaskName("epoch " + epoch + "/" + epochs)
        .setInitialMax(samplesPerEpoch)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(REFRESH_MILLIS)
        .setEtaFunction(_ -> timeLeft())
        .setConsumer(new BarLine(System.err))
        .clearDisplayOnFinish()
        .build();
  }

  /**
   * Leaves the cursor at the start of the cleared line, where the library would begin a new one.
   */
  private static final class BarLine extends ConsoleProgressBarConsumer {
    private final PrintStream stream;

    BarLine(PrintStream stream) {
      super(stream);
      this.stream = stream;
    }

    @Override
    public void close() {
      stream.print('\r');
      stream.flush();
    }
  }

  private Optional<Duration> timeLeft() {
    long done = samplesDone.get();
    if (done == 0) {
      return Optional.empty();
    }
    double nanosEach = (double) (System.nanoTime() - start) / done;
    long left = (long) epochs * samplesPerEpoch - done;
    return Optional.of(Duration.ofNanos((long) (nanosEach * left)));
  }

  @Override
  public void onEpoch(EpochResult epoch) {
    close();
    out.printf(
        Locale.ROOT,
        "epoch %d/%d: loss %.4f, validation loss %.4f, accuracy %.2f%%, %,.0f samples/s, %.1f s%n",
        epoch.epoch(),
        epochs,
        epoch.trainLoss(),
        epoch.validation().loss(),
        100 * epoch.validation().accuracy(),
        epoch.samplesPerSecond(),
        epoch.seconds());
    out.flush();
  }

  /** Removes the bar. */
  @Override
  public void close() {
    ProgressBar current = bar;
    if (current != null) {
      bar = null;
      current.close();
    }
  }
}
