package dev.lanewise.data;

/**
 * Data that cannot be used: a file that is missing, damaged or of another format, or sets that do
 * not belong together. The message is one sentence for the user.
 */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what was found where, and what was expected. */
  public DataException(String message) {
    super(message);
  }

  /** As {@link #DataException(String)}, after another exception. */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
