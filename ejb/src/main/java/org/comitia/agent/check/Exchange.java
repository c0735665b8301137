package org.comitia.agent.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.nio.AsyncClientExchangeHandler;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * One request and what comes back, on the network's thread. The answer's end or a failure is told
 * once.
 */
final class Exchange implements AsyncClientExchangeHandler {
  /** Told on the network's thread. */
  interface End {
    /**
     * @param problem null when the answer is whole
     */
    void ended(Exchange exchange, Exception problem);
  }

  /** Octets of an answer's body; a longer one ends the attempt. */
  static final int MAX_BODY = 16 << 20;

  private final HttpRequest request;
  private final ByteBuffer body;
  private final int length;
  private final OutputTail tail;
  private final End end;
  private volatile HttpResponse head;
  private volatile List<? extends Header> trailers = List.of();
  private boolean ended;
  private long taken;

  /**
   * @param body empty for none
   * @param limit bytes of the answer's end that are kept
   */
  Exchange(HttpRequest request, byte[] body, int limit, End end) {
    this.request = request;
    this.body = ByteBuffer.wrap(body);
    this.length = body.length;
    this.tail = new OutputTail(limit);
    this.end = end;
  }

  /** Null until it has come. */
  HttpResponse head() {
    return head;
  }

  /** A trailer, or the header of an answer that is nothing but its head; null for none. */
  String trailer(String name) {
    for (Header header : trailers) {
      if (header.getName().equalsIgnoreCase(name)) {
        return header.getValue();
      }
    }
    Header header = head == null ? null : head.getFirstHeader(name);
    return header == null ? null : header.getValue();
  }

  OutputTail body() {
    return tail;
  }

  @Override
  public void produceRequest(RequestChannel channel, HttpContext context)
      throws HttpException, IOException {
    channel.sendRequest(
        request, length == 0 ? null : new BasicEntityDetails(length, null), context);
  }

  @Override
  public int available() {
    return body.remaining();
  }

  @Override
  public void produce(DataStreamChannel channel) throws IOException {
    channel.write(body);
    if (!body.hasRemaining()) {
      channel.endStream();
    }
  }

  @Override
  public void consumeInformation(HttpResponse response, HttpContext context) {
    // 100 and 103 say nothing about health
  }

  @Override
  public void consumeResponse(HttpResponse response, EntityDetails entity, HttpContext context) {
    head = response;
    if (entity == null) {
      end(null);
    }
  }

  @Override
  public void updateCapacity(CapacityChannel capacity) throws IOException {
    capacity.update(Integer.MAX_VALUE);
  }

  @Override
  public void consume(ByteBuffer source) throws IOException {
    taken += source.remaining();
    if (taken > MAX_BODY) {
      throw new IOException("the answer is longer than " + (MAX_BODY >> 20) + " MiB");
    }
    byte[] bytes = new byte[source.remaining()];
    source.get(bytes);
    tail.write(bytes, 0, bytes.length);
  }

  @Override
  public void streamEnd(List<? extends Header> last) {
    if (last != null) {
      trailers = List.copyOf(last);
    }
    end(null);
  }

  @Override
  public void failed(Exception cause) {
    end(cause);
  }

  @Override
  public void cancel() {
    end(new IOException("EOF"));
  }

  @Override
  public void releaseResources() {
    // nothing is held; a connection that closes without a word ends here
    end(new IOException("EOF"));
  }

  private void end(Exception problem) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    end.ended(this, problem);
  }
}
