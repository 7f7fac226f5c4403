package dev.lanewise.cli;

import dev.lanewise.train.EpochResult;
import dev.lanewise.train.StepResult;
import dev.lanewise.train.TrainingListener;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how a training goes: one line an epoch, and on a terminal a bar with loss, speed and the time
 * left of the whole training.
 */
final class Progress implements TrainingListener, AutoCloseable {
  private static final int REFRESH_MILLIS = 100;

  private final PrintWriter out;
  private final boolean bars;
  private final int epochs;
  private final int samplesPerEpoch;
  private final long start = System.nanoTime();
  private volatile long samplesDone;
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
    samplesDone += step.samples();
    current.stepBy(step.samples());
    long now = System.nanoTime();
    if (now >= nextMessage) {
      nextMessage = now + REFRESH_MILLIS * 1_000_000L;
      current.setExtraMessage(String.format(Locale.ROOT, "loss %.4f", step.loss()));
    }
  }

  private ProgressBar open(int epoch) {
    return new ProgressBarBuilder()
        .setTaskName("epoch " + epoch + "/" + epochs)
        .setInitialMax(samplesPerEpoch)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(REFRESH_MILLIS)
        .setUnit(" samples", 1)
        .showSpeed()
        .setEtaFunction(_ -> timeLeft())
        .setConsumer(new ConsoleProgressBarConsumer(System.err))
        .clearDisplayOnFinish()
        .build();
  }

  private Optional<Duration> timeLeft() {
    long done = samplesDone;
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
