package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;
import static org.comitia.consensus.LoopbackCluster.put;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.Member;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log's store fails, and what is said and done about it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FailedStoreTest {
  @TempDir Path root;

  private volatile boolean full;
  private final AtomicInteger reopenings = new AtomicInteger();

  @Test
  void aDiskThatIsFullAtTheReopeningTooHealsByItselfWhenThereIsSpaceAgain() throws Exception {
    Around around = new Around();
    around.log =
        store ->
            Wrapped.before(
                LogStore.class,
                store,
                (method, arguments) -> {
                  boolean reopens = method.getName().equals("reopen");
                  if (reopens) {
                    reopenings.incrementAndGet();
                  }
                  if (full && (reopens || method.getName().equals("write"))) {
                    throw new StoreException("[SQLITE_FULL] database or disk is full");
                  }
                });
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node node = cluster.start("n1", 0, true, around);
      await("n1 leads", () -> node.server.status().established());
      full = true;
      put(node, "lost");
      await("it was reopened in vain more than once", () -> reopenings.get() >= 2);
      assertThat(node.server.whyNoLeader()).contains("disk is full").doesNotContain("raft/");

      full = false;
      await("it leads again", () -> node.server.status().established());
      assertThat(put(node, "k").toCompletableFuture().get(20, TimeUnit.SECONDS))
          .isInstanceOf(WriteOutcome.Applied.class);
      assertThat(node.server.figures().storeFailure()).isEmpty();
    }
  }

  @Test
  void aDamagedStoreIsToBeMovedAwayOnlyWhenTheOthersAreAQuorum() {
    List<Member> members = List.of(member(1), member(2), member(3));
    Configuration three = new Configuration(members.stream().map(FailedStoreTest::server).toList());
    ServerId self = three.servers().get(0).id();

    assertThat(Reason.adviceOnDamage(three, members, self))
        .isEqualTo(
            "2 of 3 voters are there without this server: stop it, move its raft/ folder away and"
                + " join it again");
    assertThat(Reason.adviceOnDamage(three, members.subList(0, 2), self))
        .isEqualTo(
            "1 of 3 voters are there without this server, 2 are needed: keep its raft/ folder, and"
                + " bring the other servers back first");
    Configuration alone = new Configuration(List.of(server(members.get(0))));
    assertThat(Reason.adviceOnDamage(alone, members, self)).contains("keep its raft/ folder");
  }

  private static Member member(int number) {
    Map<String, String> tags =
        Map.of(
            Member.Tags.ROLE, "consul",
            Member.Tags.PORT, "8300",
            Member.Tags.INCARNATION, new UUID(2, number).toString());
    return new Member(
        "n" + number, new UUID(1, number), "10.0.0." + number, 8301, tags, Member.Status.ALIVE, 0);
  }

  private static Server server(Member member) {
    return new Server(
        Servers.id(member).orElseThrow(), member.name(), member.serverAddress(), true);
  }
}
