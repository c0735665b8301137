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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** How {@link Answers#send} sends what is there and what comes later. */
class AnswerSendingTest {
  private static final int LARGE = Reply.SENT_AT_ONCE + 1;

  private final List<Runnable> tasks = new ArrayList<>();
  private final Answers answers = new Answers(null, null, tasks::add);
  private final Call call =
      new Call(
          Endpoint.at("/v1/catalog/nodes"),
          "GET",
          "",
          QueryString.parse(""),
          new byte[0],
          0,
          "127.0.0.1:4711",
          "/v1/catalog/nodes");
  private final List<String> asked = new ArrayList<>();
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
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
                default -> null;
              };
            }));
  }

  private void send(Answer answer) throws IOException {
    answers.send(call, answer, proxy(HttpServletRequest.class), proxy(HttpServletResponse.class));
  }

  private Reply large() {
    return Reply.raw(call, new byte[LARGE]);
  }

  @Test
  void aSmallAnswerThatIsThereIsSentAtOnce() throws IOException {
    send(Answer.of(Reply.text(500, "no")));
    assertThat(taken.toString()).isEqualTo("no");
    assertThat(asked).contains("setStatus[500]").doesNotContain("startAsync");
  }

  @Test
  void aSmallAnswerThatComesLaterIsSentByWhoBringsIt() throws IOException {
    CompletableFuture<Reply> coming = new CompletableFuture<>();
    send(new Answer(coming));
    assertThat(asked).containsExactly("startAsync", "setTimeout[0]");
    coming.complete(Reply.text(200, "yes"));
    assertThat(taken.toString()).isEqualTo("yes");
    assertThat(asked).endsWith("complete");
    assertThat(tasks).isEmpty();
  }

  @Test
  void aLargeAnswerIsSentAsItsClientTakesItAndNobodyWaitsForThat() throws IOException {
    for (boolean there : new boolean[] {true, false}) {
      asked.clear();
      taken.reset();
      clientTakes = false;
      CompletableFuture<Reply> coming = new CompletableFuture<>();
      if (there) {
        coming.complete(large());
      }
      send(new Answer(coming));
      coming.complete(large());
      tasks.forEach(Runnable::run);
      tasks.clear();
      assertThat(taken.size()).isZero();
      assertThat(asked).contains("setContentLength[" + LARGE + "]").doesNotContain("complete");
      clientTakes = true;
      listener.onWritePossible();
      assertThat(taken.size()).isEqualTo(LARGE);
      assertThat(asked).contains("complete");
    }
  }

  @Test
  void anErrorThatComesLaterIsSentByOurThreads() throws IOException {
    CompletableFuture<Reply> coming = new CompletableFuture<>();
    send(new Answer(coming));
    coming.complete(Reply.text(500, "no"));
    assertThat(taken.size()).isZero();
    tasks.forEach(Runnable::run);
    assertThat(taken.toString()).isEqualTo("no");
    assertThat(asked).endsWith("complete");
  }

  @Test
  void aRefusalIsAnAnswerWhereverItIsThrown() throws IOException {
    Refusal refusal = Refusal.badRequest("Missing name");
    for (Throwable thrown : List.of(refusal, new CompletionException(refusal))) {
      asked.clear();
      taken.reset();
      send(new Answer(CompletableFuture.failedFuture(thrown)));
      assertThat(asked).contains("setStatus[400]");
      assertThat(taken.toString()).isEqualTo("Missing name");
    }
  }

  @Test
  void aRequestForWhichJaxRsFindsNoResourceIsAnErrorAndNotSilence() throws IOException {
    send(Answer.handedOver(proxy(HttpServletRequest.class)));
    assertThat(asked).contains("setStatus[500]");
    assertThat(taken.toString()).startsWith("COM4012");
  }

  @Test
  void aRequestThatTheContainerHasEndedHoldsNobodyWhateverItThrows() throws IOException {
    for (int length : new int[] {1, LARGE}) {
      for (RuntimeException thrown :
          List.of(new IllegalStateException(), new NullPointerException())) {
        CompletableFuture<Reply> coming = new CompletableFuture<>();
        ended = null;
        asked.clear();
        send(new Answer(coming));
        ended = thrown;
        coming.complete(Reply.raw(call, new byte[length]));
        tasks.forEach(Runnable::run);
        tasks.clear();
        assertThat(asked).endsWith("complete");
      }
    }
  }
}
