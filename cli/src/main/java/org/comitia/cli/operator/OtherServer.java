package org.comitia.cli.operator;

import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cluster.Member;
import org.comitia.cluster.StoreException;
import org.comitia.recovery.RecoveryRequest;
import org.comitia.storage.StoppedServer;

/**
 * Another server of the cluster, to be compared with the one that is to go on.
 *
 * @param where as the person named it
 * @param cluster its cluster's id; empty for none
 * @param incarnation of its store
 * @param savedIndex up to where it is known to be committed there
 * @param predecessors the ids of the clusters that its own was recovered from
 * @param isAsked whether a file there asks its next start for a recovery
 * @param isRunning whether its agent answered
 * @param leader where the leader is that it knows; empty for none
 */
record OtherServer(
    String where,
    String cluster,
    String incarnation,
    long lastIndex,
    long lastTerm,
    long savedIndex,
    Set<String> predecessors,
    boolean isAsked,
    boolean isRunning,
    String leader) {
  private static final long HEARD_MILLIS = 10_000;

  /**
   * Looks at a data directory, a copy of one or of its {@code raft/}, or asks an agent.
   *
   * @throws IOException when it is none of these, or cannot be looked at
   */
  static OtherServer at(String where) throws StoreException, AgentException, IOException {
    boolean named = where.contains("://") || where.contains(":") && !where.contains("/");
    if (named && !Files.exists(Path.of(where))) {
      return asked(where);
    }
    Path folder = RaftFolder.require(Path.of(where));
    Path inside = folder.resolve("raft");
    Path raft = Files.exists(inside) ? RaftFolder.require(inside) : folder;
    return of(where, StoppedServer.read(raft), RecoveryRequest.isThere(raft));
  }

  private static OtherServer of(String where, StoppedServer server, boolean isAsked) {
    return new OtherServer(
        where,
        server.cluster() == null ? "" : server.cluster().toString(),
        server.incarnation().toString(),
        server.lastIndex(),
        server.lastTerm(),
        server.savedIndex(),
        server.recoveries().stream()
            .map(one -> one.predecessor().toString())
            .collect(Collectors.toSet()),
        isAsked,
        false,
        "");
  }

  private static OtherServer asked(String where) throws AgentException {
    try {
      AgentClient client = new AgentClient(where, null);
      JsonObject self = (JsonObject) client.getValue("/v1/agent/self", AgentClient.SOON);
      JsonArray members = (JsonArray) client.getValue("/v1/agent/members", AgentClient.SOON);
      if (self.getJsonObject("Stats").getJsonObject("consul").getString("server").equals("false")) {
        throw new AgentException(
            where + " is a client agent, which has no log: name the servers, by -other");
      }
      return of(where, self, members);
    } catch (ClassCastException | NullPointerException | JsonException | NumberFormatException e) {
      throw new AgentException(where + " is no server of Comitia's: " + e.getMessage());
    }
  }

  /**
   * @param self of {@code /v1/agent/self}
   * @param members {@code /v1/agent/members}: whoever joined a recovered server has no record of
   *     its own
   */
  private static OtherServer of(String where, JsonObject self, JsonArray members) {
    JsonObject raft = self.getJsonObject("Stats").getJsonObject("raft");
    JsonObject consul = self.getJsonObject("Stats").getJsonObject("consul");
    String cluster = consul.getString("cluster_id");
    return new OtherServer(
        where,
        cluster,
        self.getJsonObject("Member").getJsonObject("Tags").getString(Member.Tags.INCARNATION),
        Long.parseLong(raft.getString("last_log_index")),
        Long.parseLong(raft.getString("last_log_term")),
        Long.parseLong(raft.getString("applied_index")),
        predecessors(cluster, members),
        false,
        true,
        heard(raft.getString("last_contact")) ? consul.getString("leader_addr") : "");
  }

  /** A leader that was lost long ago may still be named, by a server that cannot campaign. */
  private static boolean heard(String lastContact) {
    return lastContact.equals("0")
        || lastContact.endsWith("ms")
            && Long.parseLong(lastContact.substring(0, lastContact.length() - 2)) < HEARD_MILLIS;
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
