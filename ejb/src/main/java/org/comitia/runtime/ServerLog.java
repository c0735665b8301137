package org.comitia.runtime;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Logger;
import org.comitia.cluster.Member;
import org.comitia.cluster.Membership;
import org.comitia.consensus.VitalThreads;

/** Says in the guide's words which servers come and go, and passes what it hears on. */
final class ServerLog implements Membership.Listener {
  private final boolean server;
  private final Membership.Listener next;
  private final VitalThreads vital;
  private final Map<String, String> known = new HashMap<>();

  ServerLog(boolean server, Membership.Listener next, VitalThreads vital) {
    this.server = server;
    this.next = next;
    this.vital = vital;
  }

  @Override
  public synchronized void onMembers(List<Member> members) {
    Logger log = Logger.getLogger(server ? "consul" : "agent.client");
    Map<String, String> now = new HashMap<>();
    for (Member member : members) {
      if (member.isServer() && member.isAlive()) {
        now.put(
            member.name(),
            member.name()
                + " (Addr: "
                + member.serverAddress()
                + ") (DC: "
                + member.datacenter()
                + ")");
      }
    }
    now.forEach(
        (name, text) -> {
          if (!text.equals(known.get(name))) {
            log.info("adding server " + text);
          }
        });
    known.forEach(
        (name, text) -> {
          if (!now.containsKey(name)) {
            log.info("removing server " + text);
          }
        });
    known.clear();
    known.putAll(now);
    next.onMembers(members);
  }

  @Override
  public void onEnded(Throwable cause) {
    vital.ended(VitalThreads.MEMBERSHIP, cause);
  }
}
