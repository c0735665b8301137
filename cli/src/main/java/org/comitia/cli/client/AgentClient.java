package org.comitia.cli.client;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import javax.net.ssl.HttpsURLConnection;

/**
 * A running agent, by its HTTP API. One request a call, no connection kept, answers bounded to 64
 * MiB. Every failure is an {@link AgentException} whose message says in Consul's words what
 * happened. Safe for several threads.
 */
public final class AgentClient {
  /** For what the agent answers at once. */
  public static final Duration SOON = Duration.ofSeconds(30);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_ANSWER = 64 << 20;
  private static final byte[] NOTHING = {};

  private final String base;
  private final Credentials credentials;

  /**
   * What goes with every request; null: nothing.
   *
   * @param token sent as X-Consul-Token
   * @param login {@code user:password} for HTTP's basic authentication
   * @param namespace sent as the parameter {@code ns}
   * @param tls for a URL of https; the JVM's own rules otherwise
   */
  record Credentials(String token, String login, String namespace, ClientTls tls) {}

  /**
   * An answer.
   *
   * @param status 200 or 404
   * @param index X-Consul-Index, 64 bits without a sign; 0 when there is none
   */
  public record Answer(String path, int status, long index, byte[] body) {
    public boolean found() {
      return status != 404;
    }

    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    public JsonValue json() throws AgentException {
      try (JsonReader reader = Json.createReader(new ByteArrayInputStream(body))) {
        return reader.readValue();
      } catch (JsonException e) {
        throw new AgentException("the answer of " + path + " is not JSON: " + e.getMessage());
      }
    }

    /** A write's answer: whether it was carried out. */
    public boolean done() {
      return text().strip().equals("true");
    }
  }

  /**
   * The agent at an address.
   *
   * @param address {@code host:port}, or a URL
   * @param token sent as X-Consul-Token; null: none
   */
  public AgentClient(String address, String token) {
    this(address, new Credentials(token, null, null, null));
  }

  AgentClient(String address, Credentials credentials) {
    String lower = address.toLowerCase(Locale.ROOT);
    String withScheme =
        lower.startsWith("http://") || lower.startsWith("https://") ? address : "http://" + address;
    this.base =
        withScheme.endsWith("/") ? withScheme.substring(0, withScheme.length() - 1) : withScheme;
    this.credentials = credentials;
  }

  /** A path segment or a parameter's value, percent-encoded. */
  public static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A path of several segments, percent-encoded; its slashes stay. */
  public static String path(String text) {
    return segment(text).replace("%2F", "/");
  }

  /** Any JSON value, for example a string. */
  public JsonValue getValue(String path, Duration timeout) throws AgentException {
    return expectFound(send("GET", path, null, timeout)).json();
  }

  /** Reads; a 404 is an answer as well. */
  public Answer find(String path, Duration timeout) throws AgentException {
    return send("GET", path, null, timeout);
  }

  public Answer put(String path, Duration timeout) throws AgentException {
    return put(path, NOTHING, timeout);
  }

  public Answer put(String path, byte[] body, Duration timeout) throws AgentException {
    return expectFound(send("PUT", path, body, timeout));
  }

  /**
   * Sends a file.
   *
   * @param silence how long no answer may come once it is sent; it may take long
   */
  public Answer put(String path, Path file, Duration silence) throws AgentException, IOException {
    return expectFound(sent("PUT", path, new FileBody(Files.size(file), file), silence));
  }

  public Answer post(String path, Duration timeout) throws AgentException {
    return post(path, NOTHING, timeout);
  }

  public Answer post(String path, byte[] body, Duration timeout) throws AgentException {
    return expectFound(send("POST", path, body, timeout));
  }

  public Answer delete(String path, Duration timeout) throws AgentException {
    return delete(path, null, timeout);
  }

  /**
   * @param body null: none
   */
  public Answer delete(String path, byte[] body, Duration timeout) throws AgentException {
    return expectFound(send("DELETE", path, body, timeout));
  }

  /**
   * Reads an answer that does not end by itself. The caller closes the stream; reading it may block
   * for ever.
   */
  InputStream stream(String path) throws AgentException {
    return stream(path, Duration.ZERO);
  }

  /**
   * Reads an answer of any length. The caller closes the stream.
   *
   * @param silence how long nothing may come before reading it fails; zero: for ever
   */
  public InputStream stream(String path, Duration silence) throws AgentException {
    try {
      HttpURLConnection connection = open("GET", path, null, silence);
      if (connection.getResponseCode() != 200) {
        throw unexpected(
            connection.getResponseCode(),
            new String(read(connection.getErrorStream()), StandardCharsets.UTF_8));
      }
      return connection.getInputStream();
    } catch (IOException e) {
      throw broken("GET", path, e);
    }
  }

  private static Answer expectFound(Answer answer) throws AgentException {
    if (!answer.found()) {
      throw unexpected(answer.status(), answer.text());
    }
    return answer;
  }

  /**
   * A PUT without an answer is not sent again: {@link HttpURLConnection} does not for a streamed
   * body.
   */
  private Answer send(String method, String path, byte[] body, Duration timeout)
      throws AgentException {
    return sent(method, path, body == null ? null : new ArrayBody(body), timeout);
  }

  private interface Sent {
    long length();

    void writeTo(OutputStream out) throws IOException;
  }

  private record ArrayBody(byte[] bytes) implements Sent {
    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      out.write(bytes);
    }
  }

  /** Whoever refuses it may do so before all of it is sent: the answer says why. */
  private record FileBody(long length, Path file) implements Sent {
    @Override
    public void writeTo(OutputStream out) throws IOException {
      try (InputStream in = Files.newInputStream(file)) {
        in.transferTo(out);
      }
    }
  }

  private Answer sent(String method, String path, Sent body, Duration timeout)
      throws AgentException {
    HttpURLConnection connection = null;
    try {
      connection = open(method, path, body, timeout);
      int status = connection.getResponseCode();
      byte[] answer =
          read(status >= 400 ? connection.getErrorStream() : connection.getInputStream());
      if (status != 200 && status != 404) {
        String target = connection.getHeaderField("Location");
        throw unexpected(
            status,
            target == null || status >= 400
                ? new String(answer, StandardCharsets.UTF_8)
                : "redirected to " + target + ", which is not followed");
      }
      return new Answer(
          base + path, status, index(connection.getHeaderField("X-Consul-Index")), answer);
    } catch (IOException e) {
      throw broken(method, path, e);
    } finally {
      if (connection != null) {
        connection.disconnect();
      }
    }
  }

  private HttpURLConnection open(String method, String path, Sent body, Duration timeout)
      throws AgentException, IOException {
    try {
      HttpURLConnection connection =
          (HttpURLConnection) new URI(base + scoped(path)).toURL().openConnection();
      if (connection instanceof HttpsURLConnection secure && credentials.tls() != null) {
        credentials.tls().applyTo(secure);
      }
      // it would carry the token to wherever the answer points
      connection.setInstanceFollowRedirects(false);
      connection.setRequestMethod(method);
      connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
      connection.setReadTimeout((int) timeout.toMillis());
      connection.setRequestProperty("Accept", "*/*");
      if (credentials.token() != null) {
        connection.setRequestProperty("X-Consul-Token", credentials.token());
      }
      if (credentials.login() != null) {
        byte[] login = credentials.login().getBytes(StandardCharsets.UTF_8);
        String encoded = Base64.getEncoder().encodeToString(login);
        connection.setRequestProperty("Authorization", "Basic " + encoded);
      }
      if (body != null) {
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length());
        try (OutputStream out = connection.getOutputStream()) {
          body.writeTo(out);
        }
      }
      return connection;
    } catch (URISyntaxException | IllegalArgumentException | ClassCastException e) {
      throw new AgentException(verb(method) + " \"" + base + path + "\": " + reason(e));
    }
  }

  private String scoped(String path) {
    return credentials.namespace() == null
        ? path
        : path + (path.contains("?") ? "&" : "?") + "ns=" + segment(credentials.namespace());
  }

  private static AgentException unexpected(int status, String text) {
    return new AgentException(
        "Unexpected response code: " + status + " (" + text.strip() + ")",
        status >= 500,
        status,
        text);
  }

  private AgentException broken(String method, String path, IOException failure) {
    return new AgentException(verb(method) + " \"" + base + path + "\": " + reason(failure), true);
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

  private static long index(String header) {
    try {
      return header == null ? 0 : Long.parseUnsignedLong(header);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static byte[] read(InputStream in) throws IOException {
    if (in == null) {
      return NOTHING;
    }
    try (in) {
      byte[] bytes = in.readNBytes(MAX_ANSWER + 1);
      if (bytes.length > MAX_ANSWER) {
        throw new IOException("the answer is longer than " + MAX_ANSWER + " bytes");
      }
      return bytes;
    }
  }
}
