package dev.lanewise.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes a file so that its name always stands for a whole one, the old or the new, even when the
 * process is killed or the power fails: into a temporary file beside it, forced to the disk, then
 * moved over it.
 */
public final class AtomicFile {
  private static final AtomicLong COUNTER = new AtomicLong();

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes everything into {@code channel}, which is open for reading too and need not be closed.
     */
    void writeTo(FileChannel channel) throws IOException;
  }

  private AtomicFile() {}

  /**
   * Writes or replaces a file; its folder is made where it is missing.
   *
   * @throws IOException when that fails; then the old file, if any, is untouched
   */
  public static void write(Path file, Content content) throws IOException {
    Path target = file.toAbsolutePath();
    Path temporary = temporary(target);
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
    forceFolder(Objects.requireNonNull(temporary.getParent()));
  }

  /**
   * Tries whether {@link #write} would succeed, for what is computed long before it is written. The
   * folder is made; the file, if any, is untouched.
   *
   * @throws IOException when no file can be written there
   */
  public static void check(Path file) throws IOException {
    Path temporary = temporary(file.toAbsolutePath());
    Files.createFile(temporary);
    Files.delete(temporary);
  }

  /** A name beside the file that nothing else uses, in a folder that is there. */
  private static Path temporary(Path target) throws IOException {
    Path folder = target.getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new IOException(target + " is a folder");
    }
    Files.createDirectories(folder);
    String unique = ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
    return folder.resolve("." + target.getFileName() + "." + unique + ".tmp");
  }

  /** Makes the new name itself lasting. Not every system lets a folder be opened; then it stays. */
  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The move has been done; only its order on the disk is left to the system.
    }
  }
}
