package dev.lanewise.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Einsum and the named products against sums written out. */
class EinsumTest {
  private final Generator random = new Generator(11);

  private Tensor normal(int... dims) {
    return random.normal(Shape.of(dims), 0, 1);
  }

  private static void assertSame(Tensor expected, Tensor found) {
    assertEquals(expected.shape(), found.shape());
    assertArrayEquals(expected.toArray(), found.toArray(), 1e-5f);
  }

  /** Dimensions: a 2, b 3, c 4, d 5; the sum over all letters of the products, in doubles. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ab,bc->ac", "ab,bc->ca", "ab,bc", "abc,acd->abd", "a,b->ab", "ab,ab->", "ab,ab->ab",
        "abc,cd->", "ab,cd->bd", "aab->ab", "abb,b->a", "abcd->dbca", "abc,bc,cd->ad", "a,a,ab->b",
        "ba,c->cab", "abc->b"
      })
  void equalsTheSumWrittenOut(String equation) {
    String[] sides = equation.split("->", -1);
    String[] inputs = sides[0].split(",");
    String output = sides.length > 1 ? sides[1] : "ac";
    Tensor[] operands = new Tensor[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      operands[i] = normal(inputs[i].chars().map(c -> c - 'a' + 2).toArray());
    }
    int[] dims = output.chars().map(c -> c - 'a' + 2).toArray();
    double[] sums = new double[(int) Shape.of(dims).size()];
    String all = sides[0].replace(",", "");
    int[] at = new int[4];
    for (at[0] = 0; at[0] < (all.contains("a") ? 2 : 1); at[0]++) {
      for (at[1] = 0; at[1] < (all.contains("b") ? 3 : 1); at[1]++) {
        for (at[2] = 0; at[2] < (all.contains("c") ? 4 : 1); at[2]++) {
          for (at[3] = 0; at[3] < (all.contains("d") ? 5 : 1); at[3]++) {
            double product = 1;
            for (int i = 0; i < inputs.length; i++) {
              product *= operands[i].toArray()[place(inputs[i], at)];
            }
            sums[place(output, at)] += product;
          }
        }
      }
    }
    Tensor found = Tensor.einsum(equation, operands);
    assertEquals(Shape.of(dims), found.shape());
    for (int i = 0; i < sums.length; i++) {
      assertEquals(sums[i], found.toArray()[i], 1e-5);
    }
  }

  private static int place(String letters, int[] at) {
    int place = 0;
    for (char c : letters.toCharArray()) {
      place = place * (c - 'a' + 2) + at[c - 'a'];
    }
    return place;
  }

  @Test
  void anEllipsisBroadcasts() {
    Tensor a = normal(2, 1, 3, 4);
    Tensor b = normal(5, 4, 6);
    assertSame(a.matmul(b), Tensor.einsum("...ij,...jk->...ik", a, b));
    assertSame(a.matmul(b), Tensor.einsum("...ij,...jk", a, b));
    assertSame(b.transpose(1, 2), Tensor.einsum("...ij->...ji", b));
    assertSame(b.sum(0), Tensor.einsum("i...->...", b));
  }

  @Test
  void namedProducts() {
    Tensor a = normal(3, 4);
    Tensor b = normal(4, 5);
    Tensor v = normal(4);
    assertSame(a.matmul(b), a.mm(b));
    assertSame(a.matmul(v), a.mv(v));
    assertSame(v.mul(v).sum(), v.dot(v));
    assertSame(v.reshape(4, 1).matmul(normal(1, 1).mul(0).add(2)).reshape(4), v.mul(2));
    assertSame(v.unsqueeze(1).matmul(v.unsqueeze(0)), v.outer(v));
    Tensor c = normal(5);
    assertSame(a.matmul(b).mul(2).add(c.mul(3)), c.addmm(a, b, 3, 2));
    Tensor x = normal(2, 3, 4);
    assertSame(x.reshape(2, 12).mm(normal(12, 1).mul(0)), x.tensordot(normal(3, 4, 1).mul(0), 2));
    assertSame(
        Tensor.einsum("abc,cbd->ad", x, normal(4, 3, 2).mul(0).add(1)),
        x.tensordot(Tensor.ones(4, 3, 2), new int[] {1, 2}, new int[] {1, 0}));
    Tensor k = a.kron(b);
    assertEquals(Shape.of(12, 20), k.shape());
    assertEquals(a.toArray()[1 * 4 + 2] * b.toArray()[3 * 5 + 4], k.toArray()[7 * 20 + 14], 1e-6f);
  }

  @Test
  void mistakesAreNamed() {
    Tensor a = Tensor.zeros(2, 3);
    for (List<String> wrong :
        List.of(
            List.of("ij,jk->ik", "'j' has sizes 3 and 2"),
            List.of("ij,ij->ik", "names 'k', which no operand has"),
            List.of("ij->ij", "1 operands are named, 2 are given"),
            List.of("ijk,ij->i", "does not name each dimension"),
            List.of("ij,ij->ii", "names 'i' twice"),
            List.of("i!,ij->i", "'!' is not a letter"))) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> Tensor.einsum(wrong.get(0), a, a))
              .getMessage();
      assertTrue(message.contains(wrong.get(1)), message);
    }
  }

  @Test
  void derivativesOfBothOrders() {
    Shape shape = Shape.of(2, 3);
    List<float[]> values = List.of(normal(2, 3).toArray(), normal(2, 3).toArray());
    GradientCheck.Case f = in -> Tensor.einsum("ab,cb->ac", in.get(0), in.get(1));
    GradientCheck.standard().first("einsum", f, values, List.of(shape, shape));
    GradientCheck.standard().second("einsum", f, values, List.of(shape, shape));
  }
}
