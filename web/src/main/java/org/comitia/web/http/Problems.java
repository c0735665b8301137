package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** Turns what a resource throws into an answer of ours, never a page of the server's. */
@Provider
public class Problems implements ExceptionMapper<Throwable> {
  @Context HttpServletRequest request;

  @Override
  public Response toResponse(Throwable problem) {
    return Response.ok(Answer.of(Outcomes.thrown(Call.of(request), problem))).build();
  }
}
