package dev.lanewise.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Normalization;
import dev.lanewise.model.Models;
import dev.lanewise.nn.Flatten;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.Sequential;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.jr.ob.JSON;

/** The page to draw on: what it serves, what it answers, what it refuses. */
class DigitPageTest {
  private static final Normalization PLAIN = Normalization.uniform(1, 0, 1);

  private final Layer network = Models.create("lenet5", new Generator(1)).network();
  private DigitReader reader;
  private DigitPage page;

  @BeforeEach
  void open() throws IOException {
    reader = new DigitReader(network, PLAIN);
    page = new DigitPage(reader, 0);
  }

  @AfterEach
  void close() {
    page.close();
    reader.close();
  }

  private record Answer(int status, String type, String text) {}

  private Answer ask(String path, byte[] body) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) page.address().resolve(path).toURL().openConnection();
    if (body != null) {
      connection.setDoOutput(true);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body);
      }
    }
    int status = connection.getResponseCode();
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new Answer(status, connection.getContentType(), text);
    }
  }

  /** A bar that leans, somewhere on a square. */
  private static byte[] bar(int edge, int left, int top, int height) {
    byte[] pixels = new byte[edge * edge];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < height / 5; x++) {
        pixels[(top + y) * edge + left + x + (height - y) / 4] = (byte) 255;
      }
    }
    return pixels;
  }

  @Test
  void servesThePage() throws IOException {
    Answer answer = ask("/", null);
    assertEquals(200, answer.status);
    assertEquals("text/html; charset=utf-8", answer.type);
    assertTrue(answer.text.contains("<canvas id=\"drawing\""));
  }

  @Test
  void answersWithProbabilitiesAndMaps() throws IOException {
    byte[] drawn = bar(280, 60, 40, 200);
    Map<String, Object> answer = JSON.std.mapFrom(ask("read", drawn).text);
    Tensor x = Tensor.of(DrawnDigit.centred(drawn, 280), 1, 1, 28, 28);
    float[] expected = network.forward(x).softmax(1).toArray();
    List<?> shares = (List<?>) answer.get("probabilities");
    for (int i = 0; i < 10; i++) {
      assertEquals(expected[i], ((Number) shares.get(i)).floatValue(), 1e-6f);
    }
    assertEquals(784, ((List<?>) ((List<?>) answer.get("image")).getFirst()).size());
    assertEquals(6, ((List<?>) answer.get("act1")).size());
    assertEquals(16, ((List<?>) answer.get("act2")).size());
    assertEquals(100, ((List<?>) ((List<?>) answer.get("act2")).getLast()).size());
  }

  @Test
  void anEmptySquareIsAnImageToo() throws IOException {
    Map<String, Object> answer = JSON.std.mapFrom(ask("read", new byte[280 * 280]).text);
    assertEquals(
        List.of(0),
        ((List<?>) ((List<?>) answer.get("image")).getFirst()).stream().distinct().toList());
  }

  @Test
  void saysWhatIsWrong() throws IOException {
    assertEquals(
        new Answer(
            400,
            "text/plain; charset=utf-8",
            "Found 3 bytes, expected the pixels of a square of up to 1000 rows."),
        ask("read", new byte[3]));
    assertEquals(400, ask("read", new byte[0]).status);
    assertTrue(ask("read", new byte[1001 * 1001]).text.startsWith("Found too many bytes"));
    assertEquals("There is GET / and POST /read, found GET /read.", ask("read", null).text);
    assertEquals(404, ask("nowhere", null).status);
  }

  @Test
  void aPortThatIsTakenIsASentence() {
    int port = page.address().getPort();
    IOException taken = assertThrows(IOException.class, () -> new DigitPage(reader, port));
    assertTrue(taken.getMessage().startsWith("the port " + port + " cannot be used"));
  }

  @Test
  void needsTheLayersThatItShows() {
    Sequential other = new Sequential().add("flatten", new Flatten());
    assertThrows(IllegalArgumentException.class, () -> new DigitReader(other, PLAIN));
  }

  @Test
  void placeAndSizeOfADrawingDoNotMatter() {
    float[] image = DrawnDigit.centred(bar(280, 60, 40, 200), 280);
    assertArrayEquals(image, DrawnDigit.centred(bar(280, 0, 0, 200), 280), 1e-5f);
    assertArrayEquals(image, DrawnDigit.centred(bar(560, 300, 10, 200), 560), 1e-5f);
    assertArrayEquals(image, DrawnDigit.centred(bar(28, 3, 5, 20), 28), 0.6f); // coarser edges
    double mass = 0;
    double x = 0;
    double y = 0;
    int rows = 0;
    for (int i = 0; i < 28; i++) {
      double row = 0;
      for (int j = 0; j < 28; j++) {
        double light = image[i * 28 + j];
        row += light;
        x += light * (j + 0.5);
        y += light * (i + 0.5);
      }
      mass += row;
      rows += row > 0.5 ? 1 : 0;
    }
    assertEquals(14, x / mass, 1e-3);
    assertEquals(14, y / mass, 1e-3);
    assertEquals(20, rows, 1);
  }
}
