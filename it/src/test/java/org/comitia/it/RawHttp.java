package org.comitia.it;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * HTTP/1.1 by hand: what is sent is exactly what the test says, since every client library cleans
 * paths and encodes bytes in its own way. One connection.
 */
final class RawHttp implements AutoCloseable {
  private static final int LIMIT_MILLIS = 15_000;

  private final Socket socket = new Socket();
  private final InputStream in;
  private final String host;

  /** An answer; header names in any case. */
  record Answer(int status, String reason, Map<String, List<String>> headers, byte[] bytes) {
    String body() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The only value of a header; null when it is missing. */
    String header(String name) {
      List<String> values = headers.getOrDefault(name, List.of());
      if (values.size() > 1) {
        throw new AssertionError(name + " was sent " + values.size() + " times: " + values);
      }
      return values.isEmpty() ? null : values.get(0);
    }
  }

  RawHttp(InetSocketAddress address) throws IOException {
    this(address, LIMIT_MILLIS);
  }

  /**
   * @param limitMillis how long an answer may take
   */
  RawHttp(InetSocketAddress address, int limitMillis) throws IOException {
    socket.setSoTimeout(limitMillis);
    socket.setTcpNoDelay(true);
    socket.connect(address, LIMIT_MILLIS);
    in = new BufferedInputStream(socket.getInputStream());
    host = "Host: " + address.getHostString() + ":" + address.getPort() + "\r\n";
  }

  /** Sends one request on a connection of its own. */
  static Answer send(
      InetSocketAddress address, String method, String target, byte[] body, String... headers)
      throws IOException {
    try (RawHttp http = new RawHttp(address)) {
      return http.send(method, target, body, headers);
    }
  }

  /**
   * @param target chars are bytes (ISO 8859-1), sent as they are
   * @param body null for none
   * @param headers whole lines
   */
  Answer send(String method, String target, byte[] body, String... headers) throws IOException {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\n").append(host);
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    boolean chunked = List.of(headers).contains("Transfer-Encoding: chunked");
    if (body != null && !chunked) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    if (chunked) {
      request.write(
          (Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.write(body);
      request.write("\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    } else if (body != null) {
      request.write(body);
    }
    socket.getOutputStream().write(request.toByteArray());
    return read(method.equals("HEAD"));
  }

  /** Sends a request without a body and does not wait for its answer. */
  void begin(String method, String target) throws IOException {
    socket
        .getOutputStream()
        .write(
            (method + " " + target + " HTTP/1.1\r\n" + host + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends the beginning of a request, or all of it, as it is; chars are bytes. */
  void begin(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The answer to what was begun. */
  Answer answer() throws IOException {
    return read(false);
  }

  private Answer read(boolean withoutBody) throws IOException {
    String[] status = line().split(" ", 3);
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers
          .computeIfAbsent(line.substring(0, colon), n -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    int code = Integer.parseInt(status[1]);
    byte[] body = withoutBody ? new byte[0] : body(headers);
    return new Answer(code, status.length > 2 ? status[2] : "", headers, body);
  }

  private byte[] body(Map<String, List<String>> headers) throws IOException {
    if (headers.containsKey("Content-Length")) {
      int length = Integer.parseInt(headers.get("Content-Length").get(0));
      byte[] body = in.readNBytes(length);
      if (body.length < length) {
        throw new EOFException("the answer ended after " + body.length + " of " + length);
      }
      return body;
    }
    if (!headers.containsKey("Transfer-Encoding")) {
      return in.readAllBytes();
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      body.write(in.readNBytes(size));
      line();
    }
    line();
    return body.toByteArray();
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line().split(";")[0].strip(), 16);
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the connection ended after: " + line);
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
