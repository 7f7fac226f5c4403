package dev.lanewise.cli;

import dev.lanewise.io.AtomicFile;
import dev.lanewise.model.Model;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.LayerTrail;
import dev.lanewise.tensor.Scope;
import dev.lanewise.tensor.Tape;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise graph}: the operations of a model as a picture. */
@Command(
    name = "graph",
    description =
        "Draws the tape of one forward of a model: operations in their layers, parameters, and the"
            + " shapes of what flows between them.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class GraphCommand implements Callable<Integer> {
  @Mixin private final ModelOption model = new ModelOption();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description =
          "Where to: Graphviz's language, or for a name that ends in .svg a picture, if Graphviz's"
              + " program 'dot' is on the PATH.")
  private Path out = Path.of("");

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli injects the specification
  GraphCommand() {}

  @Override
  public Integer call() throws IOException {
    String dot = tape();
    if (out.toString().toLowerCase(Locale.ROOT).endsWith(".svg")) {
      draw(dot);
    } else {
      AtomicFile.write(
          out, file -> file.write(ByteBuffer.wrap(dot.getBytes(StandardCharsets.UTF_8))));
    }
    spec.commandLine().getOut().println("written to " + out);
    return 0;
  }

  private String tape() {
    Generator random = new Generator(1);
    Model made = model.create(random);
    try (Scope scope = Scope.open();
        LayerTrail.Keeping trail = LayerTrail.keep()) {
      Tensor x = random.normal(made.input().insert(0, model.batch()), 0, 1);
      return Tape.toDot(made.network().call(x), made.network().parameters());
    }
  }

  private void draw(String dot) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("dot", "-Tsvg", "-o", out.toString());
    builder.redirectErrorStream(true);
    Process graphviz;
    try {
      graphviz = builder.start();
    } catch (IOException missing) {
      throw new BadInputException(
          "--out is "
              + out
              + ", but Graphviz's program 'dot' is not on the PATH; install it, or name a file"
              + " that ends in .dot.");
    }
    try (var in = graphviz.getOutputStream()) {
      in.write(dot.getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(graphviz.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (graphviz.waitFor() != 0) {
        throw new IOException("Graphviz could not draw " + out + ": " + said.strip());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while Graphviz drew " + out, interrupted);
    }
  }
}
