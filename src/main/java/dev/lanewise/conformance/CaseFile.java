package dev.lanewise.conformance;

import dev.lanewise.io.Safetensors;
import dev.lanewise.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors of one test vector, in a safetensors file. */
final class CaseFile {
  private CaseFile() {}

  /**
   * Reads a file; the tensors belong to the innermost scope, in the order of the file.
   *
   * @throws dev.lanewise.io.CheckpointException when it is missing or damaged
   */
  static Map<String, Tensor> read(Path file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Safetensors.read(file)
        .tensors()
        .forEach((name, stored) -> tensors.put(name, stored.toTensor()));
    return tensors;
  }
}
