package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three servers find each other by {@code -retry-join}, whatever the order they start in, although
 * one address in the list takes connections and never says a word.
 */
class RetryJoinIT {
  @RegisterExtension final Agents agents = new Agents("retry-join");

  private ServerSocket silent;

  @BeforeEach
  void listenAndNeverAnswer() throws IOException {
    silent = new ServerSocket();
    silent.bind(new InetSocketAddress(InetAddress.getByName(Loopback.next()), 8301));
  }

  @AfterEach
  void stopListening() throws IOException {
    silent.close();
  }

  /** One order in which each finds the others not there yet; the full form tries all six. */
  static Stream<List<Integer>> startOrders() {
    if (!Distribution.FULL) {
      return Stream.of(List.of(2, 0, 1));
    }
    return Stream.of(
        List.of(0, 1, 2),
        List.of(0, 2, 1),
        List.of(1, 0, 2),
        List.of(1, 2, 0),
        List.of(2, 0, 1),
        List.of(2, 1, 0));
  }

  @ParameterizedTest
  @MethodSource("startOrders")
  void serversFindEachOtherInAnyStartOrder(List<Integer> order) throws Exception {
    AgentProcess[] all = {agents.create("a"), agents.create("b"), agents.create("c")};
    List<String> flags = new ArrayList<>();
    flags.addAll(List.of("-server", "-bootstrap-expect=3", "-retry-interval", "1s"));
    flags.addAll(List.of("-retry-join", silent.getInetAddress().getHostAddress()));
    for (AgentProcess agent : all) {
      flags.addAll(List.of("-retry-join", agent.address()));
    }
    String[] given = flags.toArray(String[]::new);

    all[order.get(0)].start(given).awaitHttp();
    assertThat(all[order.get(0)].leader()).as("a lone server's leader").isEmpty();
    all[order.get(1)].start(given);
    all[order.get(2)].start(given);
    Agents.awaitLeader(all);
    Agents.awaitOneLeader(all);
    Agents.awaitAllVoters(all);
    all[order.get(0)].mustPut("retry-join", "done");
    Agents.awaitConverged(all);
    for (AgentProcess agent : all) {
      assertThat(agent.read("retry-join", true)).as("on " + agent.name).isEqualTo("done");
    }
  }
}
