package org.comitia.web.ui;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.comitia.state.Check;
import org.comitia.state.CheckKey;
import org.comitia.state.QueryResult;

/**
 * What all instances of a service have in common. A check of a node counts once, however many of
 * the instances are on that node. Not safe for several threads.
 */
final class ServiceSummary {
  private static final String EXTERNAL_SOURCE = "external-source";

  final String name;
  final String kind;
  final SortedSet<String> tags = new TreeSet<>();
  final SortedSet<String> nodes = new TreeSet<>();
  final SortedSet<String> externalSources = new TreeSet<>();
  private final Set<CheckKey> counted = new HashSet<>();
  int instances;
  int passing;
  int warning;
  int critical;

  private ServiceSummary(String name, String kind) {
    this.name = name;
    this.kind = kind;
  }

  /** A summary a service, in the order of their names. */
  static Collection<ServiceSummary> of(List<QueryResult.HealthInstance> instances) {
    Map<String, ServiceSummary> summaries = new TreeMap<>();
    for (QueryResult.HealthInstance instance : instances) {
      summaries
          .computeIfAbsent(
              instance.service().name(),
              name -> new ServiceSummary(name, instance.service().kind()))
          .add(instance);
    }
    return summaries.values();
  }

  private void add(QueryResult.HealthInstance instance) {
    instances++;
    nodes.add(instance.node().name());
    tags.addAll(instance.service().tags());
    String source = instance.service().meta().getOrDefault(EXTERNAL_SOURCE, "");
    if (!source.isEmpty()) {
      externalSources.add(source);
    }
    for (Check check : instance.checks()) {
      if (counted.add(check.key())) {
        count(check.status());
      }
    }
  }

  private void count(String status) {
    switch (status) {
      case "passing" -> passing++;
      case "warning" -> warning++;
      default -> critical++;
    }
  }
}
