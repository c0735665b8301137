package org.comitia.cli.operator;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.comitia.cli.client.Columns;
import org.comitia.cluster.Member;
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
   * @param predecessors the ids of the clusters that its own was recovered from
   * @param isAsked whether a file there asks its next start for a recovery
   */
  record Other(
      String where,
      String cluster,
      long lastIndex,
      long lastTerm,
      long savedIndex,
      Set<String> predecessors,
      boolean isAsked) {
    static Other of(String where, StoppedServer server, boolean isAsked) {
      return new Other(
          where,
          server.cluster() == null ? "" : server.cluster().toString(),
          server.lastIndex(),
          server.lastTerm(),
          server.savedIndex(),
          server.recoveries().stream()
              .map(one -> one.predecessor().toString())
              .collect(Collectors.toSet()),
          isAsked);
    }

    /**
     * @param stats of {@code /v1/agent/self}
     * @param members {@code /v1/agent/members}: whoever joined a recovered server has no record of
     *     its own
     */
    static Other of(String where, JsonObject stats, JsonArray members) {
      JsonObject raft = stats.getJsonObject("raft");
      String cluster = stats.getJsonObject("consul").getString("cluster_id");
      return new Other(
          where,
          cluster,
          Long.parseLong(raft.getString("last_log_index")),
          Long.parseLong(raft.getString("last_log_term")),
          Long.parseLong(raft.getString("applied_index")),
          predecessors(cluster, members),
          false);
    }

    /** As the tags of the members of its cluster tell them: {@code UUID@milliseconds,...}. */
    private static Set<String> predecessors(String cluster, JsonArray members) {
      return members.getValuesAs(JsonObject.class).stream()
          .map(member -> member.getJsonObject("Tags"))
          .filter(tags -> tags.getString(Member.Tags.CLUSTER, "").equals(cluster))
          .flatMap(tags -> Stream.of(tags.getString(Member.Tags.RECOVERED_FROM, "").split(",")))
          .map(one -> one.split("@")[0])
          .collect(Collectors.toSet());
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
        .map(this::objection)
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  private String objection(Other other) {
    if (isSuccessor(other)) {
      return other.where()
          + " goes on already as the successor of this server's cluster, and two would not know of"
          + " each other's writes: join that one. Move raft/ of this server away, start it and let it"
          + " join. Leave that one out of -other only if it is stopped for good";
    }
    if (isOurs(other) && other.isAsked()) {
      return other.where()
          + " is to go on already when it is started, a file in its raft/ asks for it: start that one"
          + " and join it, or remove the file there";
    }
    if (isOurs(other) && other.isAheadOf(server)) {
      return other.where()
          + " has more of the log than this server: recover that one. Leave it out of -other only if"
          + " its data cannot be used";
    }
    return "";
  }

  /** Whether it is of a cluster that was recovered from this server's. */
  private boolean isSuccessor(Other other) {
    return server.cluster() != null && other.predecessors().contains(server.cluster().toString());
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
          comparison(other));
    }
    return table.lines();
  }

  private String comparison(Other other) {
    if (isSuccessor(other)) {
      return "RECOVERED ALREADY";
    }
    if (!isOurs(other)) {
      return "of another cluster: not compared";
    }
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
