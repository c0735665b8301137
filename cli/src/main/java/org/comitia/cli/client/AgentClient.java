package org.comitia.cli.client;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonReader;
import jakarta.json.JsonStructure;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * A running agent, by its HTTP API. One request a call, no connection kept, answers bounded to 64
 * MiB. Every failure is an {@link AgentException} whose message says in Consul's words what
 * happened.
 */
public final class AgentClient {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_ANSWER = 64 << 20;

  private final String base;
  private final String token;

  /**
   * The agent at an address.
   *
   * @param address {@code host:port}, or a URL
   * @param token sent as X-Consul-Token; null: none
   */
  public AgentClient(String address, String token) {
    String lower = address.toLowerCase(Locale.ROOT);
    String withScheme =
        lower.startsWith("http://") || lower.startsWith("https://") ? address : "http://" + address;
    this.base =
        withScheme.endsWith("/") ? withScheme.substring(0, withScheme.length() - 1) : withScheme;
    this.token = token;
  }

  /** A path segment, percent-encoded. */
  static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  JsonStructure get(String path, Duration timeout) throws AgentException {
    if (getValue(path, timeout) instanceof JsonStructure structure) {
      return structure;
    }
    throw new AgentException("the answer of " + base + path + " is neither an object nor an array");
  }

  /** Any JSON value, for example a string. */
  public JsonValue getValue(String path, Duration timeout) throws AgentException {
    String body = request("GET", path, timeout);
    try (JsonReader reader = Json.createReader(new StringReader(body))) {
      return reader.readValue();
    } catch (JsonException e) {
      throw new AgentException("the answer of " + base + path + " is not JSON: " + e.getMessage());
    }
  }

  void put(String path, Duration timeout) throws AgentException {
    request("PUT", path, timeout);
  }

  private String request(String method, String path, Duration timeout) throws AgentException {
    HttpURLConnection connection = null;
    try {
      connection = (HttpURLConnection) new URI(base + path).toURL().openConnection();
      connection.setRequestMethod(method);
      connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
      connection.setReadTimeout((int) timeout.toMillis());
      connection.setRequestProperty("Accept", "*/*");
      if (token != null) {
        connection.setRequestProperty("X-Consul-Token", token);
      }
      if (method.equals("PUT")) {
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(0);
        connection.getOutputStream().close();
      }
      int status = connection.getResponseCode();
      String body = read(status >= 400 ? connection.getErrorStream() : connection.getInputStream());
      if (status != 200) {
        throw new AgentException("Unexpected response code: " + status + " (" + body.strip() + ")");
      }
      return body;
    } catch (IOException | URISyntaxException | IllegalArgumentException | ClassCastException e) {
      throw new AgentException(verb(method) + " \"" + base + path + "\": " + reason(e));
    } finally {
      if (connection != null) {
        connection.disconnect();
      }
    }
  }

  private String reason(Exception failure) {
    String host = URI.create(base.replaceAll("[^\\x21-\\x7e]", "")).getAuthority();
    if (failure instanceof ConnectException) {
      return "dial tcp " + host + ": connect: connection refused (is the agent running there?)";
    }
    if (failure instanceof SocketTimeoutException) {
      return "no answer in time";
    }
    if (failure instanceof UnknownHostException) {
      return "dial tcp: lookup " + failure.getMessage() + ": no such host";
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private static String verb(String method) {
    return method.charAt(0) + method.substring(1).toLowerCase(Locale.ROOT);
  }

  private static String read(InputStream in) throws IOException {
    if (in == null) {
      return "";
    }
    try (in) {
      byte[] bytes = in.readNBytes(MAX_ANSWER + 1);
      if (bytes.length > MAX_ANSWER) {
        throw new IOException("the answer is longer than " + MAX_ANSWER + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
