package org.comitia.cli.operator;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.comitia.cli.client.Columns;
import org.comitia.raft.Server;
import org.comitia.raft.participant.Recovery;
import org.comitia.recovery.RecoveryRequest;
import org.comitia.storage.NodeIdFile;
import org.comitia.storage.StoppedServer;

/** What a person sees before a server goes on alone. */
final class RecoveryPreview {
  private final Path dataDir;
  private final StoppedServer server;
  private final List<OtherServer> others = new ArrayList<>();
  private final List<Server> answering = new ArrayList<>();

  RecoveryPreview(Path dataDir, StoppedServer server) {
    this.dataDir = dataDir;
    this.server = server;
  }

  void compare(OtherServer other) {
    others.add(other);
  }

  /** A dropped server's address answers. */
  void answers(Server dropped) {
    answering.add(dropped);
  }

  /** Who is no longer in the cluster then. */
  List<Server> dropped() {
    return server.configuration().servers().stream().filter(other -> !isSelf(other)).toList();
  }

  private boolean isSelf(Server one) {
    return one.id().incarnation().equals(server.incarnation());
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
    Path peers = raft().resolve(RecoveryRequest.PEERS);
    if (Files.exists(peers)) {
      return "there is "
          + peers
          + ", which asks the next start for a recovery by itself: remove it, or, if it lists this"
          + " server alone, start the server with it in place of this command";
    }
    return others.stream()
        .map(this::objection)
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  private String objection(OtherServer other) {
    if (other.incarnation().equals(server.incarnation().toString())) {
      return other.where() + " is this very server, or a copy of it: name the other ones by -other";
    }
    if (isSuccessor(other)) {
      return other.where()
          + " goes on already as the successor of this server's cluster, and two would not know of"
          + " each other's writes: join that one. Move raft/ of this server away, start it and let it"
          + " join. Leave that one out of -other only if it is stopped for good";
    }
    if (!isOurs(other)) {
      return other.where()
          + " is of "
          + (other.cluster().isEmpty() ? "no cluster" : "another cluster, " + other.cluster())
          + ": it was not compared, and tells nothing of what is lost here. Leave it out of -other";
    }
    if (!other.leader().isEmpty()) {
      return other.where()
          + " answers and knows a leader, at "
          + other.leader()
          + ": the cluster lives and nothing is lost. Start this server as it is, and it catches up";
    }
    if (other.isAsked()) {
      return other.where()
          + " is to go on already when it is started, a file in its raft/ (recover.json or peers.json)"
          + " asks for it: start that one and join it, or remove the file there";
    }
    if (other.isAheadOf(server)) {
      return other.where()
          + " has more of the log than this server: recover that one. Leave it out of -other only if"
          + " its data cannot be used";
    }
    return "";
  }

  /** Whether it is of a cluster that was recovered from this server's. */
  private boolean isSuccessor(OtherServer other) {
    return server.cluster() != null && other.predecessors().contains(server.cluster().toString());
  }

  private boolean isAlone() {
    List<Server> voters = server.configuration().voters();
    return voters.size() == 1 && isSelf(voters.get(0));
  }

  /** Who is to be stopped first, with what to do; empty when nobody of them was found. */
  String stillRunning() {
    List<String> running = new ArrayList<>();
    others.stream().filter(OtherServer::isRunning).forEach(other -> running.add(other.where()));
    for (Server one : answering) {
      if (others.stream().noneMatch(other -> other.isRunning() && isOf(other, one))) {
        running.add(one.name() + " at " + one.address());
      }
    }
    return running.isEmpty()
        ? ""
        : String.join(", ", running)
            + (running.size() == 1 ? " still answers." : " still answer.")
            + " If `comitia info` shows a leader there, nothing is lost: start this server as it is."
            + " Else stop what runs there first: what is dropped must not run any more";
  }

  private static boolean isOf(OtherServer other, Server one) {
    return other.incarnation().equals(one.id().incarnation().toString());
  }

  private boolean isOurs(OtherServer other) {
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
    lines.add("Server       " + who());
    lines.add("Last written " + StoppedServer.lastWritten(raft()));
    lines.add("");
    lines.addAll(table());
    lines.add("");
    lines.add(kept());
    lines.add(mayBeLost());
    lines.add(droppedText());
    notes().forEach(note -> lines.add("Note: " + note + "."));
    return lines;
  }

  private Path raft() {
    return dataDir.resolve("raft");
  }

  private String who() {
    return server.configuration().servers().stream()
        .filter(this::isSelf)
        .map(RecoveryPreview::text)
        .findFirst()
        .orElse("not in the newest configuration that it has");
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (server.left()) {
      notes.add("this server had left its cluster: what was written afterwards it never had");
    }
    if (!StoppedServer.hasTables(raft())) {
      notes.add(
          "catalog.db is missing, and with it what was known to be committed; the start makes its"
              + " tables anew from the log");
    }
    if (!Files.exists(dataDir.resolve(NodeIdFile.NAME))) {
      notes.add(
          "there is no "
              + dataDir.resolve(NodeIdFile.NAME)
              + ": without -node-id this server goes on under a new id. To keep it, write the id"
              + " that is shown above into that file");
    }
    if (!stillRunning().isEmpty()) {
      notes.add(stillRunning());
    }
    return notes;
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
    for (OtherServer other : others) {
      table.row(
          other.where(),
          Long.toString(other.lastTerm()),
          Long.toString(other.lastIndex()),
          Long.toString(other.savedIndex()),
          comparison(other));
    }
    return table.lines();
  }

  private String comparison(OtherServer other) {
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

  /** Two logs that end in one term are the same up to where the shorter one ends (paper §5.3). */
  private String kept() {
    long known = Math.max(server.savedIndex(), server.baseIndex());
    for (OtherServer other : others) {
      if (isOurs(other) && other.lastTerm() == server.lastTerm() && !other.isAheadOf(server)) {
        known = Math.max(known, other.savedIndex());
      }
    }
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
    List<Server> voters = dropped().stream().filter(Server::voter).toList();
    List<Server> unknown =
        voters.stream()
            .filter(one -> others.stream().noneMatch(other -> isOurs(other) && isOf(other, one)))
            .toList();
    if (unknown.isEmpty()) {
      return "May be lost: nothing, as far as the logs of all dropped voters tell, if none is shown to"
          + " have more. A copy tells what was there when it was made.";
    }
    return "May be lost: acknowledged writes that this server's log does not have, behind entry "
        + server.lastIndex()
        + ". Only the logs of the dropped servers could tell, and "
        + (unknown.size() == voters.size()
            ? "none was compared (-other)."
            : "not compared was that of " + names(unknown) + ".");
  }

  private String droppedText() {
    List<Server> servers = dropped();
    return "Dropped: "
        + (servers.isEmpty()
            ? "nobody"
            : servers.stream().map(RecoveryPreview::text).collect(Collectors.joining(", ")))
        + ". They must not run any more; with their old raft/ they are refused.";
  }

  private static String names(List<Server> servers) {
    return servers.stream().map(Server::name).collect(Collectors.joining(", "));
  }

  private static String text(Server one) {
    return one.name() + " (" + one.id().node() + " at " + one.address() + ")";
  }

  private static String text(UUID cluster) {
    return cluster == null ? "none" : cluster.toString();
  }
}
