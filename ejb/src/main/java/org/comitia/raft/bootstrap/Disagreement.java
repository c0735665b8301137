package org.comitia.raft.bootstrap;

import java.util.List;
import java.util.stream.Stream;
import org.comitia.raft.Server;

/**
 * Why these servers must not found a cluster together. Each text names the server and what it is.
 */
final class Disagreement {
  private Disagreement() {}

  /** Null when the live servers agree. */
  static String among(Candidate self, List<Candidate> live) {
    Candidate expecting = self.expect() > 0 ? self : null;
    for (Candidate other : live) {
      String text = about(other, self);
      if (text != null) {
        return text;
      }
      if (other.expect() > 0) {
        if (expecting != null && expecting.expect() != other.expect()) {
          return other.name()
              + " expects "
              + other.expect()
              + (expecting == self ? ", we expect " : ", " + expecting.name() + " expects ")
              + expecting.expect();
        }
        expecting = expecting == null ? other : expecting;
      }
    }
    return twins(self, live);
  }

  private static String about(Candidate other, Candidate self) {
    if (other.cluster() != null) {
      return other.name()
          + " already is in cluster "
          + other.cluster()
          + ": waiting to be added by its leader";
    }
    if (other.bootstrap()) {
      return other.name() + " runs with -bootstrap: it makes a cluster of its own";
    }
    if (!other.datacenter().equals(self.datacenter())) {
      return other.name()
          + " is in datacenter "
          + other.datacenter()
          + ", we are in "
          + self.datacenter();
    }
    return null;
  }

  private static String twins(Candidate self, List<Candidate> live) {
    List<Candidate> all = Stream.concat(Stream.of(self), live.stream()).toList();
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (all.get(i).id().node().equals(all.get(j).id().node())) {
          return all.get(i).name()
              + " and "
              + all.get(j).name()
              + " have the same node id "
              + all.get(i).id().node();
        }
      }
    }
    return null;
  }

  /**
   * Why this set will not do as things stand, though the live servers agree; null when it will.
   * Only live members count. What servers expect is asked of them as they are now, not of the set:
   * it may have been corrected since.
   */
  static String lack(FoundingSet set, Candidate self, List<Candidate> live) {
    int least = Math.max(self.expect(), set.expect());
    if (set.servers().size() < least) {
      return "the proposed set has only " + set.servers().size() + " of " + least + " servers";
    }
    for (Server server : set.others(self.id())) {
      if (live.stream().noneMatch(c -> c.id().equals(server.id()))) {
        return server.name() + " (" + server.address() + ") is not seen alive from here";
      }
    }
    return null;
  }
}
