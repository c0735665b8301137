package org.comitia.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.comitia.cluster.Caller;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.QueryResult;

/**
 * Clients that read and write registers, one operation at a time each, and the agents that they
 * ask: servers, or client agents, which forward.
 */
final class Clients {
  private static final int COUNT = 3;
  private static final long PATIENCE = 1500 * World.MILLI;

  private final World world;
  private final List<Operation> operations = new ArrayList<>();
  private final List<ClientAgent> agents;
  private long nextValue = 1;
  private boolean stopped;

  /** The highest that was answered, by cluster and register. */
  private final Map<String, Long> indexes = new HashMap<>();

  Clients(World world) {
    this.world = world;
    this.agents = List.of(new ClientAgent(world, "a1"), new ClientAgent(world, "a2"));
  }

  void start() {
    for (int i = 0; i < COUNT; i++) {
      int client = i;
      world.after(world.random.nextLong(500 * World.MILLI), () -> next(client));
    }
    tick();
  }

  private void tick() {
    agents.forEach(ClientAgent::tick);
    world.after(ClientAgent.TICK, this::tick);
  }

  /** From now on they begin nothing more. */
  void stop() {
    stopped = true;
  }

  List<Operation> operations() {
    return operations;
  }

  private void next(int client) {
    if (stopped) {
      return;
    }
    int key = world.random.nextInt(SimulatedWrites.REGISTERS);
    boolean write = world.random.nextInt(5) < 3;
    if (world.random.nextInt(4) == 0) {
      Agent other = agent();
      Command command = SimulatedWrites.other(world.random);
      world.after(
          world.between(50_000, 3 * World.MILLI),
          () ->
              other.ask(
                  Agent.Kind.WRITE,
                  cluster -> cluster.write(Caller.ANONYMOUS, command),
                  (done, by) -> {}));
    }
    request(client, key, write, write ? nextValue++ : 0, agent(), true);
  }

  /** A value that nobody else writes. */
  long uniqueValue() {
    return nextValue++;
  }

  /** An archive is about to become the state, with this value in it. */
  Operation restoring(int key, long value) {
    Operation operation = new Operation(-2, key, true, value, world.now);
    operations.add(operation);
    return operation;
  }

  /** One that is not a loop's: the operator's probe. */
  Operation single(int key, boolean write, Agent agent) {
    return request(-1, key, write, write ? nextValue++ : 0, agent, false);
  }

  private Operation request(
      int client, int key, boolean write, long value, Agent agent, boolean loop) {
    Operation operation = new Operation(client, key, write, value, world.now);
    operations.add(operation);
    boolean[] over = {false};
    Runnable done =
        () -> {
          if (over[0]) {
            return;
          }
          over[0] = true;
          if (loop) {
            world.after(world.between(World.MILLI, pause()), () -> next(client));
          }
        };
    world.after(
        world.between(50_000, 3 * World.MILLI),
        () -> {
          if (write) {
            write(operation, agent, done);
          } else {
            read(operation, agent, done);
          }
        });
    world.after(PATIENCE, done); // it is answered all the same, later
    return operation;
  }

  private void write(Operation operation, Agent agent, Runnable done) {
    Command command = SimulatedWrites.write(operation.key, operation.value);
    agent.ask(
        Agent.Kind.WRITE,
        cluster -> cluster.write(Caller.ANONYMOUS, command),
        (outcome, by) -> {
          if (outcome instanceof WriteOutcome.Applied) {
            answered(operation, operation.value);
          } else if (!(outcome instanceof WriteOutcome.Unknown)) {
            operation.failed = true;
          }
          world.check.heard(command, outcome);
          done.run();
        });
  }

  private void read(Operation operation, Agent agent, Runnable done) {
    Map<String, Long> before = Map.copyOf(indexes);
    agent.ask(
        Agent.Kind.READ,
        cluster -> cluster.read(SimulatedWrites.read(operation.key)),
        (outcome, by) -> {
          if (outcome instanceof ReadOutcome.Answer<QueryResult.KvEntryResult> answer) {
            operation.cluster = by;
            String register = by + "/" + operation.key;
            long index = answer.result().index();
            Invariants.require(
                index >= before.getOrDefault(register, 0L),
                "no index goes backwards",
                () -> operation + " at " + index + " after " + before.get(register));
            indexes.merge(register, index, Math::max);
            answered(operation, SimulatedWrites.value(answer.result()));
          }
          done.run();
        });
  }

  /**
   * Somebody asks this server, whatever its state: it must not answer if that is known to be wrong.
   */
  void stale(SimulatedNode node) {
    node.ask(
        Agent.Kind.READ, cluster -> cluster.read(SimulatedWrites.stale(0)), (outcome, by) -> {});
  }

  private void answered(Operation operation, long value) {
    operation.value = value;
    operation.responded = world.now;
    if (world.traced()) {
      world.trace("c" + operation.client, operation.toString());
    }
  }

  /** In the calm there is little to do but to see that it is calm. */
  private long pause() {
    return (world.calm ? 400 : 60) * World.MILLI;
  }

  /** A leader most of the time, else any server, or a client agent. */
  Agent agent() {
    if (world.random.nextInt(3) == 0) {
      return agents.get(world.random.nextInt(agents.size()));
    }
    List<SimulatedNode> leaders = new ArrayList<>();
    for (SimulatedNode node : world.nodes) {
      if (node.leads()) {
        leaders.add(node);
      }
    }
    if (leaders.isEmpty() || world.random.nextInt(8) == 0) {
      return world.nodes[world.random.nextInt(world.nodes.length)];
    }
    return leaders.get(world.random.nextInt(leaders.size()));
  }
}
