package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SendingTest {
  private final List<String> asked = new ArrayList<>();

  @Test
  void anAnswerThatCannotBeBegunToBeSentHoldsNoMemoryForItsClient() throws IOException {
    Outgoing outgoing = new Outgoing(100);
    List<Throwable> gone = new ArrayList<>();
    Sending.begin(new byte[60], context(), response(), gone::add, outgoing);
    assertThat(gone).hasSize(1);
    assertThat(asked).contains("complete");
    assertThat(outgoing.enter(new byte[100])).as("the other sixty were given back").isTrue();
    assertThat(outgoing.enter(new byte[1])).as("and given back once").isFalse();
  }

  @Test
  void anAnswerForWhichThereIsNoMemoryEndsItsRequest() {
    List<Throwable> gone = new ArrayList<>();
    HttpServletResponse response =
        (HttpServletResponse)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (self, called, args) -> {
                  throw new Error("struck by the test");
                });
    Reply.text(200, "x").sendTo(context(), response, gone::add);
    assertThat(gone).hasSize(1);
    assertThat(asked).containsExactly("complete");
  }

  private AsyncContext context() {
    return proxy(AsyncContext.class, null);
  }

  /** Of a request that the container has ended already. */
  private HttpServletResponse response() {
    ServletOutputStream out =
        new ServletOutputStream() {
          @Override
          public boolean isReady() {
            return false;
          }

          @Override
          public void setWriteListener(WriteListener listener) {
            throw new IllegalStateException("not asynchronous");
          }

          @Override
          public void write(int octet) {
            throw new AssertionError("nobody may write");
          }
        };
    return proxy(HttpServletResponse.class, out);
  }

  private <T> T proxy(Class<T> type, Object answer) {
    return type.cast(
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {type},
            (self, called, args) -> {
              asked.add(called.getName());
              return answer;
            }));
  }
}
