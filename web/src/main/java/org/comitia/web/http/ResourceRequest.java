package org.comitia.web.http;

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

  ResourceRequest(HttpServletRequest request, String path) {
    super(request);
    this.path = path;
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
