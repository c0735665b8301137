package org.comitia.web.http;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An answer, ready to be sent. Used by one thread at a time. */
public final class Reply {
  /** How many seconds a client is asked to wait when we cannot take its request now. */
  private static final String RETRY_AFTER_SECONDS = "1";

  private static final byte[] NOTHING = {};
  private static final String TEXT = "text/plain; charset=utf-8";

  private final int status;
  private final String contentType;
  private final byte[] body;
  private final List<String> headers = new ArrayList<>(8);

  private Reply(int status, String contentType, byte[] body) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
  }

  public static Reply json(byte[] body) {
    return new Reply(200, "application/json", body);
  }

  /** A value as Consul writes it, indented when the request asks for it. */
  public static Reply json(Call call, Json.Body body) {
    return json(Json.bytes(call.pretty(), body));
  }

  /** Text without a newline at its end. */
  public static Reply text(int status, String message) {
    return new Reply(status, TEXT, message.getBytes(StandardCharsets.UTF_8));
  }

  public static Reply empty(int status) {
    return new Reply(status, TEXT, NOTHING);
  }

  /** Bytes that no browser may take for anything but text. */
  public static Reply raw(byte[] body) {
    return new Reply(200, "text/plain", body)
        .header("X-Content-Type-Options", "nosniff")
        .header("Content-Security-Policy", "sandbox");
  }

  public Reply header(String name, String value) {
    headers.add(name);
    headers.add(value);
    return this;
  }

  /** Asks the client to come again: only for what was certainly not done. */
  public Reply retryLater() {
    return header("Retry-After", RETRY_AFTER_SECONDS);
  }

  public int status() {
    return status;
  }

  /** The body; not to be changed. */
  public byte[] body() {
    return body;
  }

  /** The value of a header; null when it is not set. */
  public String header(String name) {
    for (int i = 0; i < headers.size(); i += 2) {
      if (headers.get(i).equalsIgnoreCase(name)) {
        return headers.get(i + 1);
      }
    }
    return null;
  }

  /** Sends it. Blocks as long as the client's socket takes nothing. */
  public void writeTo(HttpServletResponse response) throws IOException {
    response.setStatus(status);
    for (int i = 0; i < headers.size(); i += 2) {
      response.setHeader(headers.get(i), headers.get(i + 1));
    }
    response.setContentType(contentType);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  public Response toResponse() {
    Response.ResponseBuilder response = Response.status(status).type(contentType).entity(body);
    for (int i = 0; i < headers.size(); i += 2) {
      response.header(headers.get(i), headers.get(i + 1));
    }
    return response.build();
  }
}
