package dev.lanewise.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() {
    file = folder.resolve("best.safetensors");
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.putAll(Checkpoint.store("", parameters(1)));
    tensors.putAll(
        Checkpoint.store(
            Checkpoint.OPTIMIZER,
            Map.of("fc.weight.momentum_buffer", Tensor.of(new float[] {7, 8}, 2))));
    new Checkpoint(
            "mlp",
            3,
            -5,
            Map.of("val_accuracy", 0.1, "val_loss", Double.NaN),
            Map.of("data", "mnist"),
            tensors)
        .write(file);
  }

  private static Map<String, Tensor> parameters(float first) {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    parameters.put("fc.weight", Tensor.of(new float[] {first, 2}, 1, 2));
    parameters.put("fc.bias", Tensor.of(new float[] {3}, 1));
    return parameters;
  }

  @Test
  void everythingComesBack() {
    Checkpoint read = Checkpoint.read(file);
    assertEquals("mlp", read.model());
    assertEquals(3, read.epoch());
    assertEquals(-5, read.seed());
    assertEquals(Map.of("val_accuracy", 0.1, "val_loss", Double.NaN), read.metrics());
    assertEquals(Map.of("data", "mnist"), read.settings());
    assertEquals(
        Set.of("fc.weight", "fc.bias", "optimizer.fc.weight.momentum_buffer"),
        read.tensors().keySet());
  }

  @Test
  void parametersAreRestoredInPlace() {
    Map<String, Tensor> parameters = parameters(99);
    Checkpoint read = Checkpoint.read(file);
    read.restore("", parameters);
    assertArrayEquals(new float[] {1, 2}, parameters.get("fc.weight").toArray());
    Map<String, Tensor> optimizer = read.load(Checkpoint.OPTIMIZER);
    assertEquals(Set.of("fc.weight.momentum_buffer"), optimizer.keySet());
    assertArrayEquals(new float[] {7, 8}, optimizer.get("fc.weight.momentum_buffer").toArray());
  }

  @Test
  void whatDoesNotFitIsListedAndNothingIsChanged() {
    Map<String, Tensor> other = new LinkedHashMap<>();
    other.put("fc.weight", Tensor.of(new float[] {9, 9}, 1, 2));
    other.put("fc.bias", Tensor.zeros(2));
    other.put("conv.weight", Tensor.zeros(1));
    Checkpoint read = Checkpoint.read(file);
    assertEquals(
        "The checkpoint of model mlp does not fit: 'fc.bias' is FLOAT32 [1] instead of FLOAT32 [2],"
            + " 'conv.weight' is missing.",
        assertThrows(CheckpointException.class, () -> read.restore("", other)).getMessage());
    assertArrayEquals(new float[] {9, 9}, other.get("fc.weight").toArray());
    Map<String, Tensor> fewer = parameters(9);
    fewer.remove("fc.bias");
    assertTrue(
        assertThrows(CheckpointException.class, () -> read.restore("", fewer))
            .getMessage()
            .contains("'fc.bias' is not in the model"));
  }

  @Test
  void everyDamagedByteIsFoundWithOneSentence() throws IOException {
    byte[] good = Files.readAllBytes(file);
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x15;
      Files.write(file, bad);
      String message =
          assertThrows(CheckpointException.class, () -> Checkpoint.read(file)).getMessage();
      assertTrue(message.contains(file.toString()) && !message.contains("\n"), message);
    }
  }

  @Test
  void otherFilesAreNoCheckpoints() throws IOException {
    new Safetensors(Map.of(), Map.of()).write(file);
    assertMessage("is no checkpoint of Lanewise");
    new Safetensors(Map.of("lanewise.checkpoint", "2"), Map.of()).write(file);
    assertMessage("has version 2; expected 1");
    new Safetensors(
            Map.of("lanewise.checkpoint", "1", "model", "m", "epoch", "x", "seed", "1"), Map.of())
        .write(file);
    assertMessage("epoch, seed or a metric is no number");
    Files.writeString(file, "PK\3\4 something else entirely");
    assertMessage("is not a safetensors file");
  }

  private void assertMessage(String expected) {
    String message =
        assertThrows(CheckpointException.class, () -> Checkpoint.read(file)).getMessage();
    assertTrue(message.contains(expected), message);
  }
}
