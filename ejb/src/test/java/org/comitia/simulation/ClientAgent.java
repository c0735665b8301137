package org.comitia.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Member;
import org.comitia.config.AclSettings;
import org.comitia.consensus.ClientCluster;

/** A client agent: the real {@link ClientCluster}. It never ends, and knows the servers late. */
final class ClientAgent implements Agent {
  static final long TICK = 20 * World.MILLI;

  private final World world;
  private final SimulatedRequests requests;
  private final Promises promises;
  private final ClientCluster cluster;
  private List<Member> members = List.of();
  private long lookAt;

  ClientAgent(World world, String name) {
    this.world = world;
    this.promises = new Promises(name, TICK);
    this.requests =
        new SimulatedRequests(world, SimulatedNetwork.CLIENT, () -> world.now, Runnable::run);
    this.cluster =
        new ClientCluster(
            name,
            new UUID(0, 0),
            () -> members,
            requests,
            Runnable::run,
            world.hold,
            AclSettings.OFF,
            () -> world.now,
            world.random::nextInt);
  }

  @Override
  public <T> void ask(
      Kind kind, Function<Cluster, CompletionStage<T>> request, BiConsumer<T, UUID> then) {
    promises
        .kept(kind, world.hold.plus(Kind.AT_CLIENT), request.apply(cluster))
        .thenAccept(
            answer -> {
              UUID by = requests.answering();
              world.after(world.between(50_000, World.MILLI), () -> then.accept(answer, by));
            });
  }

  void tick() {
    if (world.now >= lookAt) {
      lookAt = world.now + world.between(50, 500) * World.MILLI;
      look();
    }
    cluster.passDeadlines();
    requests.tick();
    promises.tick();
  }

  private void look() {
    members = new ArrayList<>();
    for (SimulatedNode node : world.nodes) {
      boolean wrong = !world.calm && world.random.nextInt(30) == 0;
      if (node.running != wrong) {
        members.add(member(node));
      }
    }
  }

  private static Member member(SimulatedNode node) {
    int colon = node.address.indexOf(':');
    return new Member(
        node.name,
        node.nodeId,
        node.address.substring(0, colon),
        8301,
        Map.of(Member.Tags.ROLE, "consul", Member.Tags.PORT, node.address.substring(colon + 1)),
        Member.Status.ALIVE,
        0);
  }
}
