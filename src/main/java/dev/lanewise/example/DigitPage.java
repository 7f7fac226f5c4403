package dev.lanewise.example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.jr.ob.JSON;

/**
 * The page to draw a digit on, served on this machine alone by the JDK's web server. {@code GET /}
 * is the page; {@code POST /read} takes the pixels of a square, one byte each and light on dark,
 * and answers in JSON what the network sees.
 */
final class DigitPage implements AutoCloseable {
  private static final int LARGEST_EDGE = 1000;

  private final DigitReader reader;
  private final byte[] page;
  private final HttpServer server;
  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  /**
   * Serves from now on.
   *
   * @param port 0 for one that is free
   * @throws IOException when the port is taken
   */
  DigitPage(DigitReader reader, int port) throws IOException {
    this.reader = reader;
    try (InputStream html = DigitPage.class.getResourceAsStream("digits.html")) {
      if (html == null) {
        throw new IOException("the page digits.html is missing in this build");
      }
      page = html.readAllBytes();
    }
    InetAddress here = InetAddress.getLoopbackAddress();
    try {
      server = HttpServer.create(new InetSocketAddress(here, port), 0);
    } catch (BindException taken) {
      throw new IOException("the port " + port + " cannot be used: " + taken.getMessage(), taken);
    }
    server.createContext("/", this::answer);
    server.setExecutor(thread);
    server.start();
  }

  /** Where it is. */
  URI address() {
    return URI.create("http://localhost:" + server.getAddress().getPort() + "/");
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String request = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
      switch (request) {
        case "GET /" -> send(exchange, 200, "text/html; charset=utf-8", page);
        case "POST /read" -> read(exchange);
        default -> refuse(exchange, 404, "There is GET / and POST /read, found " + request + ".");
      }
    }
  }

  private void read(HttpExchange exchange) throws IOException {
    byte[] pixels = exchange.getRequestBody().readNBytes(LARGEST_EDGE * LARGEST_EDGE + 1);
    boolean tooMany = pixels.length > LARGEST_EDGE * LARGEST_EDGE;
    int edge = (int) Math.round(Math.sqrt(pixels.length));
    if (tooMany || edge < 1 || edge * edge != pixels.length) {
      refuse(
          exchange,
          400,
          "Found "
              + (tooMany ? "too many" : pixels.length)
              + " bytes, expected the pixels of a square of up to "
              + LARGEST_EDGE
              + " rows.");
      return;
    }
    byte[] answer = json(reader.read(DrawnDigit.centred(pixels, edge)));
    send(exchange, 200, "application/json", answer);
  }

  private static byte[] json(DigitReader.Reading reading) throws IOException {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("digit", reading.digit());
    members.put("probabilities", list(reading.probabilities()));
    float[][][] image = new float[1][DrawnDigit.SIZE][DrawnDigit.SIZE];
    for (int i = 0; i < DrawnDigit.SIZE; i++) {
      System.arraycopy(reading.image(), i * DrawnDigit.SIZE, image[0][i], 0, DrawnDigit.SIZE);
    }
    members.put("image", grey(image));
    for (String layer : DigitReader.SHOWN) {
      members.put(layer, grey(reading.of(layer)));
    }
    return JSON.std.asBytes(members);
  }

  private static List<Float> list(float[] values) {
    List<Float> list = new ArrayList<>();
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  /** Planes as greys from 0 to 255, the brightest of all of them being white. */
  private static List<List<Integer>> grey(float[][][] planes) {
    float most = 0;
    for (float[][] plane : planes) {
      for (float[] row : plane) {
        for (float value : row) {
          most = Math.max(most, value);
        }
      }
    }
    List<List<Integer>> greys = new ArrayList<>();
    for (float[][] plane : planes) {
      List<Integer> pixels = new ArrayList<>();
      for (float[] row : plane) {
        for (float value : row) {
          pixels.add(most == 0 ? 0 : Math.round(255 * Math.max(value, 0) / most));
        }
      }
      greys.add(pixels);
    }
    return greys;
  }

  private static void refuse(HttpExchange exchange, int status, String sentence)
      throws IOException {
    send(exchange, status, "text/plain; charset=utf-8", sentence.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    thread.shutdown();
  }
}
