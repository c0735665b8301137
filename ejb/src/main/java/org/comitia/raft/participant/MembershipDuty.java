package org.comitia.raft.participant;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.comitia.raft.Configuration;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * What a leader changes in the configuration when it looks at the members (design §5): servers that
 * are there become learners, learners that have caught up become voters, a new store takes the
 * place of the old one of its node, addresses are kept. Nobody is removed because of what a view
 * says.
 */
public final class MembershipDuty {
  /** One change of the configuration. */
  public sealed interface Change {
    /** Asks the core for it. A refusal is no error: the next round looks again. */
    Proposal propose(RaftCore core, long now);

    /** For the log: what is being done, to whom. */
    String text();
  }

  public record AddLearner(Server server) implements Change {
    @Override
    public Proposal propose(RaftCore core, long now) {
      return core.addLearner(server, now);
    }

    @Override
    public String text() {
      return "adding server: name=" + server.name() + " address=" + server.address();
    }
  }

  public record Promote(Server server) implements Change {
    @Override
    public Proposal propose(RaftCore core, long now) {
      return core.promote(server.id(), now);
    }

    @Override
    public String text() {
      return "Promoting server: id="
          + server.id().node()
          + " address="
          + server.address()
          + " name="
          + server.name();
    }
  }

  public record UpdateAddress(Server server, String address) implements Change {
    @Override
    public Proposal propose(RaftCore core, long now) {
      return core.updateAddress(server.id(), address, now);
    }

    @Override
    public String text() {
      return "new address of server: name=" + server.name() + " address=" + address;
    }
  }

  /** The old store of a node that came back with a new one. */
  public record RemoveOld(Server old) implements Change {
    @Override
    public Proposal propose(RaftCore core, long now) {
      return core.remove(old.id(), now);
    }

    @Override
    public String text() {
      return "replacing a server that came back with a new store: name=" + old.name();
    }
  }

  /**
   * What one look found.
   *
   * @param change at most one: the next one needs this one committed
   * @param complaint what only a person can put right, in words; empty when there is nothing
   */
  public record Found(Optional<Change> change, String complaint) {}

  private final UUID cluster;
  private final String datacenter;
  private final Configuration configuration;
  private final Predicate<ServerId> caughtUp;
  private final List<Sighting> servers;
  private final FormerServers former;
  private final int level;
  private final long now;
  private String complaint = "";

  private MembershipDuty(
      UUID cluster,
      String datacenter,
      Configuration configuration,
      Predicate<ServerId> caughtUp,
      List<Sighting> servers,
      FormerServers former,
      int level,
      long now) {
    this.cluster = cluster;
    this.datacenter = datacenter;
    this.configuration = configuration;
    this.caughtUp = caughtUp;
    this.servers = servers;
    this.former = former;
    this.level = level;
    this.now = now;
  }

  /**
   * The next change that this leader should propose.
   *
   * @param cluster the leader's
   * @param caughtUp whether a learner follows the log ({@link RaftCore#caughtUp})
   * @param servers all that membership knows, the leader itself among them
   * @param former the leader's, asked for after {@code configuration}
   * @param level the feature level that a server must know to be added
   * @param now the monotonic clock, nanoseconds
   */
  public static Found next(
      UUID cluster,
      String datacenter,
      Configuration configuration,
      Predicate<ServerId> caughtUp,
      List<Sighting> servers,
      FormerServers former,
      int level,
      long now) {
    MembershipDuty duty =
        new MembershipDuty(
            cluster, datacenter, configuration, caughtUp, servers, former, level, now);
    for (Sighting server : servers) {
      Optional<Change> change =
          server.alive() && !server.leaving() ? duty.changeFor(server) : Optional.empty();
      if (change.isPresent()) {
        return new Found(change, duty.complaint);
      }
    }
    return new Found(Optional.empty(), duty.complaint);
  }

  private Optional<Change> changeFor(Sighting seen) {
    Server server = seen.candidate().server();
    Optional<Server> old =
        configuration.servers().stream()
            .filter(s -> s.id().node().equals(server.id().node()) && !s.id().equals(server.id()))
            .findFirst();
    if (old.isPresent()) {
      // The member's record is old: this incarnation was replaced by the one configured.
      return former.contains(server.id()) ? Optional.empty() : replace(old.get(), server);
    }
    Optional<Server> listed = configuration.find(server.id());
    if (listed.isEmpty()) {
      return isOurs(seen) && former.mayReturn(server.id(), now) && knowsEnough(seen)
          ? Optional.of(
              new AddLearner(new Server(server.id(), server.name(), server.address(), false)))
          : Optional.empty();
    }
    if (!listed.get().address().equals(server.address())) {
      return Optional.of(new UpdateAddress(listed.get(), server.address()));
    }
    return !listed.get().voter() && caughtUp.test(server.id())
        ? Optional.of(new Promote(listed.get()))
        : Optional.empty();
  }

  /** The old store goes first, if the others are a quorum without it. */
  private Optional<Change> replace(Server old, Server server) {
    List<Server> voters = configuration.voters();
    long there =
        voters.stream().filter(v -> !v.id().equals(old.id())).filter(v -> isAlive(v.id())).count();
    long needed = (voters.size() - (old.voter() ? 1 : 0)) / 2 + 1;
    if (there >= needed) {
      return Optional.of(new RemoveOld(old));
    }
    complaint =
        "COM2021: "
            + server.name()
            + " came back with an empty store and its old one is needed for quorum: only "
            + there
            + " of "
            + needed
            + " needed voters are there. Bring the other servers back first";
    return Optional.empty();
  }

  private boolean isAlive(ServerId id) {
    return servers.stream().anyMatch(s -> s.alive() && s.id().equals(id));
  }

  /** It would stop at the first entry that it does not know, and count for quorum all the same. */
  private boolean knowsEnough(Sighting seen) {
    if (seen.level() >= level) {
      return true;
    }
    complaint =
        "COM2028: server "
            + seen.candidate().server().name()
            + " ("
            + seen.address()
            + ") knows feature level "
            + seen.level()
            + " and the cluster is at "
            + level
            + ", not adding it: upgrade it to the version that the other servers run";
    return false;
  }

  private boolean isOurs(Sighting seen) {
    if (!seen.candidate().datacenter().equals(datacenter)) {
      return false;
    }
    UUID theirs = seen.candidate().cluster();
    if (theirs == null || theirs.equals(cluster)) {
      return true;
    }
    complaint =
        "COM2022: server "
            + seen.candidate().server().name()
            + " ("
            + seen.address()
            + ") belongs to another cluster ("
            + theirs
            + "), not adding it. If it is there alone, started with -bootstrap by accident, stop it,"
            + " move its raft/ folder away and start it again without -bootstrap";
    return false;
  }
}
