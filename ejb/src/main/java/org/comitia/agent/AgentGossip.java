package org.comitia.agent;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntSupplier;
import org.comitia.agent.coordinate.CoordinateSync;
import org.comitia.agent.coordinate.Vivaldi;
import org.comitia.agent.event.Events;
import org.comitia.agent.event.UserEvents;
import org.comitia.agent.local.LocalServices;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Gossip;
import org.comitia.cluster.NetworkPosition;
import org.comitia.cluster.UserEvent;
import org.comitia.state.Service;

/**
 * What this agent makes of the other agents' small messages: user events, and the round trips from
 * which it knows where it is in the network. Safe for any thread.
 */
public final class AgentGossip implements Gossip.Listener {
  private static final double NANOS_A_SECOND = 1e9;

  /**
   * @param members how many agents there are
   * @param executor runs what is short and does not block; takes everything
   */
  public record Parts(
      String nodeName,
      Gossip gossip,
      Cluster cluster,
      IntSupplier members,
      LocalServices local,
      Executor executor,
      ScheduledExecutorService scheduled,
      AgentTokens tokens) {}

  private final Parts parts;
  private final UserEvents events;
  private final Vivaldi vivaldi = new Vivaldi(new SecureRandom());
  private final CoordinateSync sync;

  /** Listens from now on. */
  public AgentGossip(Parts parts) {
    this.parts = parts;
    this.events =
        new UserEvents(
            parts.nodeName(),
            parts.gossip(),
            this::tagsByService,
            parts.executor(),
            parts.scheduled());
    this.sync =
        new CoordinateSync(
            parts.nodeName(), vivaldi, parts.cluster(), parts.members(), parts.tokens());
    parts.gossip().listen(this);
  }

  private Map<String, List<String>> tagsByService() {
    Map<String, List<String>> tags = new HashMap<>();
    for (Service service : parts.local().view().services().values()) {
      tags.computeIfAbsent(service.name(), name -> new ArrayList<>()).addAll(service.tags());
    }
    return tags;
  }

  /** Pings another agent and tells the catalog when it is time: called once a second. */
  public void measure() {
    parts.gossip().ping();
    sync.run();
  }

  public Events events() {
    return events;
  }

  /** Answers who waits for an event; for an agent that is about to stop. */
  public void answerWaiting() {
    events.answerWaiting();
  }

  @Override
  public void onEvent(UserEvent event) {
    events.heard(event);
  }

  @Override
  public void onRoundTrip(String node, NetworkPosition position, long nanos) {
    vivaldi.observe(node, position, nanos / NANOS_A_SECOND);
  }

  @Override
  public NetworkPosition position() {
    return vivaldi.position();
  }
}
