package org.comitia.raft.participant;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.comitia.raft.Configuration;
import org.comitia.raft.RaftCore;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * Which dead server a leader takes out of the configuration. A server is dead when it has not
 * answered this leader for long, by its monotonic clock, and membership does not hear it either;
 * what a view says is never enough.
 *
 * <p>A dead learner goes. A dead voter goes only where that makes the cluster safer: the number of
 * voters is even, so that one less of them lowers the quorum (somebody has come in the dead one's
 * place), and what is left can lose one more. So a cluster of three or of five whose server is down
 * keeps it, for ever if nobody takes its place. One at a time. One thread at a time.
 */
public final class CleanupDuty {
  /** How long a dead server has been silent at least, in nanoseconds. */
  public static final long SILENT_NANOS = 30_000_000_000L;

  /** No clean-up leaves fewer voters. */
  static final int FEWEST = 3;

  /** Rounds that are further apart mean that this leader itself was paused: it counts anew. */
  private static final long PAUSE_NANOS = 2_000_000_000L;

  private final long silentNanos;
  private long term = -1;
  private long countedSince;
  private long looked;

  public CleanupDuty() {
    this(SILENT_NANOS);
  }

  /**
   * @param silentNanos instead of {@link #SILENT_NANOS}
   */
  public CleanupDuty(long silentNanos) {
    this.silentNanos = silentNanos;
  }

  /**
   * A round of the leader's duties; to be called in every one of them.
   *
   * @param now the monotonic clock, nanoseconds
   * @return whether this leader has counted long enough to call anybody dead
   */
  public boolean round(long term, long now) {
    if (term != this.term || now - looked > PAUSE_NANOS) {
      this.term = term;
      countedSince = now;
    }
    looked = now;
    return now - countedSince >= silentNanos;
  }

  /**
   * Whom to remove, by what the core knows at this moment. In the core's turn.
   *
   * @param self this leader
   * @param alive what membership hears
   * @param minQuorum that many voters stay at least
   * @return empty, too, when this leader has not counted long enough or does not lead that term
   */
  public Optional<Server> next(
      RaftCore core, ServerId self, Predicate<ServerId> alive, long minQuorum, long now) {
    boolean counted = now - looked <= PAUSE_NANOS && now - countedSince >= silentNanos;
    if (!counted || core.term() != term || !core.established()) {
      return Optional.empty();
    }
    Predicate<ServerId> dead =
        id -> core.sinceContactNanos(id, now) >= silentNanos && !alive.test(id);
    return next(core.configuration(), self, dead, id -> core.isInReach(id, now), minQuorum);
  }

  /**
   * The same of these facts.
   *
   * @param dead never asked for this leader
   * @param inReach who answers, and whose disk comes along
   */
  static Optional<Server> next(
      Configuration configuration,
      ServerId self,
      Predicate<ServerId> dead,
      Predicate<ServerId> inReach,
      long minQuorum) {
    List<Server> found =
        configuration.servers().stream()
            .filter(server -> !server.id().equals(self) && dead.test(server.id()))
            .toList();
    Optional<Server> learner = found.stream().filter(server -> !server.voter()).findFirst();
    return learner.isPresent()
        ? learner
        : found.stream()
            .filter(server -> isSaferWithout(server, configuration, inReach, minQuorum))
            .findFirst();
  }

  private static boolean isSaferWithout(
      Server voter, Configuration configuration, Predicate<ServerId> inReach, long minQuorum) {
    List<Server> left =
        configuration.voters().stream().filter(other -> !other.equals(voter)).toList();
    boolean replaced = configuration.voters().size() % 2 == 0;
    long there = left.stream().filter(other -> inReach.test(other.id())).count();
    return replaced && left.size() >= Math.max(FEWEST, minQuorum) && there > left.size() / 2 + 1;
  }
}
