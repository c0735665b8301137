package org.comitia.consensus;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.comitia.cluster.Member;
import org.comitia.log.OneLineAMinute;
import org.comitia.raft.ServerId;

/**
 * The members as consensus believes them: where servers prove that they are, one that only says so
 * counts as a client. So it is no candidate for a new cluster, is not added, and takes nobody's
 * place. Who has proved it stays a server as long as it is heard at that address. Safe for any
 * thread.
 */
final class ProvenServers {
  private static final Logger LOG = Logger.getLogger("consul");

  /** A connection and a handshake take less, if there is anybody to be reached. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private record Claim(ServerId server, String address) {}

  private final BiPredicate<ServerId, String> proof;
  private final LongSupplier clock;
  private final OneLineAMinute lines;

  // Guarded by this.
  private final Set<Claim> proved = new HashSet<>();
  private final Map<Claim, Long> waiting = new HashMap<>();

  /**
   * @param proof whether this server was found at this address; returns at once
   * @param clock nanoseconds
   */
  ProvenServers(BiPredicate<ServerId, String> proof, LongSupplier clock) {
    this.proof = proof;
    this.clock = clock;
    this.lines = new OneLineAMinute(clock, LOG::warning);
  }

  /** The same members, those that say that they are servers and have not proved it as clients. */
  synchronized List<Member> among(List<Member> members) {
    Set<Claim> there = new HashSet<>();
    List<Member> believed = members.stream().map(member -> believed(member, there)).toList();
    proved.retainAll(there);
    waiting.keySet().retainAll(there);
    return believed;
  }

  /** Whether somebody was taken for a client who may have proved since to be a server. */
  synchronized boolean isWaiting() {
    return !waiting.isEmpty();
  }

  private Member believed(Member member, Set<Claim> there) {
    ServerId id = Servers.id(member).orElse(null);
    if (!member.isServer() || !member.isAlive() || id == null) {
      return member;
    }
    Claim claim = new Claim(id, member.serverAddress());
    there.add(claim);
    if (proved.contains(claim) || proof.test(id, claim.address())) {
      proved.add(claim);
      waiting.remove(claim);
      return member;
    }
    long since = waiting.computeIfAbsent(claim, any -> clock.getAsLong());
    if (clock.getAsLong() - since > PATIENCE_NANOS) {
      complain(member);
    }
    return asClient(member);
  }

  private void complain(Member member) {
    lines.say(
        () ->
            "COM3114: "
                + member.name()
                + " says that it is a server, and none that shows a server's certificate was found at "
                + member.serverAddress()
                + ": it counts as a client");
  }

  private static Member asClient(Member member) {
    Map<String, String> tags = new HashMap<>(member.tags());
    tags.put(Member.Tags.ROLE, "node");
    return new Member(
        member.name(),
        member.nodeId(),
        member.address(),
        member.port(),
        Map.copyOf(tags),
        member.status(),
        member.sinceMillis());
  }
}
