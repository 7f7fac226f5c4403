package dev.lanewise.example;

/** The files that an example needs are not there; the message says which. */
public final class MissingDataException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MissingDataException(String sentence) {
    super(sentence);
  }
}
