package org.comitia.it;

import jakarta.json.Json;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;

/** One node's HTTP API. Safe for any thread; each call is bounded by a time limit. */
public final class Http {
  /** Longer than a server holds a request without a leader (7 s). */
  private static final Duration LIMIT = Duration.ofSeconds(12);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  private final String base;

  /**
   * @param address {@code ip:port}
   */
  public Http(String address) {
    this.base = "http://" + address;
  }

  /** An answer. */
  public record Answer(int status, String body, HttpResponse<String> raw) {
    /** The body as JSON. */
    public JsonValue json() {
      try (JsonReader reader = Json.createReader(new StringReader(body))) {
        return reader.readValue();
      }
    }
  }

  /**
   * @param path with the query, e.g. {@code /v1/kv/a?stale}
   */
  public Answer get(String path) throws IOException {
    return get(path, LIMIT);
  }

  public Answer get(String path, Duration limit) throws IOException {
    return send(HttpRequest.newBuilder(URI.create(base + path)).timeout(limit).GET().build());
  }

  public Answer delete(String path) throws IOException {
    return send(HttpRequest.newBuilder(URI.create(base + path)).timeout(LIMIT).DELETE().build());
  }

  public Answer post(String path) throws IOException {
    return send(
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(LIMIT)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build());
  }

  /** A file as the body. */
  public Answer put(String path, Path file, Duration limit) throws IOException {
    return send(
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(limit)
            .PUT(HttpRequest.BodyPublishers.ofFile(file))
            .build());
  }

  public Answer put(String path, String body) throws IOException {
    return put(path, body, LIMIT);
  }

  public Answer put(String path, String body, Duration limit) throws IOException {
    return send(
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(limit)
            .PUT(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  private static Answer send(HttpRequest request) throws IOException {
    try {
      HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), response);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
