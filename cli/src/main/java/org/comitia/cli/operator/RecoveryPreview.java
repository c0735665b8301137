package org.comitia.cli.operator;

import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.comitia.cli.client.Columns;
import org.comitia.raft.Server;
import org.comitia.raft.participant.Recovery;
import org.comitia.recovery.RecoveryRequest;
import org.comitia.storage.StoppedServer;

/** What a person sees before a server goes on alone. */
final class RecoveryPreview {
  /**
   * Another server of the cluster.
   *
   * @param where as the person named it
   * @param cluster its cluster's id; empty for none
   * @param savedIndex up to where it is known to be committed there
   */
  record Other(String where, String cluster, long lastIndex, long lastTerm, long savedIndex) {
    static Other of(String where, StoppedServer server) {
      return new Other(
          where,
          server.cluster() == null ? "" : server.cluster().toString(),
          server.lastIndex(),
          server.lastTerm(),
          server.savedIndex());
    }

    /**
     * @param stats of {@code /v1/agent/self}
     */
    static Other of(String where, JsonObject stats) {
      JsonObject raft = stats.getJsonObject("raft");
      return new Other(
          where,
          stats.getJsonObject("consul").getString("cluster_id"),
          Long.parseLong(raft.getString("last_log_index")),
          Long.parseLong(raft.getString("last_log_term")),
          Long.parseLong(raft.getString("applied_index")));
    }

    /** Raft's own order of logs (paper §5.4.1). */
    boolean isAheadOf(StoppedServer server) {
      return lastTerm > server.lastTerm()
          || lastTerm == server.lastTerm() && lastIndex > server.lastIndex();
    }
  }

  private final String dataDir;
  private final StoppedServer server;
  private final List<Other> others = new ArrayList<>();

  RecoveryPreview(String dataDir, StoppedServer server) {
    this.dataDir = dataDir;
    this.server = server;
  }

  void compare(Other other) {
    others.add(other);
  }

  /** Why it is not to be done, with what to do instead; empty when it may be. */
  String objection() {
    String nothing =
        Recovery.objection(
            server.cluster(), server.lastIndex(), server.savedIndex(), server.baseIndex());
    if (!nothing.isEmpty()) {
      return nothing;
    }
    if (isAlone()) {
      return "this server is the only voter of its cluster and needs no other: start it";
    }
    return others.stream()
        .filter(other -> isOurs(other) && other.isAheadOf(server))
        .findFirst()
        .map(
            other ->
                other.where()
                    + " has more of the log than this server: recover that one. Leave it out of"
                    + " -other only if its data cannot be used")
        .orElse("");
  }

  private boolean isAlone() {
    List<Server> voters = server.configuration().voters();
    return voters.size() == 1 && voters.get(0).id().incarnation().equals(server.incarnation());
  }

  private boolean isOurs(Other other) {
    return server.cluster() != null && other.cluster().equals(server.cluster().toString());
  }

  RecoveryRequest.Expected expected() {
    return new RecoveryRequest.Expected(
        server.cluster(), server.incarnation(), server.lastIndex(), server.lastTerm());
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("Cluster      " + text(server.cluster()));
    lines.add("Incarnation  " + server.incarnation());
    lines.add("");
    lines.addAll(table());
    lines.add("");
    lines.add(kept());
    lines.add(mayBeLost());
    lines.add(dropped());
    if (server.left()) {
      lines.add(
          "Note: this server had left its cluster: what was written afterwards it never had.");
    }
    return lines;
  }

  private List<String> table() {
    Columns table =
        new Columns().row("Server", "Last term", "Last index", "Known committed", "Log");
    table.row(
        dataDir + " (this one)",
        Long.toString(server.lastTerm()),
        Long.toString(server.lastIndex()),
        Long.toString(server.savedIndex()),
        "");
    for (Other other : others) {
      table.row(
          other.where(),
          Long.toString(other.lastTerm()),
          Long.toString(other.lastIndex()),
          Long.toString(other.savedIndex()),
          isOurs(other) ? comparison(other) : "of another cluster: not compared");
    }
    return table.lines();
  }

  private String comparison(Other other) {
    if (other.isAheadOf(server)) {
      return "HAS MORE";
    }
    boolean same = other.lastTerm() == server.lastTerm() && other.lastIndex() == server.lastIndex();
    return same ? "the same" : "has less";
  }

  private String kept() {
    long known = Math.max(server.savedIndex(), server.baseIndex());
    return "Kept: all up to entry "
        + server.lastIndex()
        + (known >= server.lastIndex()
            ? ", all of it known to be committed."
            : ". Entries "
                + (known + 1)
                + " to "
                + server.lastIndex()
                + " may never have been acknowledged to anybody; they are kept and count as written.");
  }

  private String mayBeLost() {
    return "May be lost: acknowledged writes that this server's log does not have, behind entry "
        + server.lastIndex()
        + ". Only the logs of the dropped servers could tell.";
  }

  private String dropped() {
    List<String> names = new ArrayList<>();
    for (Server other : server.configuration().servers()) {
      if (!other.id().incarnation().equals(server.incarnation())) {
        names.add(other.name() + " (" + other.id().node() + " at " + other.address() + ")");
      }
    }
    return "Dropped: "
        + (names.isEmpty() ? "nobody" : String.join(", ", names))
        + ". They must not run any more; with their old raft/ they are refused.";
  }

  private static String text(UUID cluster) {
    return cluster == null ? "none" : cluster.toString();
  }
}
