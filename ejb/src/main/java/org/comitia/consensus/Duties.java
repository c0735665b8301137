package org.comitia.consensus;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.consensus.port.Member;
import org.comitia.raft.Configuration;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * What the leader does beside replicating: it takes joining servers into the configuration (as
 * learners, promoted when caught up), and keeps the catalog in step with the members ({@link
 * MemberCatalog}). One round at a time, on the managed executor; whatever fails is looked at again
 * in the next round.
 */
final class Duties {
  private static final Logger LOG = Logger.getLogger("consul");

  private final Engine engine;
  private final Supplier<List<Member>> members;
  private final MemberCatalog catalog;
  private final Executor executor;
  private final String datacenter;
  private final AtomicBoolean running = new AtomicBoolean();
  private String lastComplaint = "";

  Duties(
      Engine engine,
      Supplier<List<Member>> members,
      MemberCatalog catalog,
      Executor executor,
      String datacenter) {
    this.engine = engine;
    this.members = members;
    this.catalog = catalog;
    this.executor = executor;
    this.datacenter = datacenter;
  }

  /** Starts a round unless one is under way. Does not block. */
  void lookSoon() {
    if (engine.status().established() && running.compareAndSet(false, true)) {
      executor.execute(
          () ->
              CompletableFuture.completedFuture(engine.status())
                  .thenCompose(this::look)
                  .whenComplete((done, error) -> ended(error)));
    }
  }

  private void ended(Throwable error) {
    running.set(false);
    if (error != null) {
      LOG.log(Level.WARNING, "a round of the leader's duties failed, the next one goes on", error);
    }
  }

  /**
   * Completes when the round's writes have their outcomes: the next round must see what they did.
   */
  private CompletionStage<?> look(Status status) {
    if (!status.established()) {
      return CompletableFuture.completedFuture(null);
    }
    List<Member> known = members.get();
    changeConfiguration(status, known);
    return catalog.keep(status.term(), status.configuration(), known, System.nanoTime());
  }

  // ---- servers ----

  /** At most one change a round: the next one needs this one committed. */
  private void changeConfiguration(Status status, List<Member> known) {
    Configuration configuration = status.configuration();
    for (Member member : known) {
      Optional<ServerId> id = Servers.id(member);
      if (!member.isServer() || !member.isAlive() || id.isEmpty() || isLeaving(member)) {
        continue;
      }
      if (change(status, configuration, member, id.get())) {
        return;
      }
    }
  }

  private boolean change(Status status, Configuration configuration, Member member, ServerId id) {
    Optional<Server> listed = configuration.find(id);
    Optional<Server> older =
        configuration.servers().stream()
            .filter(s -> s.id().node().equals(id.node()) && !s.id().equals(id))
            .findFirst();
    if (older.isPresent()) {
      return replace(status, older.get(), member);
    }
    long now = System.nanoTime();
    if (listed.isEmpty()) {
      if (!member.datacenter().equals(datacenter) || isForeign(status, member)) {
        return false;
      }
      Server learner = new Server(id, member.name(), member.serverAddress(), false);
      return accepted(core -> core.addLearner(learner, now), "adding " + member.name());
    }
    if (!listed.get().address().equals(member.serverAddress())) {
      return accepted(
          core -> core.updateAddress(id, member.serverAddress(), now),
          "new address of " + member.name());
    }
    boolean caughtUp = status.peers().stream().anyMatch(p -> p.id().equals(id) && p.caughtUp());
    if (!listed.get().voter() && caughtUp) {
      LOG.info(
          "Promoting server: id="
              + id.node()
              + " address="
              + member.serverAddress()
              + " name="
              + member.name());
      return accepted(core -> core.promote(id, now), "promoting " + member.name());
    }
    return false;
  }

  /**
   * A known node with a new store: the old one goes first, if the others are a quorum without it.
   */
  private boolean replace(Status status, Server older, Member member) {
    long reachable =
        status.configuration().voters().stream()
            .filter(s -> !s.id().equals(older.id()))
            .filter(s -> isAlive(s.id()))
            .count();
    long needed = (status.configuration().voters().size() - (older.voter() ? 1 : 0)) / 2 + 1;
    if (reachable < needed) {
      complain(
          member.name()
              + " came back with an empty store and its old one is needed for quorum: only "
              + reachable
              + " of "
              + needed
              + " needed voters are there. Bring the other servers back first");
      return false;
    }
    LOG.info("replacing a server that came back with a new store: name=" + member.name());
    return accepted(
        core -> core.remove(older.id(), System.nanoTime()), "removing the old " + older.name());
  }

  private boolean isAlive(ServerId id) {
    return members.get().stream()
        .anyMatch(m -> m.isAlive() && Servers.id(m).map(id::equals).orElse(false));
  }

  private boolean isForeign(Status status, Member member) {
    Optional<UUID> cluster = Servers.cluster(member);
    if (cluster.isEmpty() || cluster.get().equals(status.cluster())) {
      return false;
    }
    complain(
        "server "
            + member.name()
            + " ("
            + member.serverAddress()
            + ") belongs to another cluster, not adding it. Stop it, remove its raft/ folder,"
            + " restart it without -bootstrap and join it again");
    return true;
  }

  private boolean accepted(Function<RaftCore, Proposal> change, String what) {
    try {
      Proposal proposal = engine.ask(change).get(2, TimeUnit.SECONDS);
      if (proposal instanceof Proposal.Refused refused) {
        LOG.fine(what + " waits: " + refused.reason());
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      LOG.warning(what + " failed, will retry: error=\"" + e.getMessage() + "\"");
      return true;
    }
  }

  /** The same words once, not every round. */
  private void complain(String text) {
    if (!text.equals(lastComplaint)) {
      lastComplaint = text;
      LOG.warning(text);
    }
  }

  static boolean isLeaving(Member member) {
    return member.status() != Member.Status.ALIVE
        || "1".equals(member.tags().get(Member.Tags.LEAVING));
  }
}
