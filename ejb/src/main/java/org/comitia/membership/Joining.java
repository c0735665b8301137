package org.comitia.membership;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.cluster.Member;
import org.comitia.cluster.Member.Status;
import org.comitia.cluster.Membership.JoinOutcome;
import org.comitia.config.HostPort;

/**
 * Who goes to meet whom: addresses to join, members of the last run, members that failed. Blocking
 * work runs in a lane of its own: what it waits for must find a thread.
 */
final class Joining {
  private static final Logger LOG = Logger.getLogger("serf");
  static final int MAX_JOIN = 64;
  private static final long JOIN_MILLIS = 10_000;
  private static final long MERGE_MILLIS = 4_000;

  /** How long hosts of other groups are asked, one after the other. */
  private static final long MEET_MILLIS = 5_000;

  /** {@link HelloExchange#contact} of who joins nobody. */
  interface Hello {
    HelloExchange.Contact to(InetSocketAddress host) throws IOException;
  }

  private final MembershipOptions options;
  private final HelloExchange hellos;
  private final Supplier<List<Member>> members;
  private final AtomicBoolean reconnecting = new AtomicBoolean();
  private final AtomicBoolean meeting = new AtomicBoolean();
  private int reconnectTurn;

  Joining(MembershipOptions options, HelloExchange hellos, Supplier<List<Member>> members) {
    this.options = options;
    this.hellos = hellos;
    this.members = members;
  }

  /** Tries the members of the last run, in the background. */
  void rejoinLater(List<InetSocketAddress> hosts) {
    execute(() -> rejoin(hosts));
  }

  private void rejoin(List<InetSocketAddress> hosts) {
    for (InetSocketAddress host : hosts) {
      LOG.info("Attempting re-join to previously known node: " + HostPort.of(host));
    }
    List<HelloExchange.Contact> met = new ArrayList<>();
    for (InetSocketAddress host : hosts.subList(0, Math.min(hosts.size(), MAX_JOIN))) {
      try {
        met.add(hellos.contact(host, false));
        LOG.info("Re-joined to previously known node: " + HostPort.of(host));
        // One that is there knows the rest.
        break;
      } catch (IOException e) {
        LOG.fine(() -> "re-join: " + e.getMessage());
      }
    }
    hellos.merge(met, MERGE_MILLIS);
  }

  /**
   * Says hello to each address, in parallel, and brings the views together.
   *
   * @param cannot why it is impossible for all; null when it is not
   */
  List<JoinOutcome> join(List<String> addresses, String cannot) {
    long end = System.nanoTime() + JOIN_MILLIS * 1_000_000;
    List<CompletableFuture<Object>> running = new ArrayList<>();
    for (String address : addresses) {
      boolean many = running.size() >= MAX_JOIN;
      String not = cannot != null ? cannot : "more than " + MAX_JOIN + " addresses at once";
      running.add(
          cannot != null || many
              ? CompletableFuture.completedFuture(not)
              : inParallel(() -> hello(address)));
    }
    List<JoinOutcome> outcomes = new ArrayList<>();
    List<HelloExchange.Contact> met = new ArrayList<>();
    for (int i = 0; i < running.size(); i++) {
      Object result = await(running.get(i), end);
      if (result instanceof HelloExchange.Contact contact) {
        met.add(contact);
      }
      outcomes.add(
          new JoinOutcome(addresses.get(i), result instanceof String error ? error : null));
    }
    long leftMillis = Math.max(0, (end - System.nanoTime()) / 1_000_000);
    hellos.merge(met, Math.min(leftMillis, MERGE_MILLIS));
    awaitShown(met, Math.min(leftMillis, 1000));
    return outcomes;
  }

  /** Whoever has joined wants to see its members: records follow the view by some milliseconds. */
  private void awaitShown(List<HelloExchange.Contact> met, long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() < end && !met.stream().allMatch(this::isShown)) {
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private boolean isShown(HelloExchange.Contact contact) {
    return members.get().stream().anyMatch(m -> m.isAlive() && m.nodeId().equals(contact.nodeId()));
  }

  /** The contact; a String, why there is none; or TRUE, when it is this agent itself. */
  private Object hello(String address) {
    try {
      InetSocketAddress host = HostAddress.parse(address, options.port()).resolve();
      boolean own =
          host.getPort() == options.port()
              && (host.getAddress().equals(options.advertise())
                  || host.getAddress().equals(options.bind()));
      return own ? Boolean.TRUE : hellos.contact(host, true);
    } catch (IOException | RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static Object await(CompletableFuture<Object> one, long end) {
    try {
      return one.get(Math.max(1, (end - System.nanoTime()) / 1_000_000), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return "no outcome within " + JOIN_MILLIS / 1000 + " s";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    } catch (ExecutionException e) {
      return String.valueOf(e.getCause());
    }
  }

  /** Tries the failed members in turn, one a call, so that parted groups find back. */
  void search() {
    List<Member> failed = members.get().stream().filter(m -> m.status() == Status.FAILED).toList();
    if (failed.isEmpty() || !reconnecting.compareAndSet(false, true)) {
      return;
    }
    Member next = failed.get(Math.floorMod(reconnectTurn++, failed.size()));
    thenFree(reconnecting, () -> reconnect(next));
  }

  /** Goes to meet hosts of which JGroups has heard that they are in another group. */
  void meet(List<InetSocketAddress> hosts) {
    if (!hosts.isEmpty() && meeting.compareAndSet(false, true)) {
      thenFree(meeting, () -> hellos.merge(contacts(hosts), MERGE_MILLIS));
    }
  }

  /**
   * Those that answer in time. Anybody may name hosts, and silent ones. Members' hosts are asked
   * first. All are asked one after the other by one task, so that the other threads of the lane
   * stay free for joins; whom the time does not suffice for may have its turn in a later call.
   */
  private List<HelloExchange.Contact> contacts(List<InetSocketAddress> hosts) {
    return contacts(hosts, members.get(), host -> hellos.contact(host, false));
  }

  static List<HelloExchange.Contact> contacts(
      List<InetSocketAddress> hosts, List<Member> known, Hello hello) {
    List<InetSocketAddress> some = new ArrayList<>(hosts);
    Collections.shuffle(some);
    some.sort(Comparator.comparing(host -> !isAnyOf(known, host)));
    long end = System.nanoTime() + MEET_MILLIS * 1_000_000;
    List<HelloExchange.Contact> met = new ArrayList<>();
    for (InetSocketAddress host : some) {
      if (System.nanoTime() > end || met.size() == MAX_JOIN) {
        break;
      }
      try {
        met.add(hello.to(host));
      } catch (IOException gone) {
        LOG.finer(() -> "meet: " + gone.getMessage());
      }
    }
    return met;
  }

  private static boolean isAnyOf(List<Member> known, InetSocketAddress host) {
    String ip = host.getAddress().getHostAddress();
    return known.stream().anyMatch(m -> m.port() == host.getPort() && m.address().equals(ip));
  }

  private CompletableFuture<Object> inParallel(Supplier<Object> work) {
    CompletableFuture<Object> one = new CompletableFuture<>();
    execute(() -> one.complete(work.get()));
    return one;
  }

  private void thenFree(AtomicBoolean busy, Runnable work) {
    try {
      options
          .joins()
          .execute(
              () -> {
                try {
                  work.run();
                } finally {
                  busy.set(false);
                }
              });
    } catch (RejectedExecutionException e) {
      busy.set(false);
    }
  }

  private void reconnect(Member failed) {
    try {
      HelloExchange.Contact contact =
          hellos.contact(new HostPort(failed.address(), failed.port()).literal(), false);
      if (contact.nodeId().equals(failed.nodeId())) {
        hellos.merge(List.of(contact), MERGE_MILLIS);
      }
    } catch (IOException stillGone) {
      LOG.finer(() -> "reconnect: " + stillGone.getMessage());
    }
  }

  private void execute(Runnable task) {
    try {
      options.joins().execute(task);
    } catch (RejectedExecutionException e) {
      LOG.warning("COM2017: no thread for membership's work: " + e.getMessage());
    }
  }
}
