package org.comitia.state;

import java.util.List;
import java.util.Map;

/**
 * A query for a service that is kept under an id or a name ({@code /v1/query}).
 *
 * @param id a UUID that the proposer has drawn
 * @param name empty for none; no two queries have the same
 * @param session the query ends with this session; empty for none
 * @param token a secret: it is carried out on behalf of this one; empty for that of whoever asks
 * @param dnsTtl as it was given; empty for none
 */
public record PreparedQuery(
    String id,
    String name,
    String session,
    String token,
    Template template,
    ServiceQuery service,
    String dnsTtl,
    long createIndex,
    long modifyIndex) {
  /**
   * What makes one query answer many names.
   *
   * @param type {@code name_prefix_match}, or empty for a query that is no template
   * @param regexp RE2; empty for none
   */
  public record Template(String type, String regexp, boolean removeEmptyTags) {
    /** No template. */
    public static final Template NONE = new Template("", "", false);
  }

  /**
   * What is asked for.
   *
   * @param ignoreCheckIds checks that do not count
   * @param near a node to sort by; {@code _agent} for the one that was asked; empty for none
   * @param tags all must be there; {@code !x} must not
   */
  public record ServiceQuery(
      String service,
      Failover failover,
      boolean onlyPassing,
      List<String> ignoreCheckIds,
      String near,
      List<String> tags,
      Map<String, String> nodeMeta,
      Map<String, String> serviceMeta,
      boolean connect) {}

  /** Where else to ask; with one datacenter there is nowhere. */
  public record Failover(int nearestN, List<String> datacenters) {}

  /** Where it is found in {@link StateVersion#preparedQueries()}: the folded id. */
  public String key() {
    return Names.fold(id);
  }

  /** Whether it answers all names that begin with its own. */
  public boolean isTemplate() {
    return !template.type().isEmpty();
  }

  /** The same query with another token. */
  public PreparedQuery withToken(String other) {
    return new PreparedQuery(
        id, name, session, other, template, service, dnsTtl, createIndex, modifyIndex);
  }

  /** The same query with other indexes. */
  public PreparedQuery at(long create, long modify) {
    return new PreparedQuery(id, name, session, token, template, service, dnsTtl, create, modify);
  }
}
