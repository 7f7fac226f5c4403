package dev.lanewise.cli;

import dev.lanewise.data.DataException;
import dev.lanewise.io.CheckpointException;
import dev.lanewise.memory.OutOfPoolMemoryException;
import dev.lanewise.train.TrainingDivergedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine.ParameterException;

/**
 * What the command prints when something was thrown: one sentence, and whether the input is to
 * blame or the program.
 */
record Failure(Throwable thrown, String sentence, boolean badInput) {
  static Failure of(Throwable thrown) {
    return switch (thrown) {
      case BadInputException bad -> badInput(bad);
      case DataException bad -> badInput(bad);
      case CheckpointException bad -> badInput(bad);
      case TrainingDivergedException bad -> badInput(bad);
      case OutOfPoolMemoryException bad -> badInput(bad);
      case ParameterException bad -> badInput(bad);
      case UncheckedIOException wrapped when wrapped.getCause() != null -> of(wrapped.getCause());
      case FileSystemException file -> new Failure(thrown, sentence(file), true);
      case IOException io -> badInput(io);
      // A setting that a static initialiser found wrong.
      case ExceptionInInitializerError e
          when e.getCause() instanceof IllegalArgumentException bad ->
          badInput(bad);
      case OutOfMemoryError _ ->
          new Failure(thrown, "The Java heap is full; raise it with -Xmx.", false);
      default -> new Failure(thrown, "Internal error: " + thrown, false);
    };
  }

  private static Failure badInput(Throwable thrown) {
    String message = thrown.getMessage();
    return new Failure(thrown, message == null ? thrown.toString() : message, true);
  }

  private static String sentence(FileSystemException file) {
    String reason =
        switch (file) {
          case NoSuchFileException _ -> "it does not exist";
          case FileAlreadyExistsException _ -> "it is a file, expected a folder";
          case AccessDeniedException _ -> "access is denied";
          default -> file.getReason() == null ? file.getClass().getSimpleName() : file.getReason();
        };
    return "Cannot use " + file.getFile() + ": " + reason + ".";
  }

  /** Prints and returns the exit code. */
  int report(PrintWriter err, boolean trace) {
    err.println("lanewise: " + sentence.lines().findFirst().orElse(""));
    if (trace) {
      thrown.printStackTrace(err);
    }
    err.flush();
    return badInput ? Main.BAD_INPUT : 1;
  }
}
