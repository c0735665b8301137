package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Member;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.Candidate;
import org.comitia.raft.participant.Sighting;

/** What members' tags say about servers; a tag that cannot be read counts as absent. */
final class Servers {
  private static final Pattern ERROR_NUMBER = Pattern.compile("COM\\d{4}");

  private Servers() {}

  static Optional<ServerId> id(Member member) {
    return uuid(member.tags().get(Member.Tags.INCARNATION))
        .map(incarnation -> new ServerId(member.nodeId(), incarnation));
  }

  static Optional<UUID> cluster(Member member) {
    return uuid(member.tags().get(Member.Tags.CLUSTER));
  }

  static Optional<Server> learner(Member member) {
    return id(member).map(id -> new Server(id, member.name(), member.serverAddress(), false));
  }

  static Optional<Candidate> candidate(Member member) {
    return learner(member)
        .map(
            server ->
                new Candidate(
                    server,
                    member.datacenter(),
                    expect(member),
                    "1".equals(member.tags().get(Member.Tags.BOOTSTRAP)),
                    cluster(member).orElse(null)));
  }

  /** The servers among the members, as the participant wants to know them. */
  static List<Sighting> sightings(List<Member> members) {
    List<Sighting> sightings = new ArrayList<>();
    for (Member member : members) {
      if (member.isServer()) {
        candidate(member)
            .map(
                candidate ->
                    new Sighting(
                        candidate,
                        member.isAlive(),
                        isLeaving(member),
                        level(member),
                        standstill(member)))
            .ifPresent(sightings::add);
      }
    }
    return sightings;
  }

  /** What it says while it is heard, if it is what this build says. */
  private static String standstill(Member member) {
    String said = member.tags().getOrDefault(Member.Tags.STANDSTILL, "");
    return member.isAlive() && ERROR_NUMBER.matcher(said).matches() ? said : "";
  }

  /** Whether it is gone or has announced that it leaves. */
  static boolean isLeaving(Member member) {
    return member.status() != Member.Status.ALIVE
        || "1".equals(member.tags().get(Member.Tags.LEAVING));
  }

  private static int expect(Member member) {
    return number(member, Member.Tags.EXPECT);
  }

  /** The feature level that it knows; 0 for a build that tells none. */
  private static int level(Member member) {
    return number(member, Member.Tags.FEATURE_LEVEL);
  }

  private static int number(Member member, String tag) {
    try {
      return Math.max(0, Integer.parseInt(member.tags().getOrDefault(tag, "0")));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static Optional<UUID> uuid(String text) {
    try {
      return text == null ? Optional.empty() : Optional.of(UUID.fromString(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The request that takes a member out of the configuration and the catalog. */
  static Forwarded.Leave leave(Caller caller, Member member) {
    return new Forwarded.Leave(
        0, caller, id(member).orElse(null), member.name(), member.nodeId().toString());
  }

  /** Why it is not out; null when it is. */
  static String problem(Forwarded.LeaveAnswer answer) {
    return answer.removedAt() >= 0 ? null : answer.reason();
  }
}
