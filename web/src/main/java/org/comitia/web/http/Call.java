package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.function.Predicate;
import org.comitia.access.Authorizer;
import org.comitia.cluster.Caller;
import org.comitia.web.filter.Filter;
import org.comitia.web.filter.InvalidFilterException;
import org.comitia.web.filter.Shape;

/**
 * One request, taken apart: what the filter hands to the resources. The body has been read.
 *
 * @param endpoint what was asked for
 * @param rest the path behind the endpoint's pattern, decoded, a byte a char; empty for none
 * @param body never null
 * @param bodyLength the length announced or read; above the bound the body is empty
 * @param source the client's {@code address:port}
 * @param url path and query as sent, tokens hidden, for the log
 * @param visitor who asks
 * @param wishes how the answer is to be
 */
public record Call(
    Endpoint endpoint,
    String method,
    String rest,
    QueryString query,
    byte[] body,
    long bodyLength,
    String source,
    String url,
    Wishes wishes,
    Visitor visitor) {
  static final String ATTRIBUTE = Call.class.getName();

  /**
   * What a request says about its answer.
   *
   * @param indented {@code ?pretty}, or by a setting
   * @param gzip whether the client takes gzip
   * @param accept the header, in lower case; empty for none
   * @param cacheControl the header, in lower case; empty for none
   */
  public record Wishes(boolean indented, boolean gzip, String accept, String cacheControl) {
    /** Of a request that has none. */
    public static final Wishes NONE = new Wishes(false, false, "", "");
  }

  /** A request without wishes, to an agent that keeps no access. */
  public Call(
      Endpoint endpoint,
      String method,
      String rest,
      QueryString query,
      byte[] body,
      long bodyLength,
      String source,
      String url) {
    this(
        endpoint, method, rest, query, body, bodyLength, source, url, Wishes.NONE, Visitor.ANYBODY);
  }

  /** The call that the filter has put into the request. */
  public static Call of(HttpServletRequest request) {
    return (Call) request.getAttribute(ATTRIBUTE);
  }

  /** On whose behalf the cluster is asked. */
  public Caller caller() {
    return visitor.caller();
  }

  /** The same request of somebody of whom is known what it may. */
  Call with(Authorizer authorizer) {
    return new Call(
        endpoint,
        method,
        rest,
        query,
        body,
        bodyLength,
        source,
        url,
        wishes,
        visitor.with(authorizer));
  }

  /** The rest of the path as text, a node's or service's name. */
  public String name() {
    return Octets.text(rest);
  }

  /** Whether the answer is to be indented. */
  public boolean pretty() {
    return wishes.indented();
  }

  /**
   * The request's {@code filter}; without one everything is kept.
   *
   * @param shape what can be selected
   * @throws Refusal 500 with Consul's text; 400 when it is over a bound
   */
  public <T> Predicate<T> filter(Shape<T> shape) {
    try {
      return Filter.compile(query.get("filter"), shape);
    } catch (InvalidFilterException e) {
      throw e.isOverLimit() ? Refusal.badRequest(e.getMessage()) : Refusal.error(e.getMessage());
    }
  }
}
