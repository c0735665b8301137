package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;

/**
 * The request as JAX-RS sees it: only the method and the endpoint's fixed path. Everything that the
 * client sent is in the {@link Call}; hidden here are all that JAX-RS would take apart or refuse in
 * its own way: parameters in the path, the query, {@code Accept}, the body and its type.
 */
final class ResourceRequest extends HttpServletRequestWrapper {
  private final String path;
  private final CollectedResponse response;
  private volatile ResourceAsync async;

  /**
   * @param response where the resource's answer is collected
   */
  ResourceRequest(HttpServletRequest request, String path, CollectedResponse response) {
    super(request);
    this.path = path;
    this.response = response;
  }

  /** Whether the resource answers, or has answered, later than by its return. */
  boolean isAnsweredLater() {
    return async != null;
  }

  @Override
  public AsyncContext startAsync() {
    return later(super.startAsync());
  }

  @Override
  public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
    return later(super.startAsync(request, response));
  }

  private AsyncContext later(AsyncContext container) {
    ResourceAsync started = new ResourceAsync(container, this, response);
    async = started;
    return started;
  }

  @Override
  public AsyncContext getAsyncContext() {
    AsyncContext started = async;
    return started != null ? started : super.getAsyncContext();
  }

  @Override
  public String getRequestURI() {
    return path;
  }

  @Override
  public StringBuffer getRequestURL() {
    // Nothing is made from the authority, which is the client's text.
    return new StringBuffer("http://localhost").append(path);
  }

  @Override
  public String getServletPath() {
    return "";
  }

  @Override
  public String getPathInfo() {
    return path;
  }

  @Override
  public String getQueryString() {
    return null;
  }

  @Override
  public String getContentType() {
    return null;
  }

  @Override
  public int getContentLength() {
    return 0;
  }

  @Override
  public long getContentLengthLong() {
    return 0;
  }

  @Override
  public String getHeader(String name) {
    return null;
  }

  @Override
  public Enumeration<String> getHeaders(String name) {
    return Collections.emptyEnumeration();
  }

  @Override
  public Enumeration<String> getHeaderNames() {
    return Collections.emptyEnumeration();
  }
}
