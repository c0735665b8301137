package org.comitia.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.comitia.cluster.Caller;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.MalformedFrameException;
import org.comitia.wire.SnapshotAssembly;
import org.comitia.wire.SnapshotChunks;

/**
 * Somebody who restores archives of a made-up cluster in the storm, step by step at any agent, as
 * the server does that takes an archive: what was not applied or is unknown is sent again, but for
 * the last step, and what is not known to be restored is aborted. Each register has a value there
 * that nobody else writes, so that a restoration is a write of each of them.
 */
final class Restorer {
  private static final int PART_BYTES = 100;
  private static final int TRIES = 5;
  private static final long PATIENCE = 3 * World.SECOND;

  private final World world;
  private final SplittableRandom random;
  private final boolean on;
  private final Map<String, Restoration> all = new HashMap<>();
  private final Set<String> committed = new HashSet<>();

  /** Those that came to their end without being known to be restored: one may still be there. */
  private final List<String> left = new ArrayList<>();

  Restorer(World world) {
    this.world = world;
    this.random = new SplittableRandom(world.seed ^ 0x4e57);
    this.on = random.nextInt(3) == 0;
  }

  void start() {
    if (on) {
      again();
    }
  }

  private void again() {
    world.after((500 + random.nextInt(3_000)) * World.MILLI, this::next);
  }

  private void next() {
    if (!world.calm) {
      Restoration restoration = new Restoration();
      all.put(restoration.id, restoration);
      restoration.send();
    }
  }

  /**
   * The storm is over, which may have taken any abort. The calm is no longer than the leader's
   * patience with what stands still, and until then nobody gets a snapshot of a newer state.
   */
  void stop() {
    left.forEach(id -> abort(id, TRIES));
  }

  private void abort(String id, int times) {
    Command abort = new Command.RestoreAbort(id);
    world
        .clients
        .agent()
        .ask(
            Agent.Kind.WRITE,
            cluster -> cluster.write(Caller.ANONYMOUS, abort),
            (outcome, by) -> {});
    if (world.calm && times > 1) {
      world.after(PATIENCE, () -> abort(id, times - 1));
    }
  }

  /** It has become the state of this cluster. */
  void committed(String id, UUID cluster) {
    world.trace("", "restored: " + id);
    committed.add(id);
    all.get(id).values.forEach(value -> world.check.restored(value, cluster));
    world.lockers.restored(cluster);
  }

  private final class Restoration {
    private final String id = new UUID(random.nextLong(), random.nextLong()).toString();
    private final List<Long> values = new ArrayList<>();
    private final List<Command> steps = new ArrayList<>();
    private final List<Operation> operations = new ArrayList<>();
    private final long slowness = random.nextInt(3) == 0 ? 1_000 : 20;
    private int at;
    private int attempts;
    private int tries;
    private boolean over;

    private Restoration() {
      StateVersion archived = archived();
      steps.add(null);
      byte[] cursor = null;
      do {
        SnapshotChunks.Chunk chunk = SnapshotChunks.chunk(archived, cursor, PART_BYTES);
        try {
          steps.add(
              new Command.RestoreRows(id, steps.size() - 1, SnapshotAssembly.rows(chunk.rows())));
        } catch (MalformedFrameException e) {
          throw new AssertionError(e);
        }
        cursor = chunk.next();
      } while (cursor.length > 0);
      steps.set(
          0,
          new Command.RestoreBegin(
              id, archived.level(), steps.size() - 1, archived.tables().bytes()));
      steps.add(new Command.RestoreCommit(id));
    }

    private StateVersion archived() {
      StateMachine machine = new StateMachine(StateVersion.EMPTY);
      long index = random.nextInt(2) == 0 ? 0 : random.nextInt(5_000);
      for (int key = 0; key < SimulatedWrites.REGISTERS; key++) {
        values.add(world.clients.uniqueValue());
        machine.apply(++index, SimulatedWrites.write(key, values.get(key)));
      }
      for (int i = random.nextInt(20); i > 0; i--) {
        machine.apply(++index, SimulatedWrites.other(random));
      }
      return machine.version();
    }

    private boolean isLast() {
      return at == steps.size() - 1;
    }

    private void send() {
      Command step = steps.get(at);
      int attempt = ++attempts;
      if (isLast() && operations.isEmpty()) {
        for (int key = 0; key < values.size(); key++) {
          operations.add(world.clients.restoring(key, values.get(key)));
        }
      }
      world
          .clients
          .agent()
          .ask(
              Agent.Kind.WRITE,
              cluster -> cluster.write(Caller.ANONYMOUS, step),
              (outcome, by) -> heard(attempt, outcome));
      world.after(PATIENCE, () -> heard(attempt, new WriteOutcome.Unknown("nobody answers")));
    }

    /**
     * @param outcome null when it went nowhere
     */
    private void heard(int attempt, WriteOutcome outcome) {
      if (over || attempt != attempts) {
        return;
      }
      if (outcome instanceof WriteOutcome.Applied applied) {
        applied(applied.result());
      } else if (outcome instanceof WriteOutcome.Unknown && isLast()) {
        leave(); // nobody knows what became of it
      } else if (++tries < TRIES) {
        later();
      } else {
        giveUp();
      }
    }

    private void applied(CommandResult result) {
      if (!result.equals(new CommandResult.Done(true))) {
        giveUp();
      } else if (isLast()) {
        Invariants.require(
            committed.contains(id), "what was answered as applied is", () -> "restored " + id);
        operations.forEach(operation -> operation.responded = world.now);
        over();
      } else {
        at++;
        tries = 0;
        later();
      }
    }

    private void later() {
      int attempt = attempts;
      world.after(
          random.nextLong(slowness * World.MILLI),
          () -> {
            if (!over && attempt == attempts) {
              send();
            }
          });
    }

    private void giveUp() {
      Invariants.require(
          !committed.contains(id), "what was not applied never is", () -> "restored " + id);
      operations.forEach(operation -> operation.failed = true);
      leave();
    }

    private void leave() {
      left.add(id);
      if (random.nextInt(4) > 0 || world.calm) { // else the leader does it, a minute later
        abort(id, TRIES);
      }
      over();
    }

    private void over() {
      over = true;
      again();
    }
  }
}
