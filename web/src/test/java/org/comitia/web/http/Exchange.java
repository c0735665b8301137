package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One request and its response without a container: only the methods that the filter may call; any
 * other fails the test. Real containers are for the tests over sockets.
 */
final class Exchange {
  private final Map<String, Object> attributes = new HashMap<>();
  private final Map<String, String> sent = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private int status = 200;
  private String protocol = "HTTP/1.1";
  private HttpServletRequest request;
  private HttpServletRequest passedOn;
  private final Pieces pieces;
  private FrontFilter filter;
  private DispatcherType dispatcher = DispatcherType.REQUEST;
  private boolean awaited;
  private boolean completed;

  /** How a body comes. */
  enum Pieces {
    /** All of it with the head. */
    AT_ONCE,
    /** Some of it later. */
    LATER,
    /** What is sent is not all, and nothing more comes. */
    SILENCE,
    /** The connection breaks before all has come. */
    BROKEN,
    /** The container fails while it is read. */
    FAULTY
  }

  static Exchange of(String method, String target) {
    return of(method, target, new byte[0]);
  }

  static Exchange of(String method, String target, byte[] content) {
    return of(method, target, content, content.length);
  }

  /**
   * @param announced the content length; -1 for a chunked body
   */
  static Exchange of(String method, String target, byte[] content, long announced) {
    return of(method, target, content, announced, announced < 0 ? Pieces.LATER : Pieces.AT_ONCE);
  }

  /** The same with a body that comes in pieces. */
  static Exchange of(String method, String target, byte[] content, long announced, Pieces pieces) {
    FrontFilter filter = new FrontFilter(HttpOptions.DEFAULT);
    return of(filter, method, target, content, announced, pieces);
  }

  /** The same with a filter that has other options. */
  static Exchange of(
      FrontFilter filter,
      String method,
      String target,
      byte[] content,
      long announced,
      Pieces pieces) {
    Exchange exchange = new Exchange(pieces);
    if (announced < 0) {
      exchange.sent.put("Transfer-Encoding", "chunked");
    }
    exchange.filter(filter, method, target, content, announced);
    return exchange;
  }

  /** With these request headers and a body. */
  static Exchange with(
      FrontFilter filter, String method, String target, byte[] content, String... headers) {
    Exchange exchange = new Exchange(Pieces.AT_ONCE);
    for (int i = 0; i < headers.length; i += 2) {
      exchange.sent.put(headers[i], headers[i + 1]);
    }
    exchange.filter(filter, method, target, content, content.length);
    return exchange;
  }

  private Exchange(Pieces pieces) {
    this.pieces = pieces;
    sent.put("Host", "127.0.0.1:8500");
  }

  /** With a filter that has other options, and these request headers; a null takes one away. */
  static Exchange with(FrontFilter filter, String method, String target, String... headers) {
    return with("HTTP/1.1", filter, method, target, headers);
  }

  /** The same in another version of the protocol. */
  static Exchange with(
      String protocol, FrontFilter filter, String method, String target, String... headers) {
    Exchange exchange = new Exchange(Pieces.AT_ONCE);
    exchange.protocol = protocol;
    for (int i = 0; i < headers.length; i += 2) {
      exchange.sent.put(headers[i], headers[i + 1]);
    }
    exchange.filter(filter, method, target, new byte[0], 0);
    return exchange;
  }

  private void filter(
      FrontFilter first, String method, String target, byte[] content, long announced) {
    filter = first;
    int question = target.indexOf('?');
    Map<String, Object> answers = new HashMap<>();
    answers.put("getMethod", method);
    answers.put("getProtocol", protocol);
    answers.put("getRequestURI", question < 0 ? target : target.substring(0, question));
    answers.put("getQueryString", question < 0 ? null : target.substring(question + 1));
    answers.put("getRemoteAddr", "127.0.0.1");
    answers.put("getRemotePort", 4711);
    answers.put("getContentLengthLong", announced);
    answers.put("getInputStream", new Input(content));
    answers.put("isAsyncStarted", false);
    answers.put("startAsync", null);
    answers.put("getDispatcherType", null);
    answers.put("getHttpServletMapping", mapping());
    request = request(answers);
    run();
  }

  private void run() {
    FilterChain chain =
        (request, response) -> {
          passedOn = (HttpServletRequest) request;
          answer(passedOn);
        };
    try {
      filter.doFilter(request, response(), chain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ServletException e) {
      throw new AssertionError(e);
    }
  }

  /** As JAX-RS does; the KV servlet, which answers itself, leaves it. */
  private static void answer(HttpServletRequest passedOn) {
    Answer.Writer writer = new Answer.Writer();
    writer.request = passedOn;
    writer.writeTo(Answer.of(Reply.empty(200)), null, null, null, null, null, null);
  }

  private static HttpServletMapping mapping() {
    return proxy(
        HttpServletMapping.class,
        (name, args) -> {
          if (name.equals("getServletName")) {
            return FrontFilter.KV_SERVLET;
          }
          throw new AssertionError(name);
        });
  }

  private HttpServletRequest request(Map<String, Object> answers) {
    return proxy(
        HttpServletRequest.class,
        (name, args) -> {
          if (name.equals("setAttribute")) {
            return attributes.put((String) args[0], args[1]);
          }
          if (name.equals("getAttribute")) {
            return attributes.get(args[0]);
          }
          if (name.equals("getHeader")) {
            String value = sent.get(args[0]);
            return value == null ? null : value.split("\n")[0];
          }
          if (name.equals("getHeaders")) {
            String value = sent.get(args[0]);
            return value == null
                ? Collections.emptyEnumeration()
                : Collections.enumeration(List.of(value.split("\n")));
          }
          if (name.equals("getDispatcherType")) {
            return dispatcher;
          }
          if (name.equals("startAsync")) {
            return async();
          }
          if (!answers.containsKey(name)) {
            throw new AssertionError("the filter asks the request for " + name);
          }
          return answers.get(name);
        });
  }

  private AsyncContext async() {
    return proxy(
        AsyncContext.class,
        (name, args) -> {
          switch (name) {
            case "setTimeout" -> awaited = true;
            case "complete" -> completed = true;
            case "dispatch" -> {
              dispatcher = DispatcherType.ASYNC;
              run();
            }
            default -> throw new AssertionError("the filter asks the context for " + name);
          }
          return null;
        });
  }

  private HttpServletResponse response() {
    return proxy(
        HttpServletResponse.class,
        (name, args) -> {
          switch (name) {
            case "setStatus" -> status = (int) args[0];
            case "setHeader" -> headers.put((String) args[0], (String) args[1]);
            case "setContentType" -> headers.put("Content-Type", (String) args[0]);
            case "setContentLength" -> headers.put("Content-Length", args[0].toString());
            case "getOutputStream" -> {
              return new Output(body);
            }
            default -> throw new AssertionError("the filter asks the response for " + name);
          }
          return null;
        });
  }

  private interface Method {
    Object call(String name, Object[] args);
  }

  private static <T> T proxy(Class<T> type, Method method) {
    return type.cast(
        Proxy.newProxyInstance(
            Exchange.class.getClassLoader(),
            new Class<?>[] {type},
            (self, called, args) -> method.call(called.getName(), args)));
  }

  int status() {
    return status;
  }

  /** Whether the body was awaited, on another thread. */
  boolean awaited() {
    return awaited;
  }

  /** Whether an answer that came later was ended. */
  boolean completed() {
    return completed;
  }

  String header(String name) {
    return headers.get(name);
  }

  String body() {
    return body.toString(StandardCharsets.UTF_8);
  }

  /** What reached the resource; null when the filter answered. */
  Call call() {
    return passedOn == null ? null : Call.of(passedOn);
  }

  /** The request that the resource got. */
  HttpServletRequest passedOn() {
    return passedOn;
  }

  private final class Input extends ServletInputStream {
    private final ByteArrayInputStream bytes;

    Input(byte[] content) {
      bytes = new ByteArrayInputStream(content);
    }

    @Override
    public int read() throws IOException {
      int next = bytes.read();
      if (next < 0 && pieces == Pieces.SILENCE) {
        throw new SocketTimeoutException("nothing came");
      } else if (next < 0 && pieces == Pieces.BROKEN) {
        throw new IOException("reset");
      } else if (next < 0 && pieces == Pieces.FAULTY) {
        throw new IllegalStateException("recycled");
      }
      return next;
    }

    @Override
    public int read(byte[] into, int from, int max) throws IOException {
      if (max == 0) {
        return 0;
      }
      int first = read();
      if (first < 0) {
        return -1;
      }
      into[from] = (byte) first;
      return 1 + Math.max(0, bytes.read(into, from + 1, max - 1));
    }

    @Override
    public int available() {
      return pieces == Pieces.AT_ONCE ? bytes.available() : bytes.available() / 2;
    }

    @Override
    public boolean isFinished() {
      return bytes.available() == 0;
    }

    @Override
    public boolean isReady() {
      throw new AssertionError("reads block here");
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new AssertionError("reads block here");
    }
  }

  private static final class Output extends ServletOutputStream {
    private final ByteArrayOutputStream bytes;

    Output(ByteArrayOutputStream bytes) {
      this.bytes = bytes;
    }

    @Override
    public void write(int b) {
      bytes.write(b);
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      throw new AssertionError("writes block here");
    }
  }
}
