package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * The response that a JAX-RS resource writes to: keeps the body until all of it is there, and sends
 * it then as its client takes it ({@link Sending}). JAX-RS would write it on the thread that brings
 * it, and a client that takes nothing would hold that thread. Used by one thread at a time.
 */
final class CollectedResponse extends HttpServletResponseWrapper {
  private final Collecting out = new Collecting();
  private final Consumer<Throwable> onGone;
  private long announced = -1;

  /**
   * @param onGone told when the client does not want the answer any more
   */
  CollectedResponse(HttpServletResponse response, Consumer<Throwable> onGone) {
    super(response);
    this.onGone = onGone;
  }

  /** The answer of a request that has not become asynchronous: sends it, or begins to. */
  void send(HttpServletRequest request) throws IOException {
    byte[] body = out.take();
    if (body.length <= Reply.SENT_AT_ONCE) {
      write(body);
      return;
    }
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    send(body, async);
  }

  /** Sends it, or begins to, and ends the request. Never blocks. */
  void send(AsyncContext async) {
    send(out.take(), async);
  }

  private void send(byte[] body, AsyncContext async) {
    try {
      if (body.length > Reply.SENT_AT_ONCE) {
        announce(body);
        Sending.begin(body, async, response(), onGone);
        return;
      }
      write(body);
    } catch (IOException | RuntimeException | Error e) {
      // Of a request that a container has ended it says so by whatever exception it meets. One
      // for which there is no memory has to end as well.
      onGone.accept(e);
    }
    try {
      async.complete();
    } catch (IllegalStateException ended) {
      // by the container
    }
  }

  private void write(byte[] body) throws IOException {
    if (body.length > 0) {
      announce(body);
      response().getOutputStream().write(body);
    }
  }

  private void announce(byte[] body) {
    if (announced < 0 && !isCommitted()) {
      response().setContentLength(body.length);
    }
  }

  private HttpServletResponse response() {
    return (HttpServletResponse) getResponse();
  }

  @Override
  public ServletOutputStream getOutputStream() {
    return out;
  }

  @Override
  public void flushBuffer() {
    // at the end
  }

  @Override
  public void reset() {
    super.reset();
    out.clear();
  }

  @Override
  public void resetBuffer() {
    super.resetBuffer();
    out.clear();
  }

  @Override
  public void setContentLength(int length) {
    announced = length;
    super.setContentLength(length);
  }

  @Override
  public void setContentLengthLong(long length) {
    announced = length;
    super.setContentLengthLong(length);
  }

  @Override
  public void setHeader(String name, String value) {
    noteLength(name, value);
    super.setHeader(name, value);
  }

  @Override
  public void addHeader(String name, String value) {
    noteLength(name, value);
    super.addHeader(name, value);
  }

  private void noteLength(String name, String value) {
    if (name.equalsIgnoreCase("Content-Length")) {
      announced = Long.parseLong(value.strip());
    }
  }

  /**
   * Takes everything. An array that is all of the answer is kept as it is, not copied: many who
   * wait for the same share it. Nothing is written after it, so nobody fills it anew.
   */
  private final class Collecting extends ServletOutputStream {
    private ByteArrayOutputStream pieces = new ByteArrayOutputStream(0);
    private byte[] whole;

    /** Nothing is held here any more: the request may live as long as its client likes. */
    byte[] take() {
      byte[] body = whole != null ? whole : pieces.toByteArray();
      clear();
      return body;
    }

    void clear() {
      whole = null;
      pieces = new ByteArrayOutputStream(0);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      if (length == bytes.length && length == announced && pieces.size() == 0) {
        whole = bytes;
      } else {
        pieces.write(bytes, from, length);
      }
    }

    @Override
    public void write(int octet) {
      pieces.write(octet);
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      try {
        listener.onWritePossible();
      } catch (IOException e) {
        listener.onError(e);
      }
    }
  }
}
