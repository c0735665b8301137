package org.comitia.membership;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.comitia.config.HostPort;
import org.comitia.log.LogLine;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.HelloFrame;
import org.comitia.wire.proto.HelloRequest;
import org.comitia.wire.proto.HelloResponse;
import org.comitia.wire.proto.Id128;
import org.comitia.wire.proto.MergeHint;
import org.comitia.wire.proto.ViewFrame;
import org.jgroups.View;
import org.jgroups.ViewId;
import org.jgroups.stack.IpAddress;

/**
 * The direct hello with a host, and what follows when both sides are content: the views become one.
 * {@link #contact} and {@link #merge} block and are for callers' threads; {@link #take} is the
 * channel's.
 */
final class HelloExchange {
  /** A host that said hello and has nothing against us, nor we against it. */
  record Contact(InetSocketAddress host, AgentIdentity identity, ViewFrame view) {
    UUID nodeId() {
      return Ids.uuid(identity.getNodeId());
    }
  }

  private static final int PROBE_MILLIS = 2000;
  private static final int MAX_REFUSAL = 1024;
  private static final long ASK_AGAIN_MILLIS = 400;
  private static final long ROUND_MILLIS = 120;

  private final MembershipOptions options;
  private final SecureRandom ids = new SecureRandom(); // nobody else can answer what is not guessed
  private final Map<Long, CompletableFuture<HelloFrame>> open = new ConcurrentHashMap<>();
  private volatile SerfChannel channel;
  private volatile AdmissionLayer layer;

  HelloExchange(MembershipOptions options) {
    this.options = options;
  }

  void use(SerfChannel current, AdmissionLayer currentLayer) {
    layer = currentLayer;
    channel = current;
  }

  /**
   * Says hello to a host. Blocks some seconds at most.
   *
   * @param joining whether a person or a configuration asks for it: a host that left answers only
   *     then
   * @throws IOException when it cannot be reached or one side refuses; the text is for people
   */
  Contact contact(InetSocketAddress host, boolean joining) throws IOException {
    HostAddress.probe(options.bind(), host, PROBE_MILLIS);
    HelloFrame answer = ask(host, joining, options.timings().hello().toMillis());
    Admission.Refusal ours = layer.admission().refusal(answer.getFrom());
    String refusal = ours == null ? theirs(answer.getResponse()) : ours.text();
    if (refusal != null) {
      throw new IOException(refusal);
    }
    if (joining) {
      layer.isolated(false);
    }
    return new Contact(host, answer.getFrom(), answer.getResponse().getView());
  }

  /** Why the other one refuses; null when it does not. */
  static String theirs(HelloResponse response) {
    return response.getRefusal().isEmpty()
        ? null
        : "refused by it: " + LogLine.excerpt(response.getRefusal(), MAX_REFUSAL);
  }

  /** Whether an agent answers a hello there within {@code millis}, welcome or not. */
  boolean answers(InetSocketAddress host, long millis) {
    try {
      HostAddress.probe(options.bind(), host, PROBE_MILLIS);
      ask(host, false, millis);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private HelloFrame ask(InetSocketAddress host, boolean joining, long millis) throws IOException {
    SerfChannel over = channel;
    if (over == null) {
      throw new IOException("this agent's serf port is closed");
    }
    long id = ids.nextLong();
    KeyDoubts.Doubt doubt = null;
    CompletableFuture<HelloFrame> answer = new CompletableFuture<>();
    open.put(id, answer);
    try {
      HelloFrame request =
          frame()
              .setRequest(
                  HelloRequest.newBuilder()
                      .setRequest(id)
                      .setReplyTo(over.place())
                      .setJoining(joining))
              .build();
      IpAddress to = new IpAddress(host.getAddress(), host.getPort());
      long start = System.nanoTime();
      long end = start + millis * 1_000_000;
      while (System.nanoTime() < end) {
        over.dial(to);
        doubt = over.doubt(host, start);
        if (doubt != null && doubt.certain()) {
          break;
        }
        over.hello(to, request);
        try {
          return answer.get(ASK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException again) {
          // It may have been lost while the other side was opening or closing connections.
        } catch (ExecutionException impossible) {
          throw new IOException(impossible.getCause());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      open.remove(id);
    }
    throw new IOException(
        doubt != null
            ? doubt.text()
            : "COM2006: dial tcp "
                + HostPort.of(host)
                + ": no answer to the hello within "
                + millis
                + " ms. Is it the serf LAN port of an agent?");
  }

  private HelloFrame.Builder frame() {
    return HelloFrame.newBuilder().setFrom(layer.admission().self());
  }

  /** A frame of the hello's road. Channel's threads. */
  void take(HelloFrame frame, String refusal) {
    SerfChannel over = channel;
    if (over == null) {
      return;
    }
    switch (frame.getMessageCase()) {
      case REQUEST -> answer(over, frame.getRequest(), refusal);
      case RESPONSE -> {
        CompletableFuture<HelloFrame> asked = open.get(frame.getResponse().getRequest());
        if (asked != null) {
          asked.complete(frame);
        }
      }
      case MERGE -> {
        if (refusal == null) {
          over.mergeTold(frame.getMerge().getViewsList());
        }
      }
      default -> {
        // A newer version's; there is nothing to answer.
      }
    }
  }

  private void answer(SerfChannel over, HelloRequest request, String refusal) {
    IpAddress to = Ids.ip(request.getReplyTo());
    if (to == null) {
      return;
    }
    if (refusal == null && request.getJoining()) {
      layer.isolated(false);
    }
    if (refusal == null && layer.isIsolated()) {
      refusal = "it has left the cluster and waits to be joined";
    }
    HelloResponse.Builder response = HelloResponse.newBuilder().setRequest(request.getRequest());
    if (refusal == null) {
      over.learn(List.of(request.getReplyTo()));
      response.setView(over.viewFrame());
    } else {
      response.setRefusal(refusal);
    }
    over.answerHello(to, frame().setResponse(response).build());
  }

  /**
   * Brings the views of these hosts and the own one together; returns when they are, or when the
   * time is up. What is not one by then becomes one later: the hosts are known to discovery.
   */
  void merge(Collection<Contact> contacts, long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    List<Contact> apart = new ArrayList<>(contacts);
    while (true) {
      SerfChannel over = channel;
      if (over == null) {
        return;
      }
      apart.removeIf(contact -> isWithUs(over, contact));
      if (apart.isEmpty() || System.nanoTime() > end) {
        return;
      }
      hint(over, apart);
      long pause = System.nanoTime() + ROUND_MILLIS * 1_000_000;
      while (System.nanoTime() < pause && !apart.isEmpty()) {
        try {
          Thread.sleep(10);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
        apart.removeIf(contact -> isWithUs(over, contact));
      }
      apart.replaceAll(this::again);
    }
  }

  private Contact again(Contact contact) {
    try {
      HelloFrame answer = ask(contact.host(), false, ASK_AGAIN_MILLIS);
      if (answer.getResponse().getRefusal().isEmpty()) {
        return new Contact(contact.host(), answer.getFrom(), answer.getResponse().getView());
      }
    } catch (IOException gone) {
      // The next round, or nobody.
    }
    return contact;
  }

  private static boolean isWithUs(SerfChannel over, Contact contact) {
    View own = over.view();
    if (own == null) {
      return true;
    }
    return contact.view().getMembersCount() > 0
        && contact.view().getMembersList().stream().map(Ids::channel).allMatch(own::containsMember);
  }

  private void hint(SerfChannel over, List<Contact> apart) {
    Map<ViewId, ViewFrame> views = new HashMap<>();
    apart.forEach(contact -> views.put(Ids.viewId(contact.view()), contact.view()));
    ViewFrame own = over.viewFrame();
    views.put(Ids.viewId(own), own);
    HelloFrame hint = frame().setMerge(MergeHint.newBuilder().addAllViews(views.values())).build();
    for (ViewFrame view : views.values()) {
      if (view.getMembersCount() == 0) {
        continue;
      }
      Id128 coordinator = view.getMembers(0);
      if (Ids.channel(coordinator).equals(over.address())) {
        over.merge(hint.getMerge().getViewsList());
        continue;
      }
      view.getPlacesList().stream()
          .filter(place -> place.getChannel().equals(coordinator))
          .map(Ids::ip)
          .filter(ip -> ip != null)
          .findFirst()
          .ifPresent(ip -> over.hello(ip, hint));
    }
  }
}
