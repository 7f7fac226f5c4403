package dev.lanewise.io;

/**
 * A file of tensors that cannot be read or written, or that does not fit what it is loaded into.
 * The message is one sentence for the user.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what was found where, and what was expected. */
  public CheckpointException(String message) {
    super(message);
  }

  /** As {@link #CheckpointException(String)}, after another exception. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
