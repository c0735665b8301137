package org.comitia.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Member;
import org.comitia.cluster.ServerHealth;
import org.comitia.wire.proto.AutopilotAnswerFrame;
import org.comitia.wire.proto.ServerHealthFrame;

/** What a leader says of the servers, as frames. Stateless. */
final class AutopilotFrames {
  private AutopilotFrames() {}

  static AutopilotAnswerFrame frame(Cluster.AutopilotAnswer answer) {
    AutopilotAnswerFrame.Builder frame =
        AutopilotAnswerFrame.newBuilder()
            .setConfig(Rows.frame(answer.config()))
            .setFailure(Answers.frame(answer.failure(), answer.message()));
    answer.servers().forEach(server -> frame.addServers(frame(server)));
    return frame.build();
  }

  private static ServerHealthFrame frame(ServerHealth server) {
    return ServerHealthFrame.newBuilder()
        .setId(server.id())
        .setName(server.name())
        .setAddress(server.address())
        .setSerf(server.serf() == null ? 0 : server.serf().code())
        .setBuild(server.build())
        .setLeader(server.leader())
        .setVoter(server.voter())
        .setLastContact(server.lastContactNanos())
        .setLastTerm(server.lastTerm())
        .setLastIndex(server.lastIndex())
        .setHealthy(server.healthy())
        .setStableSince(server.stableSinceMillis())
        .build();
  }

  static Cluster.AutopilotAnswer answer(AutopilotAnswerFrame frame) throws MalformedFrameException {
    Failure failure = Answers.failure(frame.getFailure().getFailure());
    List<ServerHealth> servers = new ArrayList<>();
    for (ServerHealthFrame server : frame.getServersList()) {
      servers.add(server(server));
    }
    return new Cluster.AutopilotAnswer(
        Rows.autopilot(frame.getConfig()), servers, failure, frame.getFailure().getMessage());
  }

  private static ServerHealth server(ServerHealthFrame frame) throws MalformedFrameException {
    return new ServerHealth(
        frame.getId(),
        frame.getName(),
        frame.getAddress(),
        status(frame.getSerf()),
        frame.getBuild(),
        frame.getLeader(),
        frame.getVoter(),
        frame.getLastContact(),
        Rows.positive(frame.getLastTerm(), "a term"),
        Rows.positive(frame.getLastIndex(), "an index"),
        frame.getHealthy(),
        frame.getStableSince());
  }

  private static Member.Status status(int code) throws MalformedFrameException {
    if (code == 0) {
      return null;
    }
    return Arrays.stream(Member.Status.values())
        .filter(status -> status.code() == code)
        .findFirst()
        .orElseThrow(() -> new MalformedFrameException("a status of a member: " + code));
  }
}
