package org.comitia.web.kv;

import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.FrontFilter;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.http.RequestLog;

/**
 * {@code /v1/kv}, the hot path: a servlet instead of a JAX-RS resource, since it takes about half
 * the processor time. No thread is held while the cluster works.
 */
@WebServlet(name = FrontFilter.KV_SERVLET, urlPatterns = "/v1/kv/*", asyncSupported = true)
public class KvServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject transient KvRequests requests;
  @Inject transient Answers answers;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Call call = Call.of(request);
    CompletableFuture<Reply> reply;
    try {
      reply = answer(call).toCompletableFuture();
    } catch (Refusal refusal) {
      Outcomes.refused(call, refusal).writeTo(response);
      return;
    } catch (RuntimeException e) {
      Outcomes.broken(call, e).writeTo(response);
      return;
    }
    if (reply.isDone() && reply.join().isSentAtOnce()) {
      reply.join().writeTo(response);
      return;
    }
    AsyncContext async = request.startAsync();
    // The cluster bounds the time itself; a blocking read may take more than ten minutes.
    async.setTimeout(0);
    reply.whenComplete(
        (given, problem) -> {
          Reply r = problem == null ? given : Outcomes.broken(call, problem);
          if (r.isSentAtOnce()) {
            send(call, r, async, response);
          } else {
            answers.execute(() -> send(call, r, async, response));
          }
        });
  }

  private CompletionStage<Reply> answer(Call call) {
    return switch (call.method()) {
      case "GET" -> requests.get(call);
      case "PUT" -> requests.put(call);
      default -> requests.delete(call);
    };
  }

  private static void send(
      Call call, Reply reply, AsyncContext async, HttpServletResponse response) {
    reply.sendTo(async, response, gone -> RequestLog.gone(call, gone));
  }
}
