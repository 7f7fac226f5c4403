package dev.lanewise.example;

import static dev.lanewise.example.Matrices.gradients;

import dev.lanewise.nn.Layer;
import dev.lanewise.op.CustomOp;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Node;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;

/** Row 28: a user's own function, and a layer around it that holds the parameters. */
final class OwnFunction extends Example {
  OwnFunction() {
    super(28, "own-function", "a linear layer of one's own: forward, backward, saved tensors");
  }

  /** The engine: y = x wᵀ + b. It has no state. */
  private record MyLinearFunction() implements CustomOp {
    @Override
    public Shape shape(Shape... in) {
      return Shape.of(in[0].dim(0), in[1].dim(0));
    }

    @Override
    public Tensor forward(Node node, Shape shape, Tensor... in) {
      node.save(in[0], in[1]); // backward needs them
      return in[0].matmul(in[1].t()).add(in[2]);
    }

    @Override
    public Tensor[] backward(Node node, Tensor dy) {
      Tensor x = node.saved(0);
      Tensor w = node.saved(1);
      return new Tensor[] {dy.matmul(w), dy.t().matmul(x), dy.sum(0)}; // in the order of forward
    }
  }

  /** The wrapper: it holds the parameters. */
  private static final class MyLinear extends Layer {
    private final Tensor weight;
    private final Tensor bias;

    MyLinear(int inputs, int outputs, Generator random) {
      weight = parameter("weight", random.normal(Shape.of(outputs, inputs), 0, 0.5f));
      bias = parameter("bias", random.normal(Shape.of(outputs), 0, 0.5f));
    }

    @Override
    public Tensor forward(Tensor x) {
      return Tensor.apply(new MyLinearFunction(), x, weight, bias);
    }
  }

  @Override
  protected void run(Output out) {
    Generator random = new Generator(28);
    MyLinear mine = new MyLinear(3, 2, random);
    Tensor x = random.normal(Shape.of(4, 3), 0, 1).requireGrad();
    out.say("  %s", mine.parameters().keySet());

    Tensor own = mine.forward(x);
    Tensor theirs = x.linear(mine.weight, mine.bias);
    out.check("y", theirs, own, 1e-6);
    Tensor[] found = gradients(own.square().sum(), x, mine.weight, mine.bias);
    Tensor[] expected = gradients(theirs.square().sum(), x, mine.weight, mine.bias);
    String[] names = {"dx", "dweight", "dbias"};
    for (int i = 0; i < names.length; i++) {
      out.check(names[i], expected[i], found[i], 1e-5);
    }
    out.checkGradient(
        "own function",
        in -> Tensor.apply(new MyLinearFunction(), in.get(0), in.get(1), in.get(2)),
        x,
        mine.weight,
        mine.bias);
  }
}
