package dev.lanewise.bench;

/** The shape of a case that is a whole network: its name and how many samples it gets. */
record NetworkAndBatch(Network network, int batch) {
  /**
   * Reads {@code MODEL/BATCH}.
   *
   * @throws IllegalArgumentException when it is none
   */
  static NetworkAndBatch parse(String family, String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("[1-9]\\d{0,6}")) {
      throw new IllegalArgumentException(
          "'%s' is no network with a batch; write %s/MODEL/BATCH.".formatted(text, family));
    }
    return new NetworkAndBatch(
        Network.named(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }
}
