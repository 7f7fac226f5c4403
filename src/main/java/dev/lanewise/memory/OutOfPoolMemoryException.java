package dev.lanewise.memory;

/**
 * The pool's limit does not allow an allocation, or the operating system refused it. The message
 * says what was asked for by whom, what is in use, the limit, and the largest holders.
 */
public final class OutOfPoolMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with this message. */
  public OutOfPoolMemoryException(String message) {
    super(message);
  }
}
