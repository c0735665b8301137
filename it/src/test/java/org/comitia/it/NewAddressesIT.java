package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A full stop, and the same three data directories on other addresses. */
class NewAddressesIT {
  @RegisterExtension final Agents agents = new Agents("new-addresses");

  @Test
  void theSameServersOnOtherAddressesAreTheSameCluster() throws Exception {
    AgentProcess[] all = {agents.create("a"), agents.create("b"), agents.create("c")};
    for (AgentProcess agent : all) {
      agent.start(
          "-server",
          "-bootstrap-expect",
          "3",
          "-retry-join",
          all[0].address(),
          "-retry-interval",
          "1s");
    }
    Agents.awaitLeader(all);
    Agents.awaitAllVoters(all);
    all[0].mustPut("moved/before", "kept");
    for (AgentProcess agent : all) {
      agent.signal("TERM");
    }
    for (AgentProcess agent : all) {
      agent.awaitExit(AgentProcess.STOP);
      agent.moveTo(Loopback.next());
    }

    for (AgentProcess agent : all) {
      agent.start("-server", "-retry-join", all[0].address(), "-retry-interval", "1s");
    }
    Agents.awaitLeader(all);
    AgentProcess leader = Agents.awaitOneLeader(all);
    Agents.awaitAllVoters(all);
    all[2].mustPut("moved/after", "goes on");
    Agents.awaitConverged(all);
    for (AgentProcess agent : all) {
      assertThat(agent.read("moved/before", true)).as(agent.tail()).isEqualTo("kept");
      assertThat(agent.read("moved/after", true)).as(agent.tail()).isEqualTo("goes on");
      Await.until(
          agent.name + " knows the new addresses of all peers",
          AgentProcess.SOON,
          agents::tails,
          () -> {
            String peers = agent.http().get("/v1/status/peers").body();
            for (AgentProcess peer : all) {
              if (!peers.contains("\"" + peer.serverAddress() + "\"")) {
                return false;
              }
            }
            return agent.http().get("/v1/status/peers").json().asJsonArray().size() == 3;
          });
    }
    // Addresses that were learned anew hold through an election.
    leader.kill();
    AgentProcess[] rest =
        java.util.Arrays.stream(all).filter(a -> a != leader).toArray(AgentProcess[]::new);
    Agents.awaitOneLeader(rest);
    rest[0].mustPut("moved/last", "elected");
  }
}
