package org.comitia.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.comitia.cluster.Caller;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.Node;
import org.comitia.state.QueryResult;
import org.comitia.state.Session;
import org.comitia.state.StateVersion;

/**
 * Clients that want one lock, by sessions that they renew. Each believes in its session for a TTL
 * from when it asked for what was answered last, as Consul's documents tell them to, and so in its
 * lock.
 */
final class Lockers {
  private static final int COUNT = 2;
  private static final long TTL = World.SECOND;
  private static final String LOCK = "held";

  private final World world;
  private final List<Locker> lockers = new ArrayList<>();
  private long nextSession;

  /** How many archives were restored: none has a session of theirs. */
  private long restored;

  private final class Locker {
    final String name;
    String session;
    UUID cluster;

    /** When it asked for what was answered last. */
    long renewed;

    boolean holds;

    Locker(String name) {
      this.name = name;
    }

    boolean believes() {
      return holds && world.now < renewed + TTL;
    }

    void forget() {
      session = null;
      holds = false;
    }
  }

  Lockers(World world) {
    this.world = world;
    for (int i = 1; i <= COUNT; i++) {
      lockers.add(new Locker("l" + i));
    }
  }

  void start() {
    for (Locker locker : lockers) {
      again(locker, 500);
    }
  }

  private void again(Locker locker, long millis) {
    world.after(world.between(20, millis) * World.MILLI, () -> act(locker));
  }

  private void act(Locker locker) {
    if (world.calm) {
      return;
    }
    if (locker.session == null) {
      begin(locker);
    } else if (world.now - locker.renewed > 4 * TTL) {
      locker.forget();
    } else if (!locker.holds) {
      acquire(locker);
    } else if (world.random.nextInt(12) == 0) {
      release(locker);
    }
    if (locker.session != null) {
      renew(locker);
    }
    // Now and then it sleeps until its time is over, or almost.
    again(locker, world.random.nextInt(4) == 0 ? 3_000 : 500);
  }

  /** In this cluster other sessions are there now, and whoever restored it has told all holders. */
  void restored(UUID cluster) {
    restored++;
    for (Locker locker : lockers) {
      if (cluster.equals(locker.cluster)) {
        locker.forget();
      }
    }
  }

  private void begin(Locker locker) {
    long before = restored;
    Agent agent = world.clients.agent();
    String id = SimulatedWrites.session(++nextSession);
    Command register =
        new Command.Register(
            new Node("", "lockers", "10.2.0.1", "dc1", Map.of(), Map.of(), 0, 0),
            false,
            null,
            List.<Check>of());
    Command create =
        new Command.SessionCreate(
            new Session(
                id, "", "lockers", 0, Session.Behavior.RELEASE, "1s", List.of(), List.of(), 0, 0));
    write(
        agent,
        register,
        registered -> {
          long asked = world.now;
          write(
              agent,
              create,
              created -> {
                if (created && locker.session == null && before == restored) {
                  locker.session = id;
                  locker.cluster = world.check.clusterOf(id);
                  answered(locker, asked);
                }
              });
        });
  }

  /**
   * @param then gets whether it was applied and did what it says
   */
  private void write(Agent agent, Command command, Consumer<Boolean> then) {
    agent.ask(
        Agent.Kind.WRITE,
        cluster -> cluster.write(Caller.ANONYMOUS, command),
        (outcome, by) -> {
          world.check.heard(command, outcome);
          then.accept(outcome instanceof WriteOutcome.Applied applied && isDone(applied.result()));
        });
  }

  private void acquire(Locker locker) {
    String session = locker.session;
    write(
        world.clients.agent(),
        new Command.KvAcquire(LOCK, new byte[0], 0, session),
        acquired -> {
          if (acquired && session.equals(locker.session) && !isReleasing(session)) {
            locker.holds = true;
            holds(locker);
          }
        });
  }

  private String releasing = "";

  private boolean isReleasing(String session) {
    return releasing.contains(session);
  }

  /** From here on it believes in nothing, and its session gets no lock any more. */
  private void release(Locker locker) {
    String session = locker.session;
    locker.forget();
    releasing += session;
    Command release = new Command.KvRelease(LOCK, new byte[0], 0, session);
    write(world.clients.agent(), release, released -> {});
  }

  private void renew(Locker locker) {
    String session = locker.session;
    long asked = world.now;
    world
        .clients
        .agent()
        .ask(
            Agent.Kind.RENEWAL,
            cluster -> cluster.renew(Caller.ANONYMOUS, session),
            (outcome, by) -> {
              if (outcome instanceof ReadOutcome.Answer<QueryResult.SessionList> answer
                  && session.equals(locker.session)) {
                if (answer.result().sessions().isEmpty()) {
                  locker.forget();
                } else {
                  answered(locker, asked);
                }
              }
            });
  }

  private static boolean isDone(CommandResult result) {
    return result instanceof CommandResult.Done done && done.value();
  }

  // ---- what must hold ----

  private void answered(Locker locker, long asked) {
    world.trace(locker.name, "has " + locker.session + " renewed");
    locker.renewed = Math.max(locker.renewed, asked);
    if (locker.renewed < asked + TTL && hasEnded(locker)) {
      throw new Violation(
          "no answered renewal is followed by that session's end before its TTL",
          locker.name + " was answered, and its session has ended");
    }
  }

  private boolean hasEnded(Locker locker) {
    StateVersion truth = world.check.ledger(locker.cluster).truth();
    return !truth.sessions().containsKey(locker.session);
  }

  private void holds(Locker locker) {
    world.trace(locker.name, "holds the lock");
    for (Locker other : lockers) {
      if (other != locker
          && other.believes()
          && locker.believes()
          && other.cluster.equals(locker.cluster)) {
        throw new Violation(
            "two holders never both believe in one lock",
            locker.name + " and " + other.name + " at " + world.now / World.MILLI + " ms");
      }
    }
  }

  /** Something was committed in this cluster. */
  void committed(UUID cluster) {
    for (Locker locker : lockers) {
      if (locker.session != null && locker.cluster.equals(cluster) && hasEnded(locker)) {
        if (world.now < locker.renewed + TTL) {
          throw new Violation(
              "no answered renewal is followed by that session's end before its TTL",
              locker.name
                  + " was promised its session until "
                  + (locker.renewed + TTL) / World.MILLI
                  + " ms, it ended at "
                  + world.now / World.MILLI
                  + " ms");
        }
        world.trace(locker.name, "lost " + locker.session);
        locker.forget();
      }
    }
  }
}
