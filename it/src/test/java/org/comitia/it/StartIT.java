package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An agent that answers is there, and one that is told to stop does not start first. */
class StartIT {
  @RegisterExtension final Agents agents = new Agents("start");

  /** The way of many scripts: wait for an answer of each, then join them at once. */
  @Test
  void agentsThatAnswerCanBeJoinedAtOnce() throws Exception {
    AgentProcess first = agents.create("first").start("-server", "-bootstrap");
    List<AgentProcess> others =
        List.of(agents.create("a").start("-server"), agents.create("b").start());
    awaitSelf(first);
    for (AgentProcess other : others) {
      awaitSelf(other);
      Http.Answer joined = other.http().put("/v1/agent/join/" + first.address(), "");
      assertThat(joined.status()).as(joined.body() + other.tail()).isEqualTo(200);
      Await.until(
          other.name + " sees first",
          AgentProcess.SOON,
          other::tail,
          () -> other.http().get("/v1/agent/members").body().contains("\"first\""));
    }
  }

  /** Until it answers with 200; before, it says that it starts, and nothing else. */
  private static void awaitSelf(AgentProcess agent) {
    Await.until(
        agent.name + " answers",
        AgentProcess.START,
        agent::tail,
        () -> {
          try {
            Http.Answer self = agent.http().get("/v1/agent/self");
            assertThat(self.status()).as(self.body()).isIn(200, 503, 404);
            return self.status() == 200;
          } catch (IOException notListening) {
            return false;
          }
        });
  }

  @Test
  void aSignalDuringTheStartEndsIt() throws Exception {
    AgentProcess agent = agents.create("early").start("-server", "-bootstrap");
    Await.until(
        "the server begins to start",
        AgentProcess.START,
        agent::tail,
        () -> Files.exists(agent.dataDir().resolve("liberty/logs/messages.log")));
    agent.signal("TERM");
    assertThat(agent.awaitExit(AgentProcess.START)).as(agent.tail()).isZero();
    assertThat(agent.logged("Comitia agent running!")).as(agent.tail()).isFalse();

    agent.start("-server", "-bootstrap").awaitLeader();
  }
}
