package org.comitia.raft.bootstrap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/** The one line that says why a server has no cluster yet. */
record WaitingText(
    Candidate self,
    List<Candidate> live,
    FoundingSet promise,
    boolean withdrawn,
    boolean foundsAlone,
    int renounced,
    Set<ServerId> promises,
    Map<ServerId, String> refusals) {

  private static final String UNDO =
      "stop this server, remove its raft/ folder and start it again (it holds no data)";

  static String names(FoundingSet set) {
    return set.servers().stream().map(Server::name).collect(Collectors.joining(", "));
  }

  String text(UUID cluster, UUID missed) {
    if (cluster != null) {
      return "";
    }
    if (promise != null) {
      return missed != null
          ? "cluster " + missed + " was started without this server: to join it, " + UNDO
          : promised();
    }
    if (renounced >= BootstrapRecord.MAX_RENOUNCED) {
      return "this server has given up "
          + renounced
          + " proposed clusters, as many as it remembers, and proposes no other. It may still take"
          + " part in one that another server proposes; if none does, "
          + UNDO;
    }
    String disagreement = Disagreement.among(self, live);
    if (disagreement != null) {
      return disagreement;
    }
    if (foundsAlone) {
      return "asking the addresses to join for some seconds whether there is a cluster already, before"
          + " this server makes one";
    }
    if (self.expect() == 0) {
      return "neither -bootstrap nor -bootstrap-expect is given: waiting to be joined by a cluster"
          + " or by servers that have one of them";
    }
    List<String> known = new ArrayList<>();
    known.add(self.name());
    live.forEach(c -> known.add(c.name()));
    known.sort(null);
    if (known.size() < self.expect()) {
      return "waiting for "
          + self.expect()
          + " servers, "
          + known.size()
          + " known: "
          + String.join(", ", known);
    }
    Candidate lowest = self;
    for (Candidate other : live) {
      if (other.expect() > 0 && other.id().compareTo(lowest.id()) < 0) {
        lowest = other;
      }
    }
    return "waiting for " + lowest.name() + " to propose a cluster of " + String.join(", ", known);
  }

  private String promised() {
    List<String> missing = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    List<String> silent = new ArrayList<>();
    for (Server other : promise.others(self.id())) {
      boolean alive = live.stream().anyMatch(c -> c.id().equals(other.id()));
      if (!alive) {
        missing.add(other.name() + " (" + other.address() + ")");
      } else if (refusals.containsKey(other.id())) {
        refused.add(refusals.get(other.id()));
      } else if (!promises.contains(other.id())) {
        silent.add(other.name());
      }
    }
    String set = "cluster of " + names(promise);
    if (!missing.isEmpty()) {
      return set
          + " waits for "
          + String.join(", ", missing)
          + ", not alive: start it again; if it is lost for good, "
          + UNDO;
    }
    if (withdrawn) {
      return set
          + " is being given up: waiting for the others to agree; if they never will, "
          + UNDO;
    }
    if (!refused.isEmpty()) {
      return set + " is refused by " + String.join("; ", refused);
    }
    return set + " waits for the promise of " + String.join(", ", silent);
  }
}
