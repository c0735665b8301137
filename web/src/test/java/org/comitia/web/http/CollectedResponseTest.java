package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CollectedResponseTest {
  private static final int LARGE = Reply.SENT_AT_ONCE + 1;

  private final List<String> asked = new ArrayList<>();
  private final List<Throwable> gone = new ArrayList<>();
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
  private final CollectedResponse response =
      new CollectedResponse(proxy(HttpServletResponse.class), gone::add);
  private final AsyncContext async = proxy(AsyncContext.class);
  private boolean clientTakes;

  /** What a container says of a request that it has ended; null before. */
  private RuntimeException ended;

  private WriteListener listener;

  /** The client's socket: takes nothing until the test says so. */
  private final ServletOutputStream socket =
      new ServletOutputStream() {
        @Override
        public boolean isReady() {
          return clientTakes;
        }

        @Override
        public void setWriteListener(WriteListener given) {
          listener = given;
        }

        @Override
        public void write(int octet) {
          taken.write(octet);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
          taken.write(bytes, from, length);
        }
      };

  private <T> T proxy(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {type},
            (self, called, args) -> {
              asked.add(called.getName() + (args == null ? "" : Arrays.toString(args)));
              if (ended != null && called.getName().equals("getOutputStream")) {
                throw ended;
              }
              if (ended != null && called.getName().equals("complete")) {
                throw new IllegalStateException();
              }
              return switch (called.getName()) {
                case "getOutputStream" -> socket;
                case "startAsync" -> async;
                case "isCommitted" -> false;
                default -> null;
              };
            }));
  }

  @Test
  void aLargeAnswerIsSentAsItsClientTakesItAndNobodyWaitsForThat() throws IOException {
    response.getOutputStream().write(new byte[LARGE]);
    response.flushBuffer();
    assertThat(asked).as("before it is whole").isEmpty();
    response.send(async);
    assertThat(taken.size()).isZero();
    assertThat(asked).contains("setContentLength[" + LARGE + "]").doesNotContain("complete");
    clientTakes = true;
    listener.onWritePossible();
    assertThat(taken.size()).isEqualTo(LARGE);
    assertThat(asked).contains("complete");
    assertThat(gone).isEmpty();
  }

  @Test
  void anAnswerThatFitsASocketsBufferIsSentAtOnce() throws IOException {
    response.getOutputStream().write(new byte[LARGE - 1]);
    response.send(async);
    assertThat(taken.size()).isEqualTo(LARGE - 1);
    assertThat(asked).endsWith("complete");
  }

  @Test
  void anAnswerToARequestThatTheContainerHasEndedIsGoneWhateverItThrows() throws IOException {
    for (int length : new int[] {1, LARGE}) {
      for (RuntimeException thrown :
          List.of(new IllegalStateException(), new NullPointerException())) {
        gone.clear();
        response.getOutputStream().write(new byte[length]);
        ended = thrown;
        response.send(async);
        assertThat(gone).containsExactly(thrown);
      }
    }
    assertThat(asked.stream().filter("complete"::equals)).hasSize(4);
  }

  @Test
  void aLargeAnswerOfARequestThatDidNotWaitIsSentAsItsClientTakesItToo() throws IOException {
    response.getOutputStream().write(new byte[LARGE]);
    response.send(proxy(HttpServletRequest.class));
    assertThat(asked).contains("startAsync", "setTimeout[0]").doesNotContain("complete");
    clientTakes = true;
    listener.onWritePossible();
    assertThat(taken.size()).isEqualTo(LARGE);
  }

  @Test
  void aSmallAnswerOfARequestThatDidNotWaitIsSentAtOnce() throws IOException {
    response.getOutputStream().write(new byte[3]);
    response.send(proxy(HttpServletRequest.class));
    assertThat(taken.size()).isEqualTo(3);
    assertThat(asked).doesNotContain("startAsync");
  }

  @Test
  void whatIsWrittenInPiecesFromOneArrayIsKeptAsItWas() throws IOException {
    byte[] piece = {1, 2, 3};
    response.getOutputStream().write(piece);
    piece[0] = 4;
    response.getOutputStream().write(piece);
    response.send(async);
    assertThat(taken.toByteArray()).containsExactly(1, 2, 3, 4, 2, 3);
  }

  @Test
  void anAnswerWhoseLengthWasAnnouncedIsSentWithoutASecondOne() throws IOException {
    response.setHeader("Content-Length", "3");
    response.getOutputStream().write(new byte[] {1, 2, 3});
    response.send(async);
    assertThat(taken.toByteArray()).containsExactly(1, 2, 3);
    assertThat(asked).noneMatch(call -> call.startsWith("setContentLength"));
  }

  @Test
  void whoWritesAsynchronouslyMayWriteAtOnce() throws IOException {
    List<Boolean> ready = new ArrayList<>();
    response
        .getOutputStream()
        .setWriteListener(
            new WriteListener() {
              @Override
              public void onWritePossible() {
                ready.add(response.getOutputStream().isReady());
              }

              @Override
              public void onError(Throwable problem) {
                throw new AssertionError(problem);
              }
            });
    assertThat(ready).containsExactly(true);
  }
}
