package org.comitia.web.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.logging.Logger;
import org.comitia.agent.Telemetry;
import org.comitia.cluster.NetworkPosition;
import org.comitia.config.LogLevel;
import org.comitia.log.LogOutlets;
import org.comitia.log.LogStream;
import org.comitia.web.http.Call;
import org.comitia.web.http.Endpoint;
import org.comitia.web.http.QueryString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The lines that a client gets which has seen the head of the answer. */
class MonitorServletTest {
  private interface Flush {
    void run() throws IOException;
  }

  private final Logger logger = Logger.getLogger("agent.test");
  private final LogOutlets outlets = new LogOutlets();
  private final ScheduledExecutorService scheduled = Executors.newSingleThreadScheduledExecutor();
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
  private final MonitorServlet servlet = new MonitorServlet();
  private final Call call =
      new Call(
          Endpoint.at("/v1/agent/monitor"),
          "GET",
          "",
          QueryString.parse(""),
          new byte[0],
          0,
          "127.0.0.1:4711",
          "/v1/agent/monitor");
  private LogStream lines;
  private Flush flush = () -> {};
  private WriteListener listener;

  private final ServletOutputStream socket =
      new ServletOutputStream() {
        @Override
        public boolean isReady() {
          return true;
        }

        @Override
        public void setWriteListener(WriteListener given) {
          listener = given;
        }

        @Override
        public void write(int octet) {
          taken.write(octet);
        }
      };

  MonitorServletTest() {
    servlet.telemetry =
        new Telemetry() {
          @Override
          public LogStream monitor(LogLevel level, boolean json) {
            lines = new LogStream(outlets, level, json, scheduled);
            return lines;
          }

          @Override
          public NetworkPosition position() {
            return null;
          }

          @Override
          public boolean showsPrometheus() {
            return false;
          }
        };
  }

  @AfterEach
  void stop() {
    servlet.destroy();
    scheduled.shutdownNow();
  }

  private <T> T proxy(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {type},
            (self, called, args) -> {
              switch (called.getName()) {
                case "getAttribute":
                  return call;
                case "flushBuffer":
                  flush.run();
                  return null;
                case "startAsync":
                  return proxy(AsyncContext.class);
                case "getOutputStream":
                  return socket;
                default:
                  return null;
              }
            }));
  }

  private void serve() throws IOException {
    servlet.service(proxy(HttpServletRequest.class), proxy(HttpServletResponse.class));
  }

  @Test
  void whatIsLoggedAsSoonAsTheHeadIsSeenIsAmongTheLines() throws IOException {
    flush = () -> logger.info("at once");
    serve();
    listener.onWritePossible();
    assertThat(taken.toString()).contains("at once");
  }

  @Test
  void nothingIsCollectedForAClientThatHasGoneBeforeTheHead() {
    flush =
        () -> {
          throw new IOException("Broken pipe");
        };
    assertThatThrownBy(this::serve).hasMessage("Broken pipe");
    logger.info("to nobody");
    assertThat(lines.next()).isNull();
  }
}
