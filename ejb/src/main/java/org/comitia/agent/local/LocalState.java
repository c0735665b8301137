package org.comitia.agent.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.comitia.agent.check.CheckSpec;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.Names;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.pcollections.TreePMap;

/**
 * What this agent knows of itself, and of which of that the catalog is known to have. Ids are
 * compared as the catalog does, without regard to case. Times are given by the caller, in
 * nanoseconds of a monotonic clock. Not safe for threads: used by one at a time.
 */
final class LocalState {
  /** What the leader keeps in the catalog for this node; not the agent's. */
  private static final String SERF_HEALTH = "serfHealth";

  private static final long NOT_WRITTEN = -1;
  private static final String SERVERS = "consul";
  private static final String CRITICAL = "critical";
  private static final int MAX_CHECKS_A_COMMAND = 64;

  /** Where a definition came from. */
  enum Source {
    /** A file, which will be read again. */
    FILE,
    /** The HTTP API; it is saved. */
    API
  }

  private static final class ServiceEntry {
    private Service service;
    private String secret = "";
    private Source source;
    private boolean synced;
    private long version;
  }

  private static final class CheckEntry {
    private Check check;
    private CheckSpec spec;
    private String secret = "";
    private Source source;
    private boolean synced;
    private boolean outputWaits;
    private long outputDue;
    private boolean critical;
    private long criticalSince;
    private long version;
  }

  /** A row that the catalog is to lose. */
  private record Gone(String id, String serviceId, long version) {}

  private final Map<String, ServiceEntry> services = new TreeMap<>();
  private final Map<String, CheckEntry> checks = new TreeMap<>();
  private final Map<String, Gone> goneServices = new HashMap<>();
  private final Map<String, Gone> goneChecks = new HashMap<>();
  private TreePMap<String, Service> shownServices = TreePMap.empty();
  private TreePMap<String, Check> shownChecks = TreePMap.empty();
  private Node node;
  private boolean nodeSynced;
  private long nodeVersion;
  private long versions;

  /**
   * @param node as the catalog is to show it
   */
  LocalState(Node node) {
    this.node = node;
  }

  Node node() {
    return node;
  }

  /** Differs when anything that is registered, or a check's status or output, has changed. */
  long version() {
    return versions;
  }

  void setNode(Node changed) {
    if (!changed.equals(node)) {
      node = changed;
      nodeSynced = false;
      nodeVersion = ++versions;
    }
  }

  // ---- what is registered

  /** null when there is none. */
  Service service(String id) {
    ServiceEntry entry = services.get(Names.fold(id));
    return entry == null ? null : entry.service;
  }

  /** Of the token by which the catalog is written; empty for none. */
  String serviceSecret(String id) {
    ServiceEntry entry = services.get(Names.fold(id));
    return entry == null ? "" : entry.secret;
  }

  /** By which the catalog is written from now on; empty for the agent's. */
  void setServiceSecret(String id, String secret) {
    services.get(Names.fold(id)).secret = secret;
  }

  /** The same. */
  void setCheckSecret(String id, String secret) {
    checks.get(Names.fold(id)).secret = secret;
  }

  /** null when there is none. */
  Check check(String id) {
    CheckEntry entry = checks.get(Names.fold(id));
    return entry == null ? null : entry.check;
  }

  /** How it is carried out; null when there is none, or nobody carries it out. */
  CheckSpec spec(String id) {
    CheckEntry entry = checks.get(Names.fold(id));
    return entry == null ? null : entry.spec;
  }

  /** null when there is none. */
  Source serviceSource(String id) {
    ServiceEntry entry = services.get(Names.fold(id));
    return entry == null ? null : entry.source;
  }

  /** null when there is none. */
  Source checkSource(String id) {
    CheckEntry entry = checks.get(Names.fold(id));
    return entry == null ? null : entry.source;
  }

  List<Service> services() {
    return services.values().stream().map(entry -> entry.service).toList();
  }

  List<Check> checks() {
    return checks.values().stream().map(entry -> entry.check).toList();
  }

  /** The services by id, as others see them: the same map until one of them changes. */
  TreePMap<String, Service> shownServices() {
    return shownServices;
  }

  /** The checks by id, likewise. */
  TreePMap<String, Check> shownChecks() {
    return shownChecks;
  }

  List<Check> checksOf(String serviceId) {
    return checks().stream().filter(c -> Names.same(c.serviceId(), serviceId)).toList();
  }

  // ---- changes

  /**
   * What is the same as before is not due to be written because of this: registering again what is
   * registered is what many clients do all the time. Tags that others may set are, since the
   * catalog may have other ones by now.
   *
   * @param written false: it was there before this start, the catalog may have it
   */
  void putService(Service service, Source source, boolean written) {
    String key = Names.fold(service.id());
    ServiceEntry entry = services.computeIfAbsent(key, any -> new ServiceEntry());
    boolean changed = service.enableTagOverride() || !service.equals(entry.service);
    set(entry, service);
    entry.source = source;
    if (changed) {
      entry.synced = !written;
      entry.version = ++versions;
    }
    goneServices.remove(key);
    adoptService(service);
  }

  /** The catalog gives a service's name and tags to its checks; so do we. */
  private void adoptService(Service service) {
    for (CheckEntry entry : checks.values()) {
      Check check = entry.check;
      if (Names.same(check.serviceId(), service.id())
          && !(check.serviceName().equals(service.name())
              && check.serviceTags().equals(service.tags()))) {
        set(entry, CatalogRows.withService(check, service));
        entry.synced = false;
        entry.version = ++versions;
      }
    }
  }

  /**
   * As {@link #putService}.
   *
   * @param spec null when nobody carries it out
   */
  void putCheck(Check check, CheckSpec spec, Source source, boolean written) {
    String key = Names.fold(check.id());
    CheckEntry entry = checks.computeIfAbsent(key, any -> new CheckEntry());
    Service service = service(check.serviceId());
    Check shown = service == null ? check : CatalogRows.withService(check, service);
    boolean changed = entry.outputWaits || !shown.equals(entry.check);
    set(entry, shown);
    entry.spec = spec;
    entry.secret = ""; // whose it is now is told after this
    entry.source = source;
    entry.critical = false;
    entry.outputWaits = false;
    if (changed) {
      entry.synced = !written;
      entry.version = ++versions;
    }
    goneChecks.remove(key);
  }

  /** Its checks go by {@link #removeCheck}. */
  void removeService(String id) {
    ServiceEntry entry = services.remove(Names.fold(id));
    if (entry != null) {
      shownServices = shownServices.minus(entry.service.id());
      goneService(entry.service.id());
    }
  }

  void removeCheck(String id) {
    CheckEntry entry = checks.remove(Names.fold(id));
    if (entry != null) {
      shownChecks = shownChecks.minus(entry.check.id());
      goneCheck(entry.check.id(), entry.check.serviceId());
    }
  }

  private void set(ServiceEntry entry, Service service) {
    if (entry.service != null && !entry.service.id().equals(service.id())) {
      shownServices = shownServices.minus(entry.service.id()); // spelled otherwise
    }
    entry.service = service;
    if (!service.equals(shownServices.get(service.id()))) {
      shownServices = shownServices.plus(service.id(), service);
    }
  }

  private void set(CheckEntry entry, Check check) {
    if (entry.check != null && !entry.check.id().equals(check.id())) {
      shownChecks = shownChecks.minus(entry.check.id()); // spelled otherwise
    }
    entry.check = check;
    if (!check.equals(shownChecks.get(check.id()))) {
      shownChecks = shownChecks.plus(check.id(), check);
    }
  }

  private void goneService(String id) {
    goneServices.put(Names.fold(id), new Gone(id, "", ++versions));
  }

  private void goneCheck(String id, String serviceId) {
    goneChecks.put(Names.fold(id), new Gone(id, serviceId, ++versions));
  }

  /**
   * A check's result.
   *
   * @param outputDelay how long a changed output alone may wait, nanoseconds; 0 for not at all
   * @return whether anything changed
   */
  boolean update(String id, String status, String output, long now, long outputDelay) {
    CheckEntry entry = checks.get(Names.fold(id));
    if (entry == null) {
      return false;
    }
    boolean critical = status.equals(CRITICAL);
    if (critical && !entry.critical) {
      entry.criticalSince = now;
    }
    entry.critical = critical;
    boolean sameStatus = entry.check.status().equals(status);
    if (sameStatus && entry.check.output().equals(output)) {
      return false;
    }
    set(entry, CatalogRows.withResult(entry.check, status, output));
    entry.version = ++versions;
    if (!sameStatus || outputDelay == 0) {
      entry.synced = false;
    } else if (!entry.outputWaits) {
      entry.outputWaits = true;
      entry.outputDue = now + outputDelay;
    }
    return true;
  }

  /**
   * Ends the waiting of outputs whose time has come.
   *
   * @return whether there were any
   */
  boolean releaseOutputs(long now) {
    boolean any = false;
    for (CheckEntry entry : checks.values()) {
      if (entry.outputWaits && now - entry.outputDue >= 0) {
        entry.outputWaits = false;
        entry.synced = false;
        any = true;
      }
    }
    return any;
  }

  /** The checks whose service has been critical for longer than they allow. */
  List<Check> overdue(long now, Duration atLeast) {
    Predicate<CheckEntry> overdue =
        entry ->
            entry.critical
                && entry.spec != null
                && !entry.check.serviceId().isEmpty()
                && entry.spec.deregisterCriticalServiceAfter().compareTo(Duration.ZERO) > 0
                && now - entry.criticalSince
                    > max(entry.spec.deregisterCriticalServiceAfter(), atLeast).toNanos();
    return checks.values().stream().filter(overdue).map(entry -> entry.check).toList();
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? b : a;
  }

  // ---- the catalog

  /**
   * Looks at what the catalog has of this node, and notes what is missing, different or too much.
   *
   * @param catalogNode null when the catalog does not know this node
   */
  void compare(Node catalogNode, List<Service> catalogServices, List<Check> catalogChecks) {
    nodeSynced =
        catalogNode != null
            && catalogNode.id().equals(node.id())
            && catalogNode.address().equals(node.address())
            && catalogNode.taggedAddresses().equals(node.taggedAddresses())
            && catalogNode.meta().equals(node.meta());
    compareServices(catalogServices);
    compareChecks(catalogChecks);
  }

  private void compareServices(List<Service> theirs) {
    Set<String> there = new HashSet<>();
    for (Service service : theirs) {
      String key = Names.fold(service.id());
      there.add(key);
      ServiceEntry entry = services.get(key);
      if (entry != null) {
        compare(entry, service);
      } else if (!key.equals(SERVERS)) {
        goneService(service.id());
      }
    }
    services.forEach((key, entry) -> entry.synced &= there.contains(key));
    goneServices.keySet().retainAll(there);
  }

  private void compare(ServiceEntry entry, Service theirs) {
    // What was just registered here is newer than what others did to the tags.
    if (entry.synced && entry.service.enableTagOverride()) {
      set(entry, CatalogRows.withTags(entry.service, theirs.tags()));
      entry.version = ++versions;
      adoptService(entry.service);
    }
    entry.synced = CatalogRows.same(entry.service, theirs);
  }

  private void compareChecks(List<Check> theirs) {
    Set<String> there = new HashSet<>();
    for (Check check : theirs) {
      String key = Names.fold(check.id());
      there.add(key);
      CheckEntry entry = checks.get(key);
      if (entry != null) {
        entry.synced = CatalogRows.same(entry.check, check, !entry.outputWaits);
      } else if (!check.id().equals(SERF_HEALTH)) {
        goneCheck(check.id(), check.serviceId());
      }
    }
    checks.forEach((key, entry) -> entry.synced &= there.contains(key));
    goneChecks.keySet().retainAll(there);
  }

  /**
   * The writes that are due, in the order in which they should be made.
   *
   * @param nodeApart whether the node is written by itself, since whoever may write a service may
   *     perhaps not write the node
   */
  List<CatalogChange> unsynced(boolean nodeApart) {
    List<CatalogChange> changes = new ArrayList<>();
    boolean skipNode = nodeSynced || nodeApart;
    if (nodeApart && !nodeSynced) {
      changes.add(registration(null, List.of(), false, CatalogChange.Origin.AGENT, ""));
    }
    goneServices.values().forEach(gone -> changes.add(removalOfService(gone)));
    goneChecks.values().stream()
        .filter(gone -> !goneServices.containsKey(Names.fold(gone.serviceId())))
        .forEach(gone -> changes.add(removalOfCheck(gone)));
    Map<String, List<CheckEntry>> due = new TreeMap<>();
    for (CheckEntry entry : checks.values()) {
      if (!entry.synced) {
        String service = Names.fold(entry.check.serviceId());
        due.computeIfAbsent(service, any -> new ArrayList<>()).add(entry);
      }
    }
    services.forEach(
        (key, entry) -> {
          if (!entry.synced) {
            List<CheckEntry> with = due.getOrDefault(key, new ArrayList<>());
            List<CheckEntry> first = with.subList(0, Math.min(with.size(), MAX_CHECKS_A_COMMAND));
            changes.add(
                registration(
                    entry, List.copyOf(first), skipNode, origin(entry.source), entry.secret));
            first.clear();
          }
        });
    due.values().forEach(entries -> addChecks(changes, entries, skipNode));
    if (!nodeSynced && changes.stream().noneMatch(c -> c.command() instanceof Command.Register)) {
      changes.add(registration(null, List.of(), false, CatalogChange.Origin.AGENT, ""));
    }
    return changes;
  }

  private static CatalogChange.Origin origin(Source source) {
    return source == Source.FILE ? CatalogChange.Origin.FILE : CatalogChange.Origin.API;
  }

  /** What a check is written with: with its service's secret, if that has one. */
  private record Credential(CatalogChange.Origin origin, String secret) {}

  private Credential credential(CheckEntry entry) {
    ServiceEntry service = services.get(Names.fold(entry.check.serviceId()));
    return service != null && !service.secret.isEmpty()
        ? new Credential(origin(service.source), service.secret)
        : new Credential(origin(entry.source), entry.secret);
  }

  private void addChecks(List<CatalogChange> changes, List<CheckEntry> entries, boolean skipNode) {
    Map<Credential, List<CheckEntry>> alike = new LinkedHashMap<>();
    entries.forEach(
        entry -> alike.computeIfAbsent(credential(entry), any -> new ArrayList<>()).add(entry));
    alike.forEach(
        (credential, together) -> {
          for (int i = 0; i < together.size(); i += MAX_CHECKS_A_COMMAND) {
            int end = Math.min(together.size(), i + MAX_CHECKS_A_COMMAND);
            changes.add(
                registration(
                    null,
                    List.copyOf(together.subList(i, end)),
                    skipNode,
                    credential.origin,
                    credential.secret));
          }
        });
  }

  private CatalogChange removalOfService(Gone gone) {
    return new CatalogChange(
        new Command.Deregister(node.name(), gone.id(), null),
        CatalogChange.Origin.AGENT,
        "",
        "service=" + gone.id(),
        List.of("Deregistered service: service=" + gone.id()),
        () -> {
          goneServices.remove(Names.fold(gone.id()), gone);
          goneChecks.values().removeIf(check -> Names.same(check.serviceId(), gone.id()));
        });
  }

  private CatalogChange removalOfCheck(Gone gone) {
    return new CatalogChange(
        new Command.Deregister(node.name(), null, gone.id()),
        CatalogChange.Origin.AGENT,
        "",
        "check=" + gone.id(),
        List.of("Deregistered check: check=" + gone.id()),
        () -> goneChecks.remove(Names.fold(gone.id()), gone));
  }

  /**
   * @param service null for none
   */
  private CatalogChange registration(
      ServiceEntry service,
      List<CheckEntry> with,
      boolean skipNode,
      CatalogChange.Origin origin,
      String secret) {
    List<String> lines = new ArrayList<>();
    Map<Object, Long> versionsWritten = new HashMap<>();
    String what = "node=" + node.name();
    if (service != null) {
      what = "service=" + service.service.id();
      lines.add("Synced service: " + what);
      versionsWritten.put(service, service.version);
    } else if (!with.isEmpty()) {
      what = "check=" + with.get(0).check.id();
    }
    for (CheckEntry entry : with) {
      if (service == null) {
        lines.add("Synced check: check=" + entry.check.id());
      }
      versionsWritten.put(entry, entry.version);
    }
    if (lines.isEmpty()) {
      lines.add("Synced node info");
    }
    Command command =
        new Command.Register(
            node,
            skipNode,
            service == null ? null : service.service,
            with.stream().map(entry -> entry.check).toList());
    long nodeWritten = skipNode ? NOT_WRITTEN : nodeVersion;
    return new CatalogChange(
        command,
        origin,
        secret,
        what,
        List.copyOf(lines),
        () -> written(versionsWritten, nodeWritten));
  }

  /** What was changed meanwhile is not in step yet. */
  private void written(Map<Object, Long> versionsWritten, long nodeWritten) {
    nodeSynced |= nodeWritten == nodeVersion;
    versionsWritten.forEach(
        (entry, version) -> {
          if (entry instanceof ServiceEntry service) {
            service.synced |= service.version == version;
          } else if (entry instanceof CheckEntry check) {
            check.synced |= check.version == version;
          }
        });
  }
}
