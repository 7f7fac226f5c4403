package dev.lanewise.cli;

import java.util.function.Supplier;

/** What the user gave cannot be used; the message is the one sentence that the command prints. */
final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BadInputException(String sentence) {
    super(sentence);
  }

  /** Runs something that checks what the user gave and complains by IllegalArgumentException. */
  static <T> T checking(Supplier<T> body) {
    try {
      return body.get();
    } catch (IllegalArgumentException complaint) {
      throw new BadInputException(String.valueOf(complaint.getMessage()));
    }
  }
}
