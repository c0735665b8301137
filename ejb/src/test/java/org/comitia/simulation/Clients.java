package org.comitia.simulation;

import java.util.ArrayList;
import java.util.List;
import org.comitia.state.Command;

/** Clients that read and write registers, one operation at a time each. */
final class Clients {
  private static final int COUNT = 3;
  private static final long PATIENCE = 1500 * World.MILLI;

  private final World world;
  private final List<Operation> operations = new ArrayList<>();
  private long nextValue = 1;

  Clients(World world) {
    this.world = world;
  }

  void start() {
    for (int i = 0; i < COUNT; i++) {
      int client = i;
      world.after(world.random.nextLong(500 * World.MILLI), () -> next(client));
    }
  }

  List<Operation> operations() {
    return operations;
  }

  private void next(int client) {
    int key = world.random.nextInt(SimulatedWrites.REGISTERS);
    boolean write = world.random.nextInt(5) < 3;
    if (world.random.nextInt(4) == 0) {
      SimulatedNode other = target();
      Command command = SimulatedWrites.other(world.random);
      world.after(world.between(50_000, 3 * World.MILLI), () -> other.write(command));
    }
    request(client, key, write, write ? nextValue++ : 0, target(), true);
  }

  /** One that is not a loop's: the operator's probe. */
  Operation single(int key, boolean write, SimulatedNode target) {
    return request(-1, key, write, write ? nextValue++ : 0, target, false);
  }

  private Operation request(
      int client, int key, boolean write, long value, SimulatedNode target, boolean loop) {
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
    world.after(world.between(50_000, 3 * World.MILLI), () -> target.request(operation, done));
    world.after(
        PATIENCE,
        () -> {
          if (!over[0] && operation.open()) {
            if (world.broken == Breakage.RESENT_WRITE && write) {
              SimulatedNode other = target();
              world.trace("c" + client, "sends " + operation + " again to " + other.name);
              other.request(operation, () -> {});
            }
            done.run();
          }
        });
    return operation;
  }

  /** In the calm there is little to do but to see that it is calm. */
  private long pause() {
    return (world.calm ? 400 : 60) * World.MILLI;
  }

  private SimulatedNode target() {
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
