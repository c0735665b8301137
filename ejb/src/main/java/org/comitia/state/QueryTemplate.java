package org.comitia.state;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A prepared query that answers all names that begin with its own. In the texts of its service part
 * stand {@code ${name.full}}, {@code ${name.prefix}}, {@code ${name.suffix}}, {@code
 * ${agent.segment}} (always empty) and {@code ${match(N)}}, the N-th group of its regular
 * expression in the full name, empty when there is none; {@code $${} is {@code ${}. That is what
 * Consul's page documents; of its expression language nothing else is taken.
 *
 * @param regexp compiled; null for none
 */
record QueryTemplate(PreparedQuery query, Pattern regexp) {
  private static final String TYPE = "name_prefix_match";

  /** So that a rendered query is not much longer than the name times this. */
  static final int MAX_INTERPOLATIONS = 128;

  private static final java.util.regex.Pattern MATCH =
      java.util.regex.Pattern.compile("match\\(\\s*(\\d{1,4})\\s*\\)");

  /**
   * Which bound a query's template is over; null for none, or when it is wrong in another way.
   * Compiles nothing.
   */
  static String excess(PreparedQuery query) {
    try {
      new RegexBudget().charge(query.template().regexp());
      new QueryTemplate(query, null).render(query.name());
      return null;
    } catch (LimitExceededException e) {
      return e.getMessage();
    } catch (Refused wrong) {
      return null;
    }
  }

  /**
   * @throws Refused with Consul's text when type, regular expression or a text is wrong
   * @throws LimitExceededException see {@link #excess}
   */
  static QueryTemplate compile(PreparedQuery query) {
    if (!query.template().type().equals(TYPE)) {
      throw bad("bad Template.Type '" + query.template().type() + "'");
    }
    QueryTemplate template = new QueryTemplate(query, regexp(query.template().regexp()));
    // Without the expression: what is applied on every server matches nothing.
    new QueryTemplate(query, null).render(query.name());
    return template;
  }

  /** The same template of a query that differs in its indexes only. */
  QueryTemplate of(PreparedQuery same) {
    return new QueryTemplate(same, regexp);
  }

  private static Pattern regexp(String text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      return new RegexBudget().compile(text);
    } catch (PatternSyntaxException e) {
      throw bad("bad Regexp: " + e.getMessage());
    }
  }

  private static Refused bad(String why) {
    return new Refused("failed compiling template: " + why);
  }

  /** The query for one name, which begins with the query's own. */
  PreparedQuery render(String name) {
    Rendering rendering = new Rendering(name);
    PreparedQuery.ServiceQuery service = mapTexts(query.service(), rendering::text);
    if (query.template().removeEmptyTags()) {
      service = withTags(service, service.tags().stream().filter(t -> !t.isEmpty()).toList());
    }
    return new PreparedQuery(
        query.id(),
        query.name(),
        query.session(),
        query.token(),
        query.template(),
        service,
        query.dnsTtl(),
        query.createIndex(),
        query.modifyIndex());
  }

  /** For one name: the expression is matched once, however often its groups are asked for. */
  private final class Rendering {
    private final String name;
    private int interpolations;
    private Matcher match;
    private boolean found;

    Rendering(String name) {
      this.name = name;
    }

    String text(String text) {
      StringBuilder out = new StringBuilder(text.length());
      int at = 0;
      while (true) {
        int dollar = text.indexOf("${", at);
        if (dollar < 0) {
          return out.append(text, at, text.length()).toString();
        }
        if (dollar > at && text.charAt(dollar - 1) == '$') {
          out.append(text, at, dollar - 1).append("${");
          at = dollar + 2;
          continue;
        }
        int end = text.indexOf('}', dollar);
        if (end < 0) {
          throw badFormat(text, "no closing brace");
        }
        if (++interpolations > MAX_INTERPOLATIONS) {
          throw new LimitExceededException(
              "bad template: more than " + MAX_INTERPOLATIONS + " interpolations");
        }
        out.append(text, at, dollar);
        out.append(value(text.substring(dollar + 2, end).strip(), text));
        at = end + 1;
      }
    }

    private String value(String variable, String text) {
      int prefix = Math.min(query.name().length(), name.length());
      switch (variable) {
        case "name.full":
          return name;
        case "name.prefix":
          return query.name();
        case "name.suffix":
          return name.substring(prefix);
        case "agent.segment":
          return "";
        default:
          java.util.regex.Matcher group = MATCH.matcher(variable);
          if (!group.matches()) {
            throw badFormat(text, "unknown variable accessed: " + variable);
          }
          return group(Integer.parseInt(group.group(1)));
      }
    }

    private String group(int number) {
      if (regexp == null) {
        return "";
      }
      if (match == null) {
        match = regexp.matcher(name);
        found = match.find();
      }
      String group = found && number <= match.groupCount() ? match.group(number) : null;
      return group == null ? "" : group;
    }
  }

  private static Refused badFormat(String text, String why) {
    return bad("bad format '" + text + "' in Service: " + why);
  }

  private static PreparedQuery.ServiceQuery mapTexts(
      PreparedQuery.ServiceQuery s, UnaryOperator<String> to) {
    return new PreparedQuery.ServiceQuery(
        to.apply(s.service()),
        new PreparedQuery.Failover(s.failover().nearestN(), mapped(s.failover().datacenters(), to)),
        s.onlyPassing(),
        mapped(s.ignoreCheckIds(), to),
        to.apply(s.near()),
        mapped(s.tags(), to),
        mapped(s.nodeMeta(), to),
        mapped(s.serviceMeta(), to),
        s.connect());
  }

  private static List<String> mapped(List<String> texts, UnaryOperator<String> to) {
    return texts.stream().map(to).toList();
  }

  private static Map<String, String> mapped(Map<String, String> map, UnaryOperator<String> to) {
    Map<String, String> mapped = new TreeMap<>(map);
    mapped.replaceAll((key, text) -> to.apply(text));
    return mapped;
  }

  private static PreparedQuery.ServiceQuery withTags(
      PreparedQuery.ServiceQuery s, List<String> tags) {
    return new PreparedQuery.ServiceQuery(
        s.service(),
        s.failover(),
        s.onlyPassing(),
        s.ignoreCheckIds(),
        s.near(),
        tags,
        s.nodeMeta(),
        s.serviceMeta(),
        s.connect());
  }
}
