package org.comitia.web.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Stands in front of every resource and works on the raw request URI, since a servlet container
 * takes paths apart in another way than Go's HTTP server: it owns path cleaning and redirects,
 * unknown paths, methods, and the reading of queries and bodies. What passes it carries a {@link
 * Call} and reaches exactly the resource of its {@link Endpoint}.
 */
@WebFilter(filterName = "front", urlPatterns = "/*", asyncSupported = true)
public class FrontFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;

  /** The name of the servlet that answers {@link Endpoint#KV}. */
  public static final String KV_SERVLET = "kv";

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    response.setHeader("Vary", "Accept-Encoding");
    response.setHeader("X-Consul-Default-ACL-Policy", "allow");
    RequestPath path = RequestPath.decode(request.getRequestURI());
    if (path == null) {
      Reply.text(400, "400 Bad Request").writeTo(response);
      return;
    }
    if (!path.printable()) {
      Reply.empty(400).writeTo(response);
      return;
    }
    RequestPath clean = path.clean();
    Endpoint endpoint = Endpoint.at(clean.bytes());
    if (endpoint == null && Endpoint.at(clean.withSlash().bytes()) != null) {
      redirect(request, response, clean.withSlash());
    } else if (clean != path) {
      redirect(request, response, clean);
    } else if (endpoint != null) {
      serve(request, response, chain, endpoint, path);
    } else if (path.bytes().equals("/")) {
      Reply.text(200, "Comitia Agent").writeTo(response);
    } else {
      Reply.empty(404).writeTo(response);
    }
  }

  private static void redirect(
      HttpServletRequest request, HttpServletResponse response, RequestPath path)
      throws IOException {
    String query = request.getQueryString();
    String target = path.escaped() + (query == null ? "" : "?" + query);
    response.setStatus(301);
    response.setHeader("Location", target);
    if (request.getMethod().equals("GET")) {
      response.setContentType("text/html; charset=utf-8");
      String link = target.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&#34;");
      byte[] body =
          ("<a href=\"" + link + "\">Moved Permanently</a>.\n\n").getBytes(StandardCharsets.UTF_8);
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
    } else {
      response.setContentLength(0);
    }
  }

  private static void serve(
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain,
      Endpoint endpoint,
      RequestPath path)
      throws IOException, ServletException {
    String rawQuery = request.getQueryString();
    String method = request.getMethod();
    String url = RequestLog.url(request.getRequestURI(), rawQuery);
    QueryString query = QueryString.parse(rawQuery);
    if (query == null) {
      RequestLog.error(method, url, RequestLog.source(request), "Failed to decode query");
      Reply.empty(500).writeTo(response);
    } else if (method.equals("OPTIONS")) {
      Reply.empty(200).header("Allow", endpoint.allow()).writeTo(response);
    } else if (!endpoint.methods().contains(method)) {
      String text = "method " + method + " not allowed";
      RequestLog.error(method, url, RequestLog.source(request), text);
      Reply.text(405, text).header("Allow", endpoint.allow()).writeTo(response);
    } else {
      Body body = method.equals("PUT") ? Body.read(request) : Body.NONE;
      Call call =
          new Call(
              endpoint,
              method,
              path.bytes().substring(endpoint.pattern().length()),
              query,
              body.bytes(),
              body.length(),
              RequestLog.source(request),
              url);
      if (body.tooLarge()) {
        Outcomes.refused(call, tooLarge(body)).writeTo(response);
      } else {
        request.setAttribute(Call.ATTRIBUTE, call);
        pass(request, response, chain, endpoint);
      }
    }
  }

  private static Refusal tooLarge(Body body) {
    return new Refusal(
        413,
        "Request body("
            + body.length()
            + " bytes) too large, max size: "
            + Body.MAX
            + " bytes. See https://www.consul.io/docs/agent/options.html#kv_max_value_size.");
  }

  private static void pass(
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain,
      Endpoint endpoint)
      throws IOException, ServletException {
    if (endpoint != Endpoint.KV) {
      chain.doFilter(new ResourceRequest(request, endpoint.resource()), response);
    } else if (KV_SERVLET.equals(request.getHttpServletMapping().getServletName())) {
      chain.doFilter(request, response);
    } else {
      // The container read an odd spelling of the path in its own way.
      request.getServletContext().getNamedDispatcher(KV_SERVLET).forward(request, response);
    }
  }
}
