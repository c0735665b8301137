package org.comitia.agent.check;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.HttpRequestInterceptor;
import org.apache.hc.core5.http.config.CharCodingConfig;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.nio.ClientHttp1IOEventHandler;
import org.apache.hc.core5.http.impl.nio.ClientHttp1StreamDuplexerFactory;
import org.apache.hc.core5.http.protocol.DefaultHttpProcessor;
import org.apache.hc.core5.http.protocol.HttpProcessor;
import org.apache.hc.core5.http2.config.H2Config;
import org.apache.hc.core5.http2.impl.nio.ClientH2PrefaceHandler;
import org.apache.hc.core5.http2.impl.nio.ClientH2StreamMultiplexerFactory;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.DefaultConnectingIOReactor;
import org.apache.hc.core5.reactor.IOEventHandler;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.reactor.IOReactorShutdownException;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.reactor.ProtocolIOSession;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * The connections of all checks: one thread serves them, whatever they speak. It begins with the
 * first connection. Safe for any thread.
 */
final class CheckNetwork implements AutoCloseable {
  /** What is spoken on a connection. */
  enum Protocol {
    /** Nothing: it is closed again. */
    NONE,
    HTTP_1,
    /** With prior knowledge, or by ALPN under TLS. */
    HTTP_2
  }

  private static final Logger LOG = Logger.getLogger("agent");

  /** Octets of a line in the head of an answer; a longer one ends its check's attempt. */
  static final int MAX_HEADER_LINE = 8 << 10;

  /** Header lines of an answer; more end its check's attempt. */
  static final int MAX_HEADERS = 100;

  /** A name's addresses that are tried one after the other. */
  private static final int MAX_ADDRESSES = 4;

  /** Requests leave as the probes write them. */
  private static final HttpProcessor AS_WRITTEN =
      new DefaultHttpProcessor(new HttpRequestInterceptor[0]);

  private final ThreadFactory threads;
  private final Executor lookups;
  private final ClientHttp1StreamDuplexerFactory http1 =
      new ClientHttp1StreamDuplexerFactory(
          AS_WRITTEN,
          Http1Config.custom()
              .setMaxLineLength(MAX_HEADER_LINE + 3) // it is to stay below, with its end
              .setMaxHeaderCount(MAX_HEADERS)
              .build(),
          CharCodingConfig.DEFAULT);
  private final ClientH2StreamMultiplexerFactory http2 =
      new ClientH2StreamMultiplexerFactory(
          AS_WRITTEN,
          null,
          H2Config.custom()
              .setPushEnabled(false)
              .setMaxHeaderListSize(MAX_HEADERS * MAX_HEADER_LINE)
              .build(),
          CharCodingConfig.DEFAULT,
          null);
  private DefaultConnectingIOReactor reactor;
  private Thread thread;
  private boolean closed;

  /**
   * @param lookups runs what blocks: name lookups, reading the trust store
   */
  CheckNetwork(ThreadFactory threads, Executor lookups) {
    this.threads = threads;
    this.lookups = lookups;
  }

  /** What a session belongs to; {@code context} null for plain text. */
  private record Spoken(Protocol protocol, Endpoint endpoint, SSLContext context) {}

  /**
   * Opens a connection; a TLS handshake follows with the first use.
   *
   * @param timeoutNanos of connecting to one address
   * @return completes on the network's thread, or exceptionally with an {@link IOException}
   */
  CompletableFuture<IOSession> connect(Endpoint endpoint, Protocol protocol, long timeoutNanos) {
    CompletableFuture<IOSession> session = new CompletableFuture<>();
    if (endpoint.isLiteral() && endpoint.tls() == null) {
      dial(endpoint, protocol, timeoutNanos, session);
    } else {
      try {
        lookups.execute(() -> dial(endpoint, protocol, timeoutNanos, session));
      } catch (RejectedExecutionException busy) {
        session.completeExceptionally(
            new IOException("this agent could not look: " + busy.getMessage(), busy));
      }
    }
    return session;
  }

  private void dial(
      Endpoint endpoint,
      Protocol protocol,
      long timeoutNanos,
      CompletableFuture<IOSession> session) {
    try {
      InetAddress[] addresses = InetAddress.getAllByName(endpoint.host());
      SSLContext context = endpoint.tls() == null ? null : endpoint.tls().context();
      Timeout timeout = Timeout.ofMilliseconds(Math.max(1, timeoutNanos / 1_000_000));
      Spoken spoken = new Spoken(protocol, endpoint, context);
      next(addresses, 0, spoken, timeout, session);
    } catch (UnknownHostException e) {
      session.completeExceptionally(
          new IOException("dial tcp: lookup " + endpoint.host() + ": no such host", e));
    } catch (GeneralSecurityException | RuntimeException e) {
      session.completeExceptionally(new IOException(e.toString(), e));
    }
  }

  private void next(
      InetAddress[] addresses,
      int tried,
      Spoken spoken,
      Timeout timeout,
      CompletableFuture<IOSession> session) {
    InetSocketAddress address = new InetSocketAddress(addresses[tried], spoken.endpoint().port());
    try {
      reactor()
          .connect(
              spoken.endpoint().named(),
              address,
              null,
              timeout,
              spoken,
              new FutureCallback<>() {
                @Override
                public void completed(IOSession open) {
                  if (!session.complete(open)) {
                    open.close(CloseMode.IMMEDIATE);
                  }
                }

                @Override
                public void failed(Exception problem) {
                  if (tried + 1 < Math.min(addresses.length, MAX_ADDRESSES)) {
                    next(addresses, tried + 1, spoken, timeout, session);
                  } else {
                    session.completeExceptionally(
                        new IOException(DialText.of(address, problem), problem));
                  }
                }

                @Override
                public void cancelled() {
                  failed(new IOException("cancelled"));
                }
              });
    } catch (IOReactorShutdownException e) {
      session.completeExceptionally(new IOException("this agent is stopping", e));
    }
  }

  private synchronized DefaultConnectingIOReactor reactor() {
    if (closed) {
      throw new IOReactorShutdownException("closed");
    }
    if (reactor != null && !thread.isAlive()) {
      LOG.severe("COM5001: the thread of the checks' connections has ended, it is begun again");
      reactor.close(CloseMode.IMMEDIATE);
      reactor = null;
    }
    if (reactor == null) {
      reactor =
          new DefaultConnectingIOReactor(
              this::handler,
              IOReactorConfig.custom().setIoThreadCount(1).setTcpNoDelay(true).build(),
              work -> {
                thread = threads.newThread(work);
                thread.setName("comitia-checks");
                return thread;
              },
              null,
              problem -> LOG.log(Level.FINE, "a check's connection failed", problem),
              null,
              null);
      reactor.start();
    }
    return reactor;
  }

  private IOEventHandler handler(ProtocolIOSession session, Object attachment) {
    Spoken spoken = (Spoken) attachment;
    Endpoint endpoint = spoken.endpoint();
    if (spoken.context() != null) {
      session.startTls(
          spoken.context(),
          endpoint.named(),
          SSLBufferMode.STATIC,
          (name, engine) -> endpoint.tls().prepare(engine),
          null,
          null);
    }
    return switch (spoken.protocol()) {
      case NONE -> new Silence();
      case HTTP_1 -> new ClientHttp1IOEventHandler(http1.create(session));
      case HTTP_2 -> new ClientH2PrefaceHandler(session, http2, false, null);
    };
  }

  /** Ends the thread and closes what is open. Blocks for a moment. */
  @Override
  public void close() {
    DefaultConnectingIOReactor running;
    synchronized (this) {
      closed = true;
      running = reactor;
    }
    if (running != null) {
      running.close(CloseMode.IMMEDIATE);
      try {
        running.awaitShutdown(TimeValue.ofSeconds(2));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ignores all events. */
  private static final class Silence implements IOEventHandler {
    @Override
    public void connected(IOSession session) {}

    @Override
    public void inputReady(IOSession session, java.nio.ByteBuffer src) {}

    @Override
    public void outputReady(IOSession session) {}

    @Override
    public void timeout(IOSession session, Timeout timeout) {}

    @Override
    public void exception(IOSession session, Exception cause) {}

    @Override
    public void disconnected(IOSession session) {}
  }
}
