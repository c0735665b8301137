package org.comitia.consensus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Reply;
import org.comitia.cluster.Transport;

/**
 * The way of a request to whoever can carry it out: here when this server leads, else forwarded,
 * else held in one list until there may be somebody or the time is over. Servers and client agents
 * have one each; they differ in whom they know. Safe for any thread. It has no thread, no clock but
 * the timers' and no lock but the list's.
 */
final class LeaderRoute {
  /** Where a request may go now. */
  static final class Place {
    private static final Place HERE = new Place(null, null);

    private final String address;
    private final Failure failure;

    private Place(String address, Failure failure) {
      this.address = address;
      this.failure = failure;
    }

    /** This server leads. */
    static Place here() {
      return HERE;
    }

    /** To the agent at this address. */
    static Place at(String address) {
      return new Place(address, null);
    }

    /**
     * @param failure {@link Failure#NO_LEADER} when it may be held, else its answer at once
     */
    static Place nowhere(Failure failure) {
      return new Place(null, failure);
    }
  }

  /** Who is known. */
  interface Places {
    /**
     * @param hops how often the request was passed on already
     * @param tried who could not be reached, or could not carry it out, since it was last held
     */
    Place next(int hops, List<String> tried);

    /** What came of asking there. */
    default void heard(String address, boolean answered) {}
  }

  /**
   * A request, and what becomes of it.
   *
   * @param <A> what answers it when it is forwarded
   */
  interface Errand<A extends Forwarded.Answer> {
    /** Asked first at each attempt: whether it has its answer by now. */
    default boolean isSettled() {
      return false;
    }

    /**
     * Carries it out: this server leads, as far as it knows.
     *
     * @param again called instead when it was certainly not carried out because it does not
     */
    void lead(Runnable again);

    /** What is sent to another agent. */
    Forwarded<A> request();

    /** How long that may take; above the transport's short requests it is one that waits. */
    Duration timeout();

    /**
     * @return false when it was certainly not carried out for want of a leader: it is tried again
     */
    boolean answered(A answer);

    /**
     * It may have been carried out.
     *
     * @param over whether there is no time left to try again
     * @return false when it is harmless to try again
     */
    boolean unknown(String reason, boolean over);

    /** It was not carried out. */
    void fail(Failure failure);

    /** Whether it is held though this agent is about to stop: it is part of its leave. */
    default boolean isFarewell() {
      return false;
    }
  }

  private static final Logger LOG = Logger.getLogger("consul");

  private final Places places;
  private final Transport transport;
  private final Timers timers;
  private final Executor executor;
  private final Supplier<String> ended;
  private final HeldRequests held;
  private volatile boolean ending;

  /**
   * @param executor for what comes after a reply, and for what was held
   * @param ended why nothing can be served here any more; empty when it can
   */
  LeaderRoute(
      Places places,
      Transport transport,
      Timers timers,
      Executor executor,
      Supplier<String> ended) {
    this.places = places;
    this.transport = transport;
    this.timers = timers;
    this.executor = executor;
    this.ended = ended;
    this.held = new HeldRequests(timers, executor);
  }

  /**
   * Sends a request on its way. Exactly one of its ends comes, on this thread or on the executor.
   *
   * @param hops how often it was passed on already
   * @param until when it is given up, monotonic
   * @throws IllegalArgumentException when it is too large to be sent
   */
  <A extends Forwarded.Answer> void send(Errand<A> errand, int hops, long until) {
    attempt(errand, hops, until, List.of());
  }

  private <A extends Forwarded.Answer> void attempt(
      Errand<A> errand, int hops, long until, List<String> tried) {
    if (errand.isSettled()) {
      return;
    }
    Place place = places.next(hops, tried);
    if (place == Place.HERE) {
      errand.lead(() -> hold(errand, hops, until));
    } else if (place.address != null) {
      forward(place.address, errand, hops, until, tried);
    } else if (place.failure == Failure.NO_LEADER) {
      hold(errand, hops, until);
    } else {
      errand.fail(place.failure);
    }
  }

  private <A extends Forwarded.Answer> void forward(
      String address, Errand<A> errand, int hops, long until, List<String> tried) {
    transport
        .request(address, errand.request(), errand.timeout())
        .handle(
            (reply, error) ->
                error == null ? reply : new Reply.Unknown<A>(String.valueOf(error.getMessage())))
        .thenAcceptAsync(
            reply -> {
              places.heard(address, reply instanceof Reply.Answered);
              boolean over = timers.now() - until >= 0;
              boolean done =
                  reply.match(
                      errand::answered, notSent -> false, reason -> errand.unknown(reason, over));
              if (!done && over) {
                hold(errand, hops, until);
              } else if (!done) {
                List<String> more = new ArrayList<>(tried);
                more.add(address);
                attempt(errand, hops, until, more);
              }
            },
            executor)
        .exceptionally(
            fault -> { // nobody else answers it
              broken(errand, fault);
              return null;
            });
  }

  private <A extends Forwarded.Answer> void hold(Errand<A> errand, int hops, long until) {
    Runnable again = () -> attempt(errand, hops, until, List.of());
    Consumer<Throwable> broken = fault -> broken(errand, fault);
    if (errand.isFarewell()) {
      held.hold(until, again, errand::fail, broken);
    } else {
      hold(until, again, errand::fail, broken);
    }
  }

  private static void tell(Throwable fault) {
    LOG.log(
        Level.SEVERE, "COM3023: a request failed on its way to the leader: error=" + fault, fault);
  }

  /** It met a fault of ours, perhaps after it was proposed or sent. */
  private static void broken(Errand<?> errand, Throwable fault) {
    tell(fault);
    if (!errand.unknown("internal error", true)) {
      errand.fail(Failure.UNAVAILABLE);
    }
  }

  /**
   * Keeps what is harmless to repeat until there may be a leader.
   *
   * @param until when it is given up, monotonic
   * @param again on the executor
   * @param fail when the time is over, when this agent is about to stop or can serve nothing, when
   *     too many are held, or when {@code again} has thrown something
   */
  void hold(long until, Runnable again, Consumer<Failure> fail) {
    hold(
        until,
        again,
        fail,
        fault -> {
          tell(fault);
          fail.accept(Failure.UNAVAILABLE);
        });
  }

  private void hold(
      long until, Runnable again, Consumer<Failure> fail, Consumer<Throwable> broken) {
    if (ending) {
      fail.accept(Failure.NO_LEADER);
    } else if (timers.now() - until < 0 && !ended.get().isEmpty()) {
      fail.accept(Failure.UNAVAILABLE);
    } else {
      held.hold(until, again, fail, broken);
    }
  }

  /** There may be a leader, or nothing is served here any more: who is held looks again. */
  void wake() {
    held.wake();
  }

  /**
   * To be called every 10 to 20 ms, by one thread at a time. Who is held looks again ten times a
   * second while there is somebody to ask, or nothing to wait for.
   */
  void sweep(boolean somebodyIsKnown) {
    held.sweep(timers.now(), () -> somebodyIsKnown || ending || !ended.get().isEmpty());
  }

  /** This agent is about to stop: what is held is answered, and nothing is held any more. */
  void end() {
    ending = true;
    held.wake();
  }
}
