package org.comitia.web.txn;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Call;

/** {@code /v1/txn}. */
@ApplicationScoped
@Path("/v1/txn")
public class TxnResource {
  @Inject TxnRequests requests;
  @Context HttpServletRequest request;

  @PUT
  public Answer put() {
    return new Answer(requests.put(Call.of(request)));
  }
}
