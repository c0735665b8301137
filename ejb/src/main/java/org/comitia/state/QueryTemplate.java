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
 */
final class QueryTemplate {
  private static final String TYPE = "name_prefix_match";

  /** So that a rendered query is not much longer than the name times this. */
  private static final int MAX_INTERPOLATIONS = 128;

  private static final java.util.regex.Pattern MATCH =
      java.util.regex.Pattern.compile("match\\(\\s*(\\d{1,4})\\s*\\)");

  private final PreparedQuery query;
  private final Pattern regexp;

  private QueryTemplate(PreparedQuery query, Pattern regexp) {
    this.query = query;
    this.regexp = regexp;
  }

  /**
   * @throws Refused with Consul's text when type, regular expression or a text is wrong
   */
  static QueryTemplate compile(PreparedQuery query) {
    if (!query.template().type().equals(TYPE)) {
      throw bad("bad Template.Type '" + query.template().type() + "'");
    }
    QueryTemplate template = new QueryTemplate(query, regexp(query.template().regexp()));
    int[] interpolations = {0};
    mapTexts(query.service(), text -> template.render(text, query.name(), interpolations));
    if (interpolations[0] > MAX_INTERPOLATIONS) {
      throw bad("bad template: more than " + MAX_INTERPOLATIONS + " interpolations");
    }
    return template;
  }

  private static Pattern regexp(String text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw bad("bad Regexp: " + e.getMessage());
    }
  }

  private static Refused bad(String why) {
    return new Refused("failed compiling template: " + why);
  }

  /** The query for one name, which begins with the query's own. */
  PreparedQuery render(String name) {
    int[] interpolations = {0};
    PreparedQuery.ServiceQuery service =
        mapTexts(query.service(), text -> render(text, name, interpolations));
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

  private String render(String text, String name, int[] interpolations) {
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
      out.append(text, at, dollar);
      out.append(value(text.substring(dollar + 2, end).strip(), name, text));
      interpolations[0]++;
      at = end + 1;
    }
  }

  private String value(String variable, String name, String text) {
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
        java.util.regex.Matcher match = MATCH.matcher(variable);
        if (!match.matches()) {
          throw badFormat(text, "unknown variable accessed: " + variable);
        }
        return group(Integer.parseInt(match.group(1)), name);
    }
  }

  private String group(int number, String name) {
    Matcher matcher = regexp == null ? null : regexp.matcher(name);
    if (matcher == null || !matcher.find() || number > matcher.groupCount()) {
      return "";
    }
    String group = matcher.group(number);
    return group == null ? "" : group;
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
