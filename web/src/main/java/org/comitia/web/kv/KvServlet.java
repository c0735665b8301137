package org.comitia.web.kv;

import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.FrontFilter;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Reply;

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
    answers.send(call, answer(call), request, response);
  }

  private Answer answer(Call call) {
    try {
      return new Answer(reply(call));
    } catch (RuntimeException problem) {
      return Answer.of(Outcomes.thrown(call, problem));
    }
  }

  private CompletionStage<Reply> reply(Call call) {
    return switch (call.method()) {
      case "GET" -> requests.get(call);
      case "PUT" -> requests.put(call);
      default -> requests.delete(call);
    };
  }
}
