package dev.lanewise.blas;

/** A program for {@link LoadingTest}: prints what the search found. */
final class SearchReport {
  private SearchReport() {}

  public static void main(String[] arguments) {
    BlasChoice choice = BlasChoice.get();
    choice.report().forEach(System.out::println);
    choice.openBlas().ifPresent(blas -> System.out.println("core " + blas.core()));
    System.out.println("warnings " + choice.warnings().size());
  }
}
