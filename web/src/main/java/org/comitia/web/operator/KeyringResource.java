package org.comitia.web.operator;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.comitia.cluster.KeyOperation;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Call;

/** {@code /v1/operator/keyring}: the keys that all agents share. */
@ApplicationScoped
@Path("/v1/operator/keyring")
public class KeyringResource {
  @Inject KeyringRequests requests;
  @Context HttpServletRequest request;

  @GET
  public Answer list() {
    return answer(KeyOperation.LIST);
  }

  @POST
  public Answer install() {
    return answer(KeyOperation.INSTALL);
  }

  @PUT
  public Answer use() {
    return answer(KeyOperation.USE);
  }

  @DELETE
  public Answer remove() {
    return answer(KeyOperation.REMOVE);
  }

  private Answer answer(KeyOperation operation) {
    return new Answer(requests.carryOut(Call.of(request), operation));
  }
}
