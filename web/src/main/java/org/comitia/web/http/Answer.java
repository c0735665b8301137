package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyWriter;
import jakarta.ws.rs.ext.Provider;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a resource answers, now or later. JAX-RS hands it to {@link FrontFilter}, which sends it; of
 * a {@code CompletionStage} JAX-RS would take care itself (docs/design/http.md).
 */
public record Answer(CompletionStage<Reply> reply) {
  private static final String ATTRIBUTE = Answer.class.getName();

  /** One that is there. */
  public static Answer of(Reply reply) {
    return new Answer(CompletableFuture.completedFuture(reply));
  }

  /** What JAX-RS has handed over for this request; if nothing, a failure. */
  static Answer handedOver(HttpServletRequest request) {
    Answer given = (Answer) request.getAttribute(ATTRIBUTE);
    return given != null
        ? given
        : new Answer(
            CompletableFuture.failedFuture(
                new IllegalStateException("JAX-RS has called no resource")));
  }

  /** Takes it from JAX-RS; nothing is written here. */
  @Provider
  public static class Writer implements MessageBodyWriter<Answer> {
    @Context HttpServletRequest request;

    @Override
    public boolean isWriteable(
        Class<?> type, Type generic, Annotation[] annotations, MediaType media) {
      return type == Answer.class;
    }

    @Override
    public void writeTo(
        Answer answer,
        Class<?> type,
        Type generic,
        Annotation[] annotations,
        MediaType media,
        MultivaluedMap<String, Object> headers,
        OutputStream out)
        throws WebApplicationException {
      request.setAttribute(ATTRIBUTE, answer);
    }
  }
}
