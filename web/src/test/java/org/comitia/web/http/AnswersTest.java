package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.CommandResult;
import org.comitia.web.memory.MemoryAgent;
import org.comitia.web.memory.MemoryCluster;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private final Answers answers =
      new Answers(new MemoryCluster(), new MemoryAgent(), Runnable::run);
  private final Call call =
      new Call(
          Endpoint.KV,
          "GET",
          "k",
          QueryString.parse(""),
          new byte[0],
          0,
          "127.0.0.1:4711",
          "/v1/kv/k");

  @Test
  void anAnswerForWhichThereIsNoMemoryIsAnErrorAndNotSilence() {
    for (Object outcome :
        List.of("any", new WriteOutcome.Applied(1, new CommandResult.Done(true)))) {
      CompletableFuture<Object> coming = new CompletableFuture<>();
      CompletableFuture<Reply> reply =
          answers
              .later(
                  call,
                  coming,
                  value -> {
                    throw new Error("struck by the test");
                  })
              .toCompletableFuture();
      coming.complete(outcome);
      assertThat(reply).isCompleted();
      assertThat(reply.join().status()).isEqualTo(500);
      assertThat(new String(reply.join().body(), StandardCharsets.UTF_8)).startsWith("COM4012");
    }
  }

  @Test
  void anAnswerThatCannotBeMadeReadyForJaxRsIsAnErrorAndNotSilence() {
    CompletableFuture<Reply> coming = new CompletableFuture<>();
    CompletableFuture<Response> response = answers.response(coming).toCompletableFuture();
    coming.complete(Reply.raw(call, null));
    assertThat(response).isCompletedExceptionally();
  }
}
