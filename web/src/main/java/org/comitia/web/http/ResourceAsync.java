package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The asynchronous context that a JAX-RS resource gets: when it is through, its answer is sent, and
 * the request ends with that. Everything else is the container's. Safe for any thread.
 */
final class ResourceAsync implements AsyncContext {
  private final AsyncContext container;
  private final ResourceRequest request;
  private final CollectedResponse response;
  private final AtomicBoolean completed = new AtomicBoolean();

  ResourceAsync(AsyncContext container, ResourceRequest request, CollectedResponse response) {
    this.container = container;
    this.request = request;
    this.response = response;
  }

  @Override
  public void complete() {
    if (completed.compareAndSet(false, true)) {
      response.send(container);
    }
  }

  @Override
  public ServletRequest getRequest() {
    return request;
  }

  @Override
  public ServletResponse getResponse() {
    return response;
  }

  @Override
  public boolean hasOriginalRequestAndResponse() {
    return false;
  }

  @Override
  public void dispatch() {
    container.dispatch();
  }

  @Override
  public void dispatch(String path) {
    container.dispatch(path);
  }

  @Override
  public void dispatch(ServletContext context, String path) {
    container.dispatch(context, path);
  }

  @Override
  public void start(Runnable run) {
    container.start(run);
  }

  @Override
  public void addListener(AsyncListener listener) {
    container.addListener(listener);
  }

  @Override
  public void addListener(
      AsyncListener listener, ServletRequest supplied, ServletResponse suppliedResponse) {
    container.addListener(listener, supplied, suppliedResponse);
  }

  @Override
  public <T extends AsyncListener> T createListener(Class<T> type) throws ServletException {
    return container.createListener(type);
  }

  @Override
  public void setTimeout(long millis) {
    container.setTimeout(millis);
  }

  @Override
  public long getTimeout() {
    return container.getTimeout();
  }
}
