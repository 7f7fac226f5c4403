package dev.lanewise.tensor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sums of products in Einstein's notation, for any number of operands: {@code "bij,bjk->bik"}, with
 * repeated letters (diagonals), letters that are summed out, and an ellipsis for dimensions that
 * broadcast. Operands are combined from left to right, each time by one batched matrix product.
 */
final class Einsum {
  private final String equation;

  /** What stands for the dimensions of an ellipsis: characters that are no letters. */
  private static final char ELLIPSIS = '\u2400';

  private Einsum(String equation) {
    this.equation = equation;
  }

  private record Term(String letters, Tensor tensor) {}

  static Tensor evaluate(String equation, Tensor... operands) {
    return new Einsum(equation).evaluate(operands);
  }

  private IllegalArgumentException wrong(String why) {
    return new IllegalArgumentException("einsum: \"" + equation + "\": " + why);
  }

  private Tensor evaluate(Tensor... operands) {
    String text = equation.replaceAll("\\s", "");
    int arrow = text.indexOf("->");
    String[] inputs = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
    if (inputs.length != operands.length) {
      throw wrong(inputs.length + " operands are named, " + operands.length + " are given");
    }
    int more = 0;
    for (int i = 0; i < inputs.length; i++) {
      int dots = inputs[i].indexOf("...");
      if (dots >= 0) {
        more = Math.max(more, operands[i].shape().rank() - (inputs[i].length() - 3));
      }
    }
    String all = "";
    for (int i = more; i > 0; i--) {
      all += (char) (ELLIPSIS + i);
    }
    List<Term> terms = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      terms.add(term(inputs[i], all, operands[i]));
    }
    String output = arrow < 0 ? implied(text, all) : expand(text.substring(arrow + 2), all, more);
    for (char c : output.toCharArray()) {
      if (output.indexOf(c) != output.lastIndexOf(c)) {
        throw wrong("the result names '" + c + "' twice");
      }
      if (terms.stream().noneMatch(term -> term.letters.indexOf(c) >= 0)) {
        throw wrong("the result names '" + c + "', which no operand has");
      }
    }
    checkSizes(terms);
    Term product = terms.getFirst();
    for (int i = 1; i < terms.size(); i++) {
      StringBuilder later = new StringBuilder(output);
      terms.subList(i + 1, terms.size()).forEach(term -> later.append(term.letters));
      product = multiply(product, terms.get(i), later.toString());
    }
    product = sumOut(product, output);
    return product.tensor.permute(order(product.letters, output));
  }

  /** The letters of one operand, with its diagonals taken. */
  private Term term(String input, String all, Tensor tensor) {
    String letters = expand(input, all, tensor.shape().rank() - input.replace("...", "").length());
    if (letters.length() != tensor.shape().rank()) {
      throw wrong("\"" + input + "\" does not name each dimension of shape " + tensor.shape());
    }
    for (int i = 0; i < letters.length(); i++) {
      int other = letters.indexOf(letters.charAt(i), i + 1);
      if (other >= 0) {
        if (tensor.shape().dim(i) != tensor.shape().dim(other)) {
          throw wrong("'" + letters.charAt(i) + "' has two sizes in shape " + tensor.shape());
        }
        char letter = letters.charAt(i);
        tensor = tensor.diagonal(0, i, other);
        letters =
            new StringBuilder(letters).deleteCharAt(other).deleteCharAt(i).toString() + letter;
        i = -1;
      }
    }
    return new Term(letters, tensor);
  }

  private String expand(String input, String all, int count) {
    int dots = input.indexOf("...");
    String letters = input.replace("...", "");
    for (char c : letters.toCharArray()) {
      if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')) {
        throw wrong("'" + c + "' is not a letter");
      }
    }
    if (dots < 0) {
      return letters;
    }
    if (count < 0) {
      throw wrong("an operand has fewer dimensions than \"" + input + "\"");
    }
    return input.substring(0, dots)
        + all.substring(all.length() - count)
        + input.substring(dots + 3);
  }

  /** The result where none is named: the ellipsis, then the letters that occur once, sorted. */
  private static String implied(String text, String all) {
    StringBuilder output = new StringBuilder(all);
    text.chars()
        .filter(Character::isLetter)
        .filter(c -> text.indexOf(c) == text.lastIndexOf(c))
        .sorted()
        .forEach(c -> output.append((char) c));
    return output.toString();
  }

  private void checkSizes(List<Term> terms) {
    for (Term a : terms) {
      for (Term b : terms) {
        for (int i = 0; i < a.letters.length(); i++) {
          int j = b.letters.indexOf(a.letters.charAt(i));
          int x = a.tensor.shape().dim(i);
          int y = j < 0 ? x : b.tensor.shape().dim(j);
          if (x != y && x != 1 && y != 1) {
            throw wrong(
                "'"
                    + a.letters.charAt(i)
                    + "' has sizes "
                    + x
                    + " and "
                    + y
                    + " in shapes "
                    + a.tensor.shape()
                    + " and "
                    + b.tensor.shape());
          }
        }
      }
    }
  }

  /** Sums over the letters that are not wanted any more. */
  private static Term sumOut(Term term, String wanted) {
    StringBuilder kept = new StringBuilder();
    List<Integer> dims = new ArrayList<>();
    for (int i = 0; i < term.letters.length(); i++) {
      if (wanted.indexOf(term.letters.charAt(i)) >= 0) {
        kept.append(term.letters.charAt(i));
      } else {
        dims.add(i);
      }
    }
    if (dims.isEmpty()) {
      return term;
    }
    int[] axes = dims.stream().mapToInt(Integer::intValue).toArray();
    return new Term(kept.toString(), term.tensor.sum(axes));
  }

  private static int[] order(String letters, String wanted) {
    return wanted.chars().map(letters::indexOf).toArray();
  }

  /**
   * [batch, rows, summed] by [batch, summed, columns], where the letters of both are the batch when
   * they are wanted later, and are summed when they are not.
   */
  private static Term multiply(Term left, Term right, String wanted) {
    Term a = sumOut(left, right.letters + wanted);
    Term b = sumOut(right, left.letters + wanted);
    Set<Character> batch = new LinkedHashSet<>();
    Set<Character> summed = new LinkedHashSet<>();
    Set<Character> rows = new LinkedHashSet<>();
    Set<Character> columns = new LinkedHashSet<>();
    for (char c : a.letters.toCharArray()) {
      boolean both = b.letters.indexOf(c) >= 0;
      (!both ? rows : wanted.indexOf(c) >= 0 ? batch : summed).add(c);
    }
    for (char c : b.letters.toCharArray()) {
      if (a.letters.indexOf(c) < 0) {
        columns.add(c);
      }
    }
    Map<Character, Integer> sizes = new HashMap<>();
    for (Term term : List.of(a, b)) {
      for (int i = 0; i < term.letters.length(); i++) {
        sizes.merge(term.letters.charAt(i), term.tensor.shape().dim(i), Math::max);
      }
    }
    Tensor x = arranged(a, sizes, batch, rows, summed);
    Tensor y = arranged(b, sizes, batch, summed, columns);
    StringBuilder letters = new StringBuilder();
    List<Integer> dims = new ArrayList<>();
    for (Set<Character> group : List.of(batch, rows, columns)) {
      for (char c : group) {
        letters.append(c);
        dims.add(sizes.getOrDefault(c, 1));
      }
    }
    int[] shape = dims.stream().mapToInt(Integer::intValue).toArray();
    return new Term(letters.toString(), x.matmul(y).reshape(shape));
  }

  /** The operand as [first.., second.., third..], each group one dimension. */
  @SafeVarargs
  private static Tensor arranged(
      Term term, Map<Character, Integer> sizes, Set<Character>... groups) {
    StringBuilder letters = new StringBuilder();
    int[] joined = new int[groups.length];
    List<Integer> dims = new ArrayList<>();
    for (int i = 0; i < groups.length; i++) {
      joined[i] = 1;
      for (char c : groups[i]) {
        letters.append(c);
        dims.add(sizes.getOrDefault(c, 1));
        joined[i] *= sizes.getOrDefault(c, 1);
      }
    }
    Tensor x = term.tensor.permute(order(term.letters, letters.toString()));
    int[] full = dims.stream().mapToInt(Integer::intValue).toArray();
    return (x.shape().equals(Shape.of(full)) ? x : x.expand(full)).reshape(joined);
  }
}
