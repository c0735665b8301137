package org.comitia.web.txn;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.concurrent.CompletionStage;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;

/** {@code /v1/txn}. */
@ApplicationScoped
@Path("/v1/txn")
public class TxnResource {
  @Inject Answers answers;
  @Inject TxnRequests requests;
  @Context HttpServletRequest request;

  @PUT
  public CompletionStage<Response> put() {
    return answers.response(requests.put(Call.of(request)));
  }
}
