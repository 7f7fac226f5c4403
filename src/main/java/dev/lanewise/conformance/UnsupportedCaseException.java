package dev.lanewise.conformance;

/** A test vector asks for something that this engine does not have; the message names it. */
public final class UnsupportedCaseException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnsupportedCaseException(String what) {
    super(what);
  }
}
